"""Reads a request's body within its limits and as JSON, before anything looks at what it says."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

import orjson

from careengine.service.problems import HttpProblem, invalid
from careengine.service.state import service_of

if TYPE_CHECKING:
    from starlette.requests import Request

READ_SECONDS = 20.0
# A sender that is still writing when we answer and close sees a reset instead of the answer,
# so we listen on for a while. Beyond this nobody honest is on the other side.
_LINGER_BYTES = 8 * 1024 * 1024
_LINGER_SECONDS = 5.0
_CLOSE = {"Connection": "close"}

# The closing quote is optional, so that every start matches and the scan stays linear whatever is sent.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
# Whole numbers that may be too long for any integer; the parser quietly rounds those beyond what it holds.
_LONG = re.compile(rb"(?<![\d.eE+])-?\d{19,}(?![\d.eE])")
_DIGITS = 25  # enough to tell; a number of 200,000 digits would take long to read
_HELD = range(-(2**63), 2**64)
_BEFORE_JSON = b"\xef\xbb\xbf \t\r\n"  # blanks, and the mark that some write before UTF-8
_NESTED = (dict, list)
_NOT_STRUCTURE = bytes(set(range(256)) - set(b"[]{}:"))


async def read_json(request: Request) -> Any:
    """The JSON value of a request's body, within the limits of the settings. Raises HttpProblem."""
    require_json(request)
    limits = service_of(request).app.settings.service
    return parse_json(await read_body(request, limits.max_body_bytes), limits.max_depth)


async def read_body(request: Request, limit: int) -> bytes:
    """The raw body of at most `limit` bytes, whatever Content-Length claims. Raises HttpProblem 400, 408 or 413."""
    declared = request.headers.get("content-length", "0")
    if not (declared.isascii() and declared.isdigit()):
        raise HttpProblem("malformed-request", "the header `Content-Length` must be one number", headers=_CLOSE)
    if int(declared[:20]) > limit:
        await _refuse(request, limit, int(declared[:20]))
    try:
        async with asyncio.timeout(READ_SECONDS):
            return await _collect(request, limit)
    except TimeoutError:
        raise HttpProblem("timeout", f"send the body within {READ_SECONDS:g} seconds", headers=_CLOSE) from None


async def _collect(request: Request, limit: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            await _refuse(request, limit, 0)
    return bytes(body)


async def _refuse(request: Request, limit: int, declared: int) -> None:
    if declared <= _LINGER_BYTES and "expect" not in request.headers:
        await _listen_on(request)
    raise HttpProblem("too-large", f"send at most {limit} bytes", headers=_CLOSE)


async def _listen_on(request: Request) -> None:
    left = _LINGER_BYTES
    try:
        async with asyncio.timeout(_LINGER_SECONDS):
            while left > 0:
                message = await request.receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body"):
                    return
    except TimeoutError:
        return


def require_json(request: Request) -> None:
    """Refuse a body that does not say it is plain JSON in UTF-8. Raises HttpProblem 415."""
    media_type, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    media_type, charset = media_type.strip(), parameters.replace('"', "").replace(" ", "")
    if media_type != "application/json" and not re.fullmatch(r"application/[\w.-]+\+json", media_type, re.ASCII):
        raise HttpProblem("unsupported-media-type", "send `Content-Type: application/json`")
    if "charset=" in charset and "charset=utf-8" not in charset and "charset=utf8" not in charset:
        raise HttpProblem("unsupported-media-type", "send the JSON in UTF-8")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise HttpProblem("unsupported-media-type", "send the JSON without a content encoding")


def parse_json(body: bytes, max_depth: int) -> Any:
    """The JSON value of a body. Raises HttpProblem 400 for what is no JSON, too deep, or has a member twice; 422."""
    wordless = _STRING.sub(b"", body)
    structure = _check_depth(wordless, max_depth)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise HttpProblem("malformed-json", _say(error, body)) from None
    if any(int(found[:_DIGITS]) not in _HELD for found in _LONG.findall(wordless)):
        raise invalid([("", "expected whole numbers of at most 64 bits")])
    if structure.count(b":") != _members(value):
        raise HttpProblem("duplicate-member", _say_duplicate(body))
    return value


def require_shallow(body: bytes, max_depth: int) -> None:
    """Refuse a body that looks like JSON and is nested too deeply. Raises HttpProblem 400."""
    if body.lstrip(_BEFORE_JSON)[:1] in (b"{", b"["):
        _check_depth(_STRING.sub(b"", body), max_depth)


def _check_depth(wordless: bytes, max_depth: int) -> bytes:
    """What opens and closes in a JSON text without its strings. Raises HttpProblem 400 when that is too deep."""
    structure = wordless.translate(None, _NOT_STRUCTURE)
    if structure.count(b"[") + structure.count(b"{") <= max_depth:
        return structure  # it cannot be too deep
    depth = 0
    for byte in structure:
        depth += (byte in b"[{") - (byte in b"]}")
        if depth > max_depth:
            raise HttpProblem("too-deep", f"nest objects and lists at most {max_depth} deep")
    return structure


def _members(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(_members(item) for item in value.values() if type(item) in _NESTED)
    if isinstance(value, list):
        return sum(_members(item) for item in value if type(item) in _NESTED)
    return 0


def _say(error: orjson.JSONDecodeError, body: bytes) -> str:
    if not body.strip():
        return "the body is empty"
    try:
        body.decode()
    except UnicodeDecodeError as broken:
        return f"the body is not UTF-8: byte {broken.start + 1} is wrong"
    return f"line {error.lineno} column {error.colno}: {error.msg}"


def _say_duplicate(body: bytes) -> str:
    names: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                names.append(name)
            seen.add(name)

    json.loads(body, object_pairs_hook=note)
    return "write each member once: " + ", ".join(f"`{name[:80]}`" for name in names[:5])

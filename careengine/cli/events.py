"""Reads interactions from a file or standard input: one JSON object, a JSON array, or JSON Lines."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any

import orjson

from careengine.errors import CareError
from careengine.model.value import parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MAX_LINE = 1 << 20  # bytes; the service takes a quarter of it
_MAX_DOCUMENT = 256 << 20  # bytes of one JSON document, which is held in memory as a whole
_NEVER = datetime.min.replace(tzinfo=UTC)  # what has no readable time goes first, where its fault is reported


class UnreadableError(CareError):
    """The file as a whole is not JSON."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Event:
    """One interaction, not yet validated, kept as bytes; events compare as time goes. `place` says where it stands."""

    at: datetime
    number: int
    place: str = field(compare=False)
    raw: bytes = field(compare=False)

    @property
    def document(self) -> Any:
        """The JSON value."""
        return orjson.loads(self.raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLine:
    """A part of the file that is not JSON at all: where and why."""

    place: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What a file held: events in time order, and the lines that are no JSON."""

    events: list[Event]
    bad: list[BadLine]


def read_events(path: Path) -> Batch:
    """Read a file (`-`: standard input). Raises UnreadableError, and OSError when it cannot be opened."""
    name = "standard input" if str(path) == "-" else f"`{path}`"
    with opened(path) as stream:
        number, first = _first_line(stream)
        if b"\0" in first:
            raise UnreadableError(f"{name} is not text; it should hold interactions as JSON or JSON Lines")
        if first.lstrip().startswith(b"[") or (first.strip() and not first.strip().endswith(b"}")):
            batch = _document(first, stream, name)
        else:
            batch = _lines(number, first, stream)
    batch.events.sort()
    if not batch.events and not batch.bad:
        raise UnreadableError(f"{name} holds no interaction")
    return batch


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The file's bytes, or those of standard input for `-`."""
    if str(path) == "-":
        yield sys.stdin.buffer
    else:
        with path.open("rb") as stream:
            yield stream


def _first_line(stream: IO[bytes]) -> tuple[int, bytes]:
    number, line = 1, stream.readline(_MAX_LINE).removeprefix(b"\xef\xbb\xbf")
    while line.isspace():
        number, line = number + 1, stream.readline(_MAX_LINE)
    return number, line


def _document(first: bytes, stream: IO[bytes], name: str) -> Batch:
    text = first + stream.read(_MAX_DOCUMENT)
    if len(text) > _MAX_DOCUMENT:
        raise UnreadableError(f"{name} is more than {_MAX_DOCUMENT >> 20} MB of JSON; write it as JSON Lines")
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise UnreadableError(f"{name} is not JSON: {_why(error)} at line {error.lineno}") from error
    if not isinstance(value, list):
        return Batch(events=[_event(value, text, 1, "")], bad=[])
    batch = Batch(events=[], bad=[])
    for number, item in enumerate(value, 1):
        try:
            batch.events.append(_event(item, orjson.dumps(item), number, f"item {number}"))
        except orjson.JSONEncodeError:
            batch.bad.append(BadLine(place=f"item {number}", why="nested too deeply"))
    return batch


def _lines(number: int, line: bytes, stream: IO[bytes]) -> Batch:
    batch = Batch(events=[], bad=[])
    while line:
        if len(line) == _MAX_LINE and not line.endswith(b"\n"):
            batch.bad.append(BadLine(place=f"line {number}", why=f"longer than {_MAX_LINE >> 10} KB"))
            _skip_line(stream)
        elif not line.isspace():
            _add(batch, line, number)
        line, number = stream.readline(_MAX_LINE), number + 1
    return batch


def _skip_line(stream: IO[bytes]) -> None:
    while (rest := stream.readline(_MAX_LINE)) and not rest.endswith(b"\n"):
        pass


def _add(batch: Batch, line: bytes, number: int) -> None:
    try:
        batch.events.append(_event(orjson.loads(line), line, number, f"line {number}"))
    except orjson.JSONDecodeError as error:
        batch.bad.append(BadLine(place=f"line {number}", why=f"not JSON: {_why(error)}"))


def _event(value: Any, raw: bytes, number: int, place: str) -> Event:
    said = value.get("occurred_at") if isinstance(value, dict) else None
    try:
        at = parse_instant(said) if isinstance(said, str) else _NEVER
    except ValueError:
        at = _NEVER
    return Event(at=at, number=number, place=place, raw=raw)


def _why(error: orjson.JSONDecodeError) -> str:
    text = error.msg.split(": line")[0]
    return text[:1].lower() + text[1:]

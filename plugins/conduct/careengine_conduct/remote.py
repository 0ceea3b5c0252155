"""A classifier elsewhere as a second opinion.

It gets `{"text": ..., "language": ...}` by POST and answers `{"score": 0.0 to 1.0}`.
"""

from __future__ import annotations

import json
import os
from contextlib import closing, suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPSConnection
from socket import SHUT_RDWR
from threading import Timer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

URL, TOKEN = "CONDUCT_REMOTE_URL", "CONDUCT_REMOTE_TOKEN"
_MOST = 65_536  # bytes of an answer
_SECONDS = 5.0  # to reach it, and again for all of an answer, in however small drops it comes; then the line is cut


def asked(url: str) -> Callable[[str, str], float]:
    """Asks the classifier at an address for its score. What it calls raises anything, and may give anything.

    Raises ValueError when it is no address, which says why and does not repeat it: it may hold secrets.
    """
    if wrong := _fault(url):
        raise ValueError(wrong)
    return lambda text, language: _ask(url, text, language)


def _fault(url: str) -> str:
    try:
        place = urlsplit(url)
        host, _ = place.hostname, place.port  # a port that is none shows only when it is asked for
    except ValueError:
        return "its host or port cannot be read"
    if place.scheme not in ("http", "https"):
        return "it begins with neither `https://` nor `http://`"
    if not host:
        return "it names no host"
    if "@" in place.netloc:
        return f"it holds a name or password, which is not sent; use {TOKEN}"
    if " " in url or not url.isprintable() or not (place.path + place.query).isascii():
        return "it holds a blank or another sign that no address has"
    return ""


def _ask(url: str, text: str, language: str) -> float:
    headers = {"Content-Type": "application/json", "Connection": "close"}
    if token := os.environ.get(TOKEN, ""):
        headers["Authorization"] = f"Bearer {token}"
    score: float = json.loads(_answer(url, json.dumps({"text": text, "language": language}), headers))["score"]
    return score  # or whatever stood there; who asked looks at it


def _answer(url: str, body: str, headers: dict[str, str]) -> bytes:
    """What stands at that very address: no redirect is followed and no proxy of this machine reads the words."""
    place = urlsplit(url)
    kind = HTTPSConnection if place.scheme == "https" else HTTPConnection
    with closing(kind(place.netloc, timeout=_SECONDS)) as connection:
        connection.connect()
        cut = Timer(_SECONDS, _cut, (connection.sock,))
        cut.daemon = True
        cut.start()
        try:
            connection.request("POST", f"{place.path or '/'}{place.query and '?'}{place.query}", body, headers)
            with connection.getresponse() as answer:
                if answer.status != HTTPStatus.OK:
                    raise ConnectionError("the classifier did not answer as it should")
                return answer.read(_MOST)
        finally:
            cut.cancel()


def _cut(line: socket) -> None:
    with suppress(OSError):  # it was closed meanwhile
        line.shutdown(SHUT_RDWR)

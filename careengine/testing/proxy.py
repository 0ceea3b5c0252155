"""A proxy between an adapter and its CRM that counts writes and misbehaves on demand."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from careengine.testing.loopback import Answer, Loopback

if TYPE_CHECKING:
    from collections.abc import Mapping

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "host", "content-length"})


class Proxy(Loopback):
    """Passes everything on to the CRM at `target`, until told otherwise. Use it in a `with` statement.

    `drop_after_write`: the CRM carries out a write, and the connection ends before its answer.
    `away_after_write`: it ends like that, the CRM has not carried it out yet, and answers nothing else any more.
    `answer`: what every request gets in place of the CRM's answer; the CRM sees nothing.
    `writes` counts the writing requests (POST, PUT, PATCH, DELETE) that came in.
    """

    def __init__(self, target: str) -> None:
        super().__init__()
        place = urlsplit(target)
        self._place, self._path = (place.hostname or "", place.port or 80), place.path.rstrip("/")
        self.drop_after_write = self.away_after_write = False
        self.answer: Answer | None = None
        self.writes = 0

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        """The CRM's answer, or what the test wants instead."""
        self.writes += method in WRITES
        if self.answer is not None:
            return self.answer
        if self.away_after_write and method in WRITES:
            self.answer = Answer(status=503)
            return None
        answer = self._pass_on(method, path, headers, body)
        return None if self.drop_after_write and method in WRITES else answer

    def _pass_on(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        connection = HTTPConnection(*self._place, timeout=30)
        try:
            connection.request(method, self._path + path, body or None, _kept(headers))
            answer = connection.getresponse()
            return Answer(status=answer.status, headers=_kept(dict(answer.getheaders())), body=answer.read())
        except (OSError, HTTPException):
            return None
        finally:
            connection.close()


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _HOP_BY_HOP}

"""Sends requests as they are over real sockets, and says what came back."""

from __future__ import annotations

import re
import socket
from collections import Counter
from dataclasses import dataclass, field

STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
SECONDS = 10.0
RESET, SILENT = -1, 0


@dataclass(slots=True)
class Wire:
    """`statuses` counts the answers; `RESET` and `SILENT` are those that never came. `bad` holds what must not be: the
    requests behind 5xx, resets, and silence in answer to good HTTP.
    """

    address: tuple[str, int]
    statuses: Counter[int] = field(default_factory=Counter)
    bad: list[tuple[int, bytes]] = field(default_factory=list)

    def send(self, request: bytes, *, good: bool = True) -> int:
        """Send one request on a connection of its own; the status of its answer.

        Of what is no good HTTP nobody knows where it ends, so the service is told that nothing more comes.
        """
        status = self._ask(request, good=good)
        self.statuses[status] += 1
        if status == RESET or status >= 500 or (good and status == SILENT):
            self.bad.append((status, request))
        return status

    def _ask(self, request: bytes, *, good: bool) -> int:
        with socket.create_connection(self.address, timeout=SECONDS) as sock:
            try:
                sock.sendall(request)
                if not good:
                    sock.shutdown(socket.SHUT_WR)
                return _status(_all(sock))
            except OSError:
                return RESET


def _all(sock: socket.socket) -> bytes:
    answer = b""
    while part := sock.recv(65536):
        answer += part
        head, _, body = answer.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if length and len(body) >= int(length[1]):
            break
    return answer


def _status(answer: bytes) -> int:
    found = STATUS.match(answer)
    return int(found[1]) if found else SILENT

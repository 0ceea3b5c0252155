"""A proxy between an adapter and its CRM that counts writes and misbehaves on demand, over real sockets."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "host", "content-length"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the proxy says itself in place of the CRM."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Proxy:
    """Passes everything on to the CRM at `target`, until told otherwise. Use it in a `with` statement.

    `drop_after_write`: the CRM carries out a write, and the connection ends before its answer.
    `answer`: what every request gets in place of the CRM's answer; the CRM sees nothing.
    `writes` counts the writing requests (POST, PUT, PATCH, DELETE) that came in.
    """

    def __init__(self, target: str) -> None:
        place = urlsplit(target)
        self.host, self.port, self.path = place.hostname or "", place.port or 80, place.path.rstrip("/")
        self.drop_after_write = False
        self.answer: Answer | None = None
        self.writes = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="proxy")

    @property
    def url(self) -> str:
        """The address to give to the adapter."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        """The answer to one request, None for none at all."""
        self.writes += method in WRITES
        if self.answer is not None:
            return self.answer
        answer = self._pass_on(method, path, headers, body)
        return None if self.drop_after_write and method in WRITES else answer

    def _pass_on(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        connection = HTTPConnection(self.host, self.port, timeout=30)
        try:
            connection.request(method, self.path + path, body or None, dict(_kept(headers)))
            answer = connection.getresponse()
            return Answer(status=answer.status, headers=_kept(dict(answer.getheaders())), body=answer.read())
        except (OSError, HTTPException):
            return None
        finally:
            connection.close()


def dead_url() -> str:
    """An address on this machine at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def _kept(headers: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _HOP_BY_HOP}


def _handler(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            self.close_connection = True
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = proxy.ask(self.command, self.path, dict(self.headers.items()), body)
            if answer is None:
                return  # the socket closes without a word
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815  the names that http.server looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name that http.server gives
            """Say nothing: the test speaks."""

    return Handler

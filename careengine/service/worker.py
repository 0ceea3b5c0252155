"""One of several processes that serve: it has the socket and its lifeline from the supervisor."""

from __future__ import annotations

import os
import signal
import socket
from typing import TYPE_CHECKING

from careengine.service.server import Server
from careengine.service.supervisor import READY

if TYPE_CHECKING:
    from careengine.app import App


class Worker(Server):
    """A server that tells its supervisor when it answers, and ends well when the supervisor is gone."""

    def __init__(self, app: App, sock: socket.socket, lifeline: socket.socket) -> None:
        self._lifeline = lifeline
        super().__init__(app, sock, lambda _: self._say_ready())

    def _say_ready(self) -> None:
        self._lifeline.send(READY)
        self._loop.add_reader(self._lifeline, self._orphaned)

    def _orphaned(self) -> None:
        self._loop.remove_reader(self._lifeline)
        self.handle_exit(signal.SIGTERM, None)


def inherited(text: str) -> tuple[socket.socket, socket.socket]:
    """The listening socket and the lifeline, by the numbers of their files, such as `3,5`."""
    sock, lifeline = (socket.socket(fileno=int(number)) for number in text.split(","))
    for each in (sock, lifeline):
        os.set_inheritable(each.fileno(), False)
    return sock, lifeline

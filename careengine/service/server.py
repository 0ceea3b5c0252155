"""Runs the service on uvicorn until it is told to stop; SIGHUP reloads the rules."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from contextlib import contextmanager
from functools import partial
from math import ceil
from typing import TYPE_CHECKING

import structlog
import uvicorn
from uvicorn.server import HANDLED_SIGNALS

from careengine.errors import SettingsError
from careengine.service.application import create
from careengine.service.connections import Connection, Crowd, room_for
from careengine.settings import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from careengine.app import App
    from careengine.service.state import Service

log = structlog.get_logger("careengine.service")


def serve(app: App, host: str, port: int, ready: Callable[[str], None] | None = None) -> None:
    """Serve until SIGINT or SIGTERM. Port 0 takes a free one; `ready` is told the address once it answers.

    Raises SettingsError when the address cannot be used or must not be without keys.
    """
    refuse_open_door(app.settings.service.auth, host)
    with listening(host, port) as sock:
        Server(app, sock, ready).run()


def refuse_open_door(auth: str, host: str) -> None:
    """Without keys only this machine may be listened to. Raises SettingsError."""
    if auth == "none" and not is_loopback(host):
        raise SettingsError(
            f"`service.auth` is `none`, which is for this machine only, but `service.host` is `{host}`; "
            'set `service.auth = "keys"`, or `service.host = "127.0.0.1"`'
        )


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens there. Raises SettingsError."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        sock = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _unusable(host, port, error) from error
    with sock:
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(address)
            sock.listen(2048)
        except OSError as error:
            raise _unusable(host, port, error) from error
        yield sock


def _unusable(host: str, port: int, error: OSError) -> SettingsError:
    said = (error.strerror or "the address is unknown").lower()
    return SettingsError(f"cannot listen on `{host}` port {port}: {said}; choose another with `--host` and `--port`")


def address_of(sock: socket.socket) -> str:
    """The address for a browser or a client on this machine."""
    host, port = sock.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


class Server(uvicorn.Server):
    """uvicorn on a socket of ours, that says when it answers and takes SIGHUP."""

    def __init__(self, app: App, sock: socket.socket, ready: Callable[[str], None] | None = None) -> None:
        self._sock, self._ready, self._told = sock, ready, False
        self._limits = limits = app.settings.service
        self._asgi = asgi = create(app)
        self._reload = asgi.state.watcher.reload
        crowd = Crowd(room_for(limits.max_connections, app.settings.store.connections))
        super().__init__(
            uvicorn.Config(
                asgi,
                http=partial(Connection, crowd),  # type: ignore[arg-type]  # it is called, and nothing else
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=bool(app.settings.service.trusted_proxies),
                forwarded_allow_ips=list(app.settings.service.trusted_proxies),
                timeout_keep_alive=limits.keep_alive_seconds,
                timeout_graceful_shutdown=ceil(limits.grace_seconds),
                loop="uvloop",
            )
        )

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until told to stop."""
        super().run(sockets or [self._sock])

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM. uvicorn would send itself the signal again, before the database is closed."""
        self._loop = asyncio.get_running_loop()
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in HANDLED_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop: no delivery is taken up any more; answers go on while a load balancer looks elsewhere.

        Told a second time, the service does not wait for that.
        """
        if self._told or not self._limits.drain_seconds:
            super().handle_exit(sig, frame)
        if not self._told:
            self._told = True
            self._loop.call_soon_threadsafe(self._leave)  # a signal comes at any time, with any lock held

    def _leave(self) -> None:
        service: Service = self._asgi.state.service
        service.door.leave(self._limits.drain_seconds + self._limits.grace_seconds)
        service.app.delivery.ask_to_stop()
        self._loop.call_later(self._limits.drain_seconds, self._stop)

    def _stop(self) -> None:
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell whoever waits for it."""
        await super().startup(sockets)
        if self.started:
            self._reload_on_hangup()
            address = address_of(self._sock)
            log.info("service started", address=address)
            if self._ready:
                self._ready(address)

    def _reload_on_hangup(self) -> None:
        if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "SIGHUP"):
            return
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, lambda: loop.run_in_executor(None, self._reload))

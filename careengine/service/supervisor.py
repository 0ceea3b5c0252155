"""Several processes on one socket, and the one that watches over them.

They share a listening socket instead of having one each (`SO_REUSEPORT`): with a worker's own socket the connections
that wait for it would be lost with it.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import structlog

from careengine.telemetry.metrics import FOLDER, WORKER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

READY = b"r"  # what a worker says through its lifeline once it answers
_STEADY = 60.0  # seconds; a worker that lived longer starts again at once
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_MARGIN = 5.0  # seconds beyond the grace after which a worker is killed

log = structlog.get_logger("careengine.service")


def pause(failures: int) -> float:
    """Seconds before a worker that died so often in a row is started again: twice as long each time, to a bound."""
    return min(_FIRST_PAUSE * 2.0 ** min(failures - 1, 10), _LONGEST_PAUSE)


@dataclass(slots=True, kw_only=True)
class Place:
    """One worker's place. `lifeline` is a pair of sockets' end: each side sees when the other is gone."""

    number: int
    process: subprocess.Popen[bytes] | None = None
    lifeline: socket.socket | None = None
    ready: bool = False
    behind: bool = False  # told to read the rules again before it could listen to that
    started_at: float = 0.0
    due_at: float | None = None  # to be started then; None: it runs, or need not yet
    failures: int = 0


@dataclass(slots=True, kw_only=True)
class Supervisor:
    """Keeps `count` workers at work. `command` starts one; `--inherit SOCKET,LIFELINE` is added to it.

    The first one starts alone, so that migrations run once and a mistake is told once.
    """

    command: Sequence[str]
    sock: socket.socket
    count: int
    seconds_to_stop: float
    ready: Callable[[], None]
    _places: list[Place] = field(init=False)
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _signals: list[int] = field(default_factory=list)
    _kill_at: float | None = None  # set when it was told to stop
    _code: int = 0
    _started: bool = False

    def __post_init__(self) -> None:
        self._places = [Place(number=number) for number in range(1, self.count + 1)]

    def run(self) -> int:
        """Serve until SIGINT or SIGTERM, and pass SIGHUP on; gives the exit code."""
        with TemporaryDirectory(prefix="careengine-") as folder, self._listening_to_signals():
            environment = {**os.environ, FOLDER: folder}
            self._places[0].due_at = time.monotonic()
            while self._goes_on():
                self._start_what_is_due(environment)
                for key, _ in self._selector.select(self._patience()):
                    key.data()
                self._obey()
        return self._code

    def _goes_on(self) -> bool:
        return self._kill_at is None or any(place.process for place in self._places)

    def _patience(self) -> float | None:
        """Seconds until there is something to do without anybody saying so."""
        instants = [place.due_at for place in self._places if place.due_at is not None]
        if self._kill_at is not None:
            instants = [self._kill_at]
        return max(0.0, min(instants) - time.monotonic()) if instants else None

    # --- workers

    def _start_what_is_due(self, environment: dict[str, str]) -> None:
        now = time.monotonic()
        for place in self._places:
            if self._kill_at is None and place.due_at is not None and place.due_at <= now:
                self._start(place, environment)

    def _start(self, place: Place, environment: dict[str, str]) -> None:
        ours, theirs = socket.socketpair()
        fds = self.sock.fileno(), theirs.fileno()
        with theirs:
            place.process = subprocess.Popen(  # noqa: S603  our own program
                [*self.command, "--inherit", "{},{}".format(*fds)],
                env={**environment, WORKER: str(place.number)},
                pass_fds=fds,
                process_group=0,  # Ctrl-C reaches us, and we tell them
            )
        place.lifeline, place.ready, place.behind = ours, False, False
        place.started_at, place.due_at = time.monotonic(), None
        self._selector.register(ours, selectors.EVENT_READ, lambda: self._hear(place))

    def _hear(self, place: Place) -> None:
        assert place.lifeline  # noqa: S101  it is registered as long as there is one
        if place.lifeline.recv(16):
            self._answers(place)
        else:
            self._selector.unregister(place.lifeline)
            place.lifeline.close()
            place.lifeline = None
            self._ended(place)

    def _answers(self, place: Place) -> None:
        place.ready = True
        if place.behind:
            self._reload(place)
        if place is self._places[0] and not self._started:
            for other in self._places[1:]:
                other.due_at = time.monotonic()
        if not self._started and all(each.ready for each in self._places):
            self._started = True
            self.ready()

    def _ended(self, place: Place) -> None:
        assert place.process  # noqa: S101  it just ended
        code, place.process = place.process.wait(), None
        if self._kill_at is not None:
            early = -signal.SIGTERM  # told to stop before it could listen to that
            self._code = self._code or (0 if code in (0, early) else 1)
        elif not self._started and not place.ready:
            self._code = max(code, 1)  # it has said why itself
            self._stop()
        else:
            lived = time.monotonic() - place.started_at
            place.failures = 1 if lived >= _STEADY else place.failures + 1
            wait = pause(place.failures)
            place.due_at = time.monotonic() + wait
            log.error("a worker ended", worker=place.number, code=code, again_in_seconds=wait)

    # --- signals

    def _obey(self) -> None:
        while self._signals:
            number = self._signals.pop(0)
            if number == signal.SIGHUP:
                for place in self._places:
                    self._reload(place)
            else:
                self._stop()
        if self._kill_at is not None and time.monotonic() >= self._kill_at:
            log.error("workers did not end in time and are killed")
            self._tell(signal.SIGKILL)
            self._kill_at = float("inf")

    def _stop(self) -> None:
        if self._kill_at is None:
            self._kill_at = time.monotonic() + self.seconds_to_stop + _MARGIN
            self.sock.close()  # ours is one of its holders: connections must not queue for nobody
        self._tell(signal.SIGTERM)

    def _reload(self, place: Place) -> None:
        """A worker that does not answer yet would be ended by the signal: it is told as soon as it does."""
        place.behind = not place.ready
        if place.ready and place.process is not None:
            place.process.send_signal(signal.SIGHUP)

    def _tell(self, number: int) -> None:
        for place in self._places:
            if place.process is not None:
                place.process.send_signal(number)

    @contextmanager
    def _listening_to_signals(self) -> Iterator[None]:
        hears, wakes = socket.socketpair()
        wakes.setblocking(False)
        self._selector.register(hears, selectors.EVENT_READ, lambda: hears.recv(256))
        told = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        handlers = {each: signal.signal(each, lambda number, _: self._signals.append(number)) for each in told}
        before = signal.set_wakeup_fd(wakes.fileno())
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            for number, handler in handlers.items():
                signal.signal(number, handler)
            self._selector.close()
            hears.close()
            wakes.close()

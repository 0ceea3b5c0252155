"""A service whose disk is full, or fails now and then, under load; then the disk is well again."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from careengine.service.problems import MEDIA_TYPE
from careengine.store import Store, events
from tests.reliability.disk import shim
from tests.reliability.kills.balance import unfinished
from tests.reliability.kills.crm import LedgerCrm
from tests.reliability.kills.house import House
from tests.reliability.kills.senders import event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FIT = (503, 507)
RECOVERY_SECONDS = 20.0


@dataclass(slots=True, kw_only=True)
class Troubled:
    """What came of it.

    `unclear` holds the refusals that are no problem of a fitting status, `told` the words of the others; `missing` is
    what was acknowledged and is not there.
    """

    acknowledged: list[int] = field(default_factory=list)
    refused: dict[int, int] = field(default_factory=dict)
    unclear: list[str] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    logged: str = ""
    missing: list[int] = field(default_factory=list)
    failed: int = 0  # calls to the disk
    recovered: float = -1.0  # seconds from when the disk was well to the first acknowledgement; -1: never
    ready: bool = False  # at the end, by `/readyz`
    damaged: bool = False
    left: int = -1  # actions not delivered at the end


def trouble(folder: Path, count: int, begin: Callable[[shim.Orders], None]) -> Troubled:
    """Send so many events while the disk is well, as many in the trouble that `begin` makes, then mend it."""
    found = Troubled()
    with LedgerCrm(share=0) as crm:
        house = House.build(folder, crm.url)
        orders = shim.Orders(folder)
        with _serving(house, orders):
            line = _Line(house.url, found)
            for number in range(count):
                line.send(number)
            begin(orders)
            for number in range(count, 2 * count):
                line.send(number)
            found.failed = orders.failed
            orders.fail(0)
            orders.leave_room(None)
            found.recovered = _recover(line, 2 * count)
            found.ready, found.left = line.is_ready(), _drained(house)
    found.logged = (folder / "stderr").read_text()
    _look(house, found)
    return found


@contextmanager
def _serving(house: House, orders: shim.Orders) -> Iterator[None]:
    more = shim.environment(house.database, orders=orders)
    command = [sys.executable, "-m", "careengine", "serve"]
    with (house.folder / "stderr").open("w") as err:
        process = subprocess.Popen(command, cwd=house.folder, env={**house.environment, **more}, stderr=err)
        with process:
            try:
                ready = _wait_until(lambda: _Line(house.url, Troubled()).is_ready())
                assert ready, (house.folder / "stderr").read_text()[-2000:]
                yield
                assert process.poll() is None, "the service ended by itself"
            finally:
                process.terminate()


def _wait_until(true: Callable[[], bool], seconds: float = RECOVERY_SECONDS) -> bool:
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


@dataclass(slots=True)
class _Line:
    url: str
    found: Troubled

    def send(self, number: int) -> bool:
        """Send one event once; whether it was acknowledged."""
        status, kind, body = self._ask("POST", "/v1/interactions", json.dumps(event(number)))
        if status == http.client.OK:
            self.found.acknowledged.append(number)
            return True
        self.found.refused[status] = self.found.refused.get(status, 0) + 1
        if status in FIT and kind == MEDIA_TYPE:
            self.found.told.add(json.loads(body)["detail"])
        else:
            self.found.unclear.append(f"{status} {kind} {body[:200]!r}")
        return False

    def is_ready(self) -> bool:
        try:
            return self._ask("GET", "/readyz")[0] == http.client.OK
        except OSError:
            return False

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str, bytes]:
        with closing(http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)) as connection:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Content-Type", ""), answer.read()


def _recover(line: _Line, number: int) -> float:
    started = time.monotonic()
    return time.monotonic() - started if _wait_until(lambda: line.send(number)) else -1.0


def _drained(house: House) -> int:
    """What is left to deliver when nothing more is, for a while."""
    left, since = sum(unfinished(house.store).values()), time.monotonic()
    while left and time.monotonic() - since < RECOVERY_SECONDS:
        time.sleep(0.02)
        now = sum(unfinished(house.store).values())
        if now < left:
            left, since = now, time.monotonic()
    return left


def _look(house: House, found: Troubled) -> None:
    with closing(Store.open(house.store)) as store, store.read() as reader:
        found.damaged = reader.exec_driver_sql("PRAGMA integrity_check").scalar() != "ok"
        for number in found.acknowledged:
            sent = event(number)
            if not events.known(reader, "default", str(sent["source"]), str(sent["id"])):
                found.missing.append(number)

"""Sets the stage for the demo: a folder of settings, the demo CRM in a thread, the real service as a process."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import threading
from collections import deque
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from careengine import CareError
from careengine_demo.records import Records
from careengine_demo.server import Helpdesk, Running
from careengine_demo.webhooks import Sender

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine_demo.day import Day

_START_SECONDS, _STOP_SECONDS, _TAIL_LINES = 60, 30, 15
_ADDRESS = re.compile(r"answers at (http://\S+)")
USER = "careengine"

_SETTINGS = """\
# Settings of the demo: the starter rules and those of the conduct signals, a database file beside this one, and the
# demo CRM to write back to.
tenant = "demo"

[rules]
starter = true
paths = [{conduct}]

[store]
url = "sqlite:///careengine.db"

[privacy]
keep_text = "evidence"  # people review conduct here

[service]
port = {port}

[delivery]
poll_seconds = 0.05
first_delay_seconds = 0.2
settle_seconds = 2

[adapters.demo]
base_url = "{crm}"
token = {{ file = "crm-token" }}
webhook_secret = {{ file = "crm-webhook-secret" }}

[log]
level = "warning"
format = "console"
"""


class DemoError(CareError):
    """The demo cannot go on; the message says why, with the service's own last words where it has some."""


class Crm:
    """The demo CRM, filled with the day's customers and tickets and running. Raises OSError for a port in use."""

    def __init__(self, day: Day, token: str = "", webhook_secret: str = "", port: int = 0) -> None:
        self.token = token or secrets.token_urlsafe(24)
        self.webhook_secret = webhook_secret or secrets.token_urlsafe(24)
        self.shop_token = secrets.token_urlsafe(24)
        self.records = Records()
        for customer in day.customers:
            names = {"tz": "time_zone", "lifetime_value": "spent"}
            known = {names.get(name, name): value for name, value in customer.items() if name != "id"}
            self.records.add_customer(customer["id"], {n: v for n, v in known.items() if n != "vulnerability"})
        for ticket in day.tickets:
            self.records.add_ticket({n: v for n, v in ticket.items() if n != "number"}, "shop", ticket["number"])
        self._server = Running(Helpdesk({self.token: USER, self.shop_token: "shop"}, self.records), port)
        self.url = self._server.url
        self._sender: Sender | None = None

    def send_webhooks_to(self, service: str) -> None:
        """From now on, tell the service what happens."""
        self._sender = Sender(f"{service}/webhooks/demo", [self.webhook_secret])
        self.records.on_event.append(self._sender.send)

    def stop(self, keep: Path | None) -> None:
        """Stop; with `keep`, leave what the CRM holds in that folder."""
        self._server.stop()
        if self._sender:
            self._sender.stop()
        if keep:
            held = {"customers": self.records.customers, "tickets": self.records.tickets}
            Path(keep, "crm.json").write_text(json.dumps(held, indent=2), encoding="utf-8")


class Service:
    """`careengine serve` as a process of its own, and everything it says."""

    def __init__(self, folder: Path) -> None:
        self.address = ""
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._log = Path(folder, "service.log")
        self._told = threading.Event()
        self._process = subprocess.Popen(  # noqa: S603  our own program, our own arguments
            _program("serve"),
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # Ctrl-C in the terminal is for the demo, which then stops the service itself.
            start_new_session=True,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self._listener = threading.Thread(target=self._listen, name="demo-service-log", daemon=True)
        self._listener.start()

    def wait_until_it_answers(self) -> str:
        """The address. Raises DemoError when the service does not come up."""
        self._told.wait(_START_SECONDS)
        if not self.address:
            raise DemoError(f"the service did not start\n{self.last_words()}")
        return self.address

    def died(self) -> DemoError:
        """What to say when it stopped although nobody asked it to."""
        self._listener.join()
        return DemoError(f"the service has stopped\n{self.last_words()}")

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def wait(self) -> None:
        """Wait for as long as the process runs."""
        self._process.wait()

    def last_words(self) -> str:
        """The end of what it said."""
        return "\n".join(f"  | {line}" for line in self._tail) or "  | it said nothing"

    def stop(self) -> None:
        """Ask it to stop, and insist when it does not."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._listener.join()
        if self._process.stdout:
            self._process.stdout.close()

    def _listen(self) -> None:
        with self._log.open("w", encoding="utf-8") as log:
            for line in self._process.stdout or ():
                log.write(line)
                log.flush()
                self._tail.append(line.rstrip())
                if not self.address and (found := _ADDRESS.search(line)):
                    self.address = found[1]
                    self._told.set()
        self._told.set()  # nothing more will come


class Stage:
    """Everything that stands while the demo runs. `folder` holds the settings, the database and the log."""

    def __init__(self, folder: Path, crm: Crm, service: Service, key: str) -> None:
        self.folder, self.crm, self.service, self.key = folder, crm, service, key


@contextmanager
def set_up(day: Day, port: int, keep: Path | None) -> Iterator[Stage]:
    """Build it all, and take it down again whatever happens. Raises DemoError."""
    with ExitStack() as stack:
        folder = _folder(keep) if keep else Path(stack.enter_context(TemporaryDirectory(prefix="careengine-demo-")))
        crm = Crm(day)
        stack.callback(crm.stop, keep)
        conduct = json.dumps(run(folder, "conduct", "rules", settings=False).strip())
        _write(folder, "careengine.toml", _SETTINGS.format(port=port, crm=crm.url, conduct=conduct))
        _write(folder, "crm-token", crm.token)
        _write(folder, "crm-webhook-secret", crm.webhook_secret)
        key = json.loads(run(folder, "keys", "create", "demo", "--reason", "the demo's shop", "--format", "json"))[
            "key"
        ]
        service = Service(folder)
        stack.callback(service.stop)
        service.wait_until_it_answers()
        yield Stage(folder, crm, service, key)


def run(folder: Path, *arguments: str, settings: bool = True) -> str:
    """Run one verb of careengine on the demo's folder; what it prints. Raises DemoError with what it said."""
    done = subprocess.run(  # noqa: S603  our own program, our own arguments
        _program(*arguments, settings=settings),
        cwd=folder,
        env=_environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise DemoError(f"`careengine {' '.join(arguments)}` failed\n{done.stderr.strip()}")
    return done.stdout


def _program(*arguments: str, settings: bool = True) -> list[str]:
    named = ("--settings", "careengine.toml") if settings else ()
    return [sys.executable, "-m", "careengine", *named, *arguments]


def _environment() -> dict[str, Any]:
    """Our environment without settings: they would lead the demo to somebody's real database or classifier."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CAREENGINE_", "CONDUCT_"))}
    return kept | {"PYTHONUNBUFFERED": "1"}


def _folder(keep: Path) -> Path:
    keep.mkdir(parents=True, exist_ok=True)
    if any(keep.iterdir()):
        raise DemoError(f"the folder `{keep}` is not empty; name a new one")
    return keep.resolve()


def _write(folder: Path, name: str, text: str) -> None:
    path = Path(folder, name)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")

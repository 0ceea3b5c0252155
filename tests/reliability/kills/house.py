"""A folder with settings, rules, database and plugin, in which `careengine serve` is started and killed."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
SECRET = "the ledger signs with this"
ACCOUNTS = ("north", "south", "east", "west")
SETTINGS = """\
[rules]
paths = ["rules"]
starter = false
[store]
url = "{store}"
[log]
level = "warning"
[service]
auth = "none"
port = {port}
[plugins]
disabled = ["demo", "django-helpdesk"]
[delivery]
max_attempts = 100
first_delay_seconds = 0.02
max_delay_seconds = 0.2
settle_seconds = 0.6
poll_seconds = 0.1
reconcile_seconds = 0
"""
ADAPTER = '[adapters.{name}]\ntype = "ledger"\nbase_url = "{url}/{name}"\nwebhook_secret = {{ file = "secret" }}\n'
RULES = {
    "late": """\
id: late
kind: recovery
title: Put a late delivery right
owner: care-operations
status: live
rationale: Three actions that must reach the CRM once.
events: [interaction.received]
when: {all: [{field: failure.type, is: late_delivery}]}
steps: [apologise, fix, offer]
offer: {family: entitlement, amount: 10.00 GBP}
""",
    "lead": """\
id: lead
kind: escalation
title: A team lead looks at it
owner: care-operations
status: live
rationale: And a fourth.
events: [interaction.received]
when: {all: [{field: failure.type, is: late_delivery}]}
escalate: {to: team-lead, level: 1}
""",
}


@dataclass(frozen=True, slots=True)
class House:
    """Where everything lies, and where the service answers."""

    folder: Path
    url: str
    store: str  # the database's URL

    @classmethod
    def build(cls, folder: Path, crm: str, store: str = "") -> House:
        """Write the files; `crm` is where the CRM listens, `store` a server's database in place of a file."""
        url = f"http://127.0.0.1:{_port()}"
        (folder / "rules").mkdir(parents=True)
        for name, text in RULES.items():
            (folder / "rules" / f"{name}.yaml").write_text(text)
        store = store or f"sqlite:///{folder / 'careengine.db'}"
        settings = SETTINGS.format(port=url.rpartition(":")[2], store=store)
        settings += "".join(ADAPTER.format(name=name, url=crm) for name in ACCOUNTS)
        (folder / "careengine.toml").write_text(settings)
        (folder / "secret").write_text(SECRET)
        (folder / "secret").chmod(0o600)
        info = folder / "site" / "careengine_reliability-1.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: careengine-reliability\nVersion: 1\n")
        (info / "entry_points.txt").write_text("[careengine]\nreliability = tests.reliability.kills.plugin\n")
        return cls(folder, url, store)

    @property
    def database(self) -> Path:
        """The service's database, where it is a file."""
        return self.folder / "careengine.db"

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which the service finds the plugin."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith("CAREENGINE_")}
        paths = [str(ROOT), str(self.folder / "site"), *plain.get("PYTHONPATH", "").split(os.pathsep)]
        return {**plain, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}


def _port() -> int:
    """A port that is free, and none of those that callers are given: one would have it between two lives."""
    for port in random.sample(range(20_000, 32_000), 1_000):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no port is free")


@contextmanager
def spawner() -> Iterator[Spawner]:
    """What forks services."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("CAREENGINE_")}
    command = [sys.executable, "-m", "tests.reliability.kills.spawn"]
    with subprocess.Popen(
        command, cwd=ROOT, env=plain, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        made = Spawner(process)
        try:
            yield made
        finally:
            made.end(signal.SIGKILL)


@dataclass(slots=True)
class Spawner:
    """One service at a time."""

    process: subprocess.Popen[str]
    pid: int = 0

    def start(self, house: House, *bug: str) -> None:
        """Fork a service in a house, with a bug or without."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{' '.join((str(house.folder), *bug))}\n")
        self.pid = int(self.process.stdout.readline().split()[1])

    def end(self, how: signal.Signals) -> None:
        """Send it a signal, and wait for its end."""
        if self.pid:
            assert self.process.stdout
            os.kill(self.pid, how)
            self.process.stdout.readline()
            self.pid = 0

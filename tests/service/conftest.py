from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import pytest
import requests

from careengine.app import App
from careengine.host import Host
from careengine.service.server import Server, listening
from careengine.settings import RulesSettings, ServiceSettings, Settings, StoreSettings

if TYPE_CHECKING:
    from pathlib import Path

POLICY = """\
id: {id}
kind: escalation
title: A person looks at a late delivery
owner: care-operations
status: live
rationale: A test needs a policy that fires.
events: [interaction.received]
when:
  all:
    - {{field: failure.days_late, at_least: {days}}}
escalate: {{to: team-lead, level: 1}}
"""


def policy(name: str, days: int = 3) -> str:
    return POLICY.format(id=name, days=days)


@dataclass(slots=True)
class Running:
    """A service that answers on loopback."""

    app: App
    server: Server
    url: str
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.session.get(self.url + path, timeout=10, **more)

    def post(self, path: str, document: Any = None, **more: Any) -> requests.Response:
        body = {} if document is None else {"json": document}
        return self.session.post(self.url + path, timeout=10, **body, **more)

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.url.removeprefix("http://").partition(":")
        return host, int(port)

    def raw(self, sent: bytes) -> bytes:
        """Send bytes as they are and give everything that comes back until the service closes or falls silent."""
        with socket.create_connection(self.address, timeout=10) as sock:
            sock.sendall(sent)
            sock.settimeout(10)
            answer = b""
            while b"\r\n\r\n" not in answer or len(answer.split(b"\r\n\r\n", 1)[1]) < _length(answer):
                part = sock.recv(65536)
                if not part:
                    break
                answer += part
            return answer


def _length(answer: bytes) -> int:
    for line in answer.split(b"\r\n\r\n", 1)[0].lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


@contextmanager
def run(settings: Settings, host: Host) -> Iterator[Running]:
    """Open the application and serve it in a thread."""
    ready = Event()
    with App.open(settings, host) as app, listening("127.0.0.1", 0) as sock:
        server = Server(app, sock, lambda _: ready.set())
        thread = Thread(target=server.run, name="service under test")
        thread.start()
        try:
            assert ready.wait(20)
            running = Running(app, server, f"http://127.0.0.1:{sock.getsockname()[1]}")
            with running.session:
                yield running
        finally:
            server.should_exit = True
            thread.join(20)
    assert not thread.is_alive()


Start = Callable[..., Running]


def settings_in(folder: Path, database: str | None = None, **service: Any) -> Settings:
    """Settings of a service on its own rules and database in a folder, or one elsewhere; open to all unless said."""
    rules = folder / "rules"
    if not rules.exists():
        rules.mkdir()
        (rules / "late.yaml").write_text(policy("late"))
    return Settings(
        rules=RulesSettings(paths=(rules,), starter=False),
        store=StoreSettings(url=database or f"sqlite:///{folder / 'care.db'}"),
        service=ServiceSettings(**{"auth": "none", **service}),
    )


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a service: `start(host=…, auth="keys", …)`."""
    with ExitStack() as stack:

        def begin(host: Host | None = None, settings: Settings | None = None, **service: Any) -> Running:
            chosen = settings or settings_in(tmp_path, **service)
            return stack.enter_context(run(chosen, Host() if host is None else host))

        yield begin


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service without plugins that the tests of a module share."""
    with run(settings_in(tmp_path_factory.mktemp("service")), Host()) as running:
        yield running


_NUMBER = iter(range(1_000_000))


def event(**fields: Any) -> dict[str, Any]:
    """An interaction that the policy of these tests matches, with a new id."""
    return {
        "id": f"e-{next(_NUMBER)}",
        "source": "shop",
        "type": "interaction.received",
        "occurred_at": "2026-03-02T09:30:00Z",
        "customer": {"id": "C-1"},
        "case": {"id": "T-1"},
        "failure": {"type": "late_delivery", "days_late": 4},
        **fields,
    }

"""The main job, whole: a customer writes in the real helpdesk, and the care that is due stands in it, once."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.real_helpdesk.conftest import Helpdesk

    from careengine import WebhookRequest

pytestmark = pytest.mark.crm
PATIENCE = 30.0

RULE = """\
id: asked-three-times
kind: escalation
title: Bring in tier 2 when a customer has to ask a third time
owner: care-operations
status: live
priority: 60
rationale: Whoever must ask three times in a week is not being helped by asking a fourth time.
events: [interaction.received]
when:
  all:
    - {field: direction, is: inbound}
    - {count: interactions, direction: inbound, same: issue, within: 7d, at_least: 3}
once_per: {same: case, within: 7d}
escalate: {to: tier-2, level: 2, priority: high, next_update: 4h, hand_over: warm}
"""

SETTINGS = """\
[rules]
paths = ["rules"]
starter = false
[store]
url = "sqlite:///care.db"
[service]
host = "127.0.0.1"
auth = "none"
[delivery]
first_delay_seconds = 0.1
settle_seconds = 0.5
poll_seconds = 0.1
[adapters.django-helpdesk]
base_url = "{base_url}"
token = {{env = "TEST_HELPDESK_TOKEN"}}
webhook_secret = {{env = "TEST_HELPDESK_SECRET"}}
user = {user}
roles = {{"tier-2" = {{user = {senior}, queue = {queue}}}}}
"""


class Service:
    """`careengine serve` in a folder, as a program of its own. `log` grows with what it says on standard error."""

    def __init__(self, place: Path, settings: Mapping[str, Any], log: list[str]) -> None:
        self._secret, self._log, self._addresses = settings["webhook_secret"], log, Queue[str]()
        secrets = {"TEST_HELPDESK_TOKEN": settings["token"], "TEST_HELPDESK_SECRET": self._secret}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "careengine", "serve", "--port", "0"],
            cwd=place,
            env={**os.environ, **secrets},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._listener = Thread(target=self._listen)
        self._listener.start()
        try:
            self.url = self._addresses.get(timeout=PATIENCE)
        except Empty:
            self.stop()
            pytest.fail("the service did not start: " + "".join(log)[-3000:])

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._log.append(line)
            if found := re.search(r"careengine answers at (\S+)", line):
                self._addresses.put(found[1])

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, by default kindly."""
        self.process.send_signal(how)
        self.process.wait(PATIENCE)
        self._listener.join(PATIENCE)
        assert self.process.stderr is not None
        self.process.stderr.close()

    @property
    def webhooks(self) -> str:
        """Where the helpdesk sends to."""
        return f"{self.url}/webhooks/django-helpdesk?secret={self._secret}"

    def deliver(self, webhook: WebhookRequest) -> None:
        """Send a webhook again, as a proxy may do."""
        headers = {"Content-Type": webhook.headers["content-type"]}
        assert requests.post(self.webhooks, data=webhook.body, headers=headers, timeout=10).ok

    def decisions(self) -> list[dict[str, Any]]:
        """The decisions that were made."""
        found: list[dict[str, Any]] = requests.get(f"{self.url}/v1/decisions", timeout=10).json()["decisions"]
        return found


@pytest.fixture
def place(tmp_path: Path, helpdesk: Helpdesk, adapter_settings: Mapping[str, Any]) -> Path:
    """A folder with settings and one rule."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "asked-three-times.yaml").write_text(RULE)
    role = adapter_settings["roles"]["tier-2"]
    numbers = {"user": adapter_settings["user"], "senior": role["user"], "queue": role["queue"]}
    (tmp_path / "careengine.toml").write_text(SETTINGS.format(base_url=helpdesk.url, **numbers))
    return tmp_path


@pytest.fixture
def start(
    place: Path, listening: Helpdesk, adapter_settings: Mapping[str, Any], log: list[str]
) -> Iterator[Callable[[], Service]]:
    """Starts the service and sends the helpdesk's webhooks to it, and to our listener, so that we can repeat them."""
    started: list[Service] = []

    def start() -> Service:
        started.append(Service(place, adapter_settings, log))
        listening.send_webhooks_to(f"{started[-1].webhooks} {listening.hooks.url_for('/hook')}")
        return started[-1]

    yield start
    for service in started:
        if service.process.poll() is None:
            service.stop()


@pytest.fixture
def log() -> list[str]:
    return []


def eventually(holds: Callable[[], Any]) -> None:
    """Ask until it holds, for as long as patience lasts."""
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.05)


def asks_three_times(helpdesk: Helpdesk, customer: str) -> str:
    """A customer calls, then writes twice; the ticket."""
    ticket = helpdesk.open_ticket(customer)
    helpdesk.mail(customer, "Where is it, for heaven's sake?", ticket)
    helpdesk.mail(customer, "I am still waiting", ticket)
    return ticket


def is_cared_for(helpdesk: Helpdesk, ticket: str) -> bool:
    """Whether note and record stand in the ticket, and it is where it shall be."""
    return len(helpdesk.private_notes(ticket)) >= 2 and helpdesk.ticket(ticket)["priority"] == 2


def check_care(helpdesk: Helpdesk, ticket: str) -> None:
    """The care stands in the ticket exactly once."""
    found, notes = helpdesk.ticket(ticket), helpdesk.private_notes(ticket)
    assert (found["assigned_to"], found["queue"]) == (helpdesk.users["senior"], helpdesk.queues["escalations"])
    assert (found["priority"], found["title"], len(notes)) == (2, "Order late", 2)
    marks = re.findall(r"\[care:[0-9a-f]{16}\]", "".join(notes))
    assert len(set(marks)) == len(marks) == 2, "a note and the record of the escalation, each once"
    assert any("asked-three-times" in note and "there are 3" in note for note in notes), "a person reads why"


def test_care_reaches_the_helpdesk_once(
    listening: Helpdesk, start: Callable[[], Service], adapter_settings: Mapping[str, Any], log: list[str]
) -> None:
    service = start()
    ticket = asks_three_times(listening, "ada@example.test")
    third = listening.last_webhook()
    eventually(lambda: is_cared_for(listening, ticket))
    check_care(listening, ticket)

    service.deliver(third)
    listening.mail("ada@example.test", "Hello?", ticket)
    service.stop()
    service = start()
    service.deliver(third)

    # When a later customer has been cared for, whatever the repeated webhooks caused has happened before.
    later = asks_three_times(listening, "bob@example.test")
    eventually(lambda: is_cared_for(listening, later))
    check_care(listening, later)
    check_care(listening, ticket)
    made = service.decisions()
    assert len({decision["interaction"] for decision in made}) == len(made) == 9, "two cases opened, seven contacts"
    acted = [decision for decision in made if decision["actions"]]
    assert len(acted) == 2, "Ada's fourth contact matched, too; her case has been brought in already"
    for secret in (adapter_settings["token"], adapter_settings["webhook_secret"], "heaven", "ada@example.test"):
        assert secret not in "".join(log)


def test_care_survives_a_sudden_end(listening: Helpdesk, start: Callable[[], Service]) -> None:
    service = start()
    ticket = asks_three_times(listening, "eve@example.test")
    service.stop(signal.SIGKILL)  # the webhook is acknowledged; how far its care came, nobody knows
    start()
    eventually(lambda: is_cared_for(listening, ticket))
    later = asks_three_times(listening, "fay@example.test")
    eventually(lambda: is_cared_for(listening, later))
    check_care(listening, ticket)
    check_care(listening, later)


def test_care_reaches_what_was_written_while_the_service_was_down(
    listening: Helpdesk, start: Callable[[], Service]
) -> None:
    service = start()
    before = asks_three_times(listening, "gil@example.test")
    eventually(lambda: is_cared_for(listening, before))
    service.stop()
    listening.send_webhooks_to(None)  # the helpdesk sends once, and nobody was there
    ticket = asks_three_times(listening, "ivy@example.test")
    assert listening.private_notes(ticket) == []
    service = start()
    eventually(lambda: is_cared_for(listening, ticket))
    service.stop()
    service = start()
    # When a later customer has been cared for, whatever another start caused has happened before.
    later = asks_three_times(listening, "jon@example.test")
    eventually(lambda: is_cared_for(listening, later))
    for each in (before, ticket, later):
        check_care(listening, each)
    made = service.decisions()
    assert len({decision["interaction"] for decision in made}) == len(made) == 12, "three cases opened, nine contacts"

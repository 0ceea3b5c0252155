"""The real django-helpdesk on loopback: its own virtual environment from the lock, its own site, its own database."""

from __future__ import annotations

import fcntl
import hashlib
import json
import select
import subprocess
import sys
from dataclasses import dataclass, field
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
from pytest_httpserver import HTTPServer

from careengine import Action, WebhookRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[4]
WORK = ROOT / ".crm-work" / "django-helpdesk"
LOCK = ROOT / ".ci" / "lock" / "django-helpdesk.txt"
SITE = Path(__file__).with_name("helpdesk_site.py")
SECRET = "conformance-secret-0123456789"
START_SECONDS = 60

_mails = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Helpdesk:
    """A running site. `desk` is a colleague who takes calls, `senior` one of the second line, `outsider` none."""

    url: str
    folder: Path
    users: Mapping[str, int]
    tokens: Mapping[str, str]
    queues: Mapping[str, int]
    hooks: HTTPServer = field(repr=False)

    def api(self, method: str, path: str, body: Any = None, who: str = "desk") -> Any:
        """Ask the helpdesk's API as a colleague."""
        headers = {"Authorization": f"Token {self.tokens[who]}"}
        answer = requests.request(method, f"{self.url}/api/{path}", json=body, headers=headers, timeout=30)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return answer.json() if answer.content else None

    def mail(self, sender: str, text: str, ticket: str | None = None) -> str:
        """Let a customer write an email, a new one or on a ticket; the ticket's number."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Message-ID"] = sender, "help@helpdesk.test", f"<{next(_mails)}@mail.test>"
        mail["Subject"] = f"Re: [support-{ticket}] my order" if ticket else "my order"
        mail.set_content(text)
        answer = requests.post(f"{self.url}/mail/support/", data=mail.as_bytes(), timeout=30)
        assert answer.status_code == 201, answer.text[:300]
        return answer.text

    def open_ticket(self, customer: str, text: str = "It has not come") -> str:
        """Open a ticket for a customer on the phone; its number."""
        body = {"queue": self.queues["support"], "title": "Order late", "description": text, "priority": 3}
        return str(self.api("POST", "tickets/", {**body, "submitter_email": customer})["id"])

    def ticket(self, number: str) -> dict[str, Any]:
        """The ticket as the API tells it."""
        found: dict[str, Any] = self.api("GET", f"tickets/{number}/")
        return found

    def private_notes(self, number: str) -> list[str]:
        """The texts that only colleagues see."""
        return [one["comment"] for one in self.ticket(number)["followup_set"] if not one["public"]]

    def send_webhooks_to(self, address: str | None) -> None:
        """Where webhooks go from now on; None: nowhere."""
        for name in ("new", "followup"):
            (self.folder / f"{name}.txt").write_text(address or "")

    def last_webhook(self) -> WebhookRequest:
        """The newest webhook as it arrived at our listener. The helpdesk sends before it answers, so it is there."""
        request = self.hooks.log[-1][0]
        headers = {name.lower(): value for name, value in request.headers.items()}
        return WebhookRequest(method=request.method, url=request.url, headers=headers, body=request.get_data())


@pytest.fixture(scope="session")
def helpdesk_python() -> Path:
    """The interpreter of a virtual environment with the locked helpdesk, made once and kept until the lock changes."""
    WORK.mkdir(parents=True, exist_ok=True)
    python, stamp = WORK / "venv" / "bin" / "python", WORK / "installed"
    wanted = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    with (WORK / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test runs may want it at once
        if not (stamp.exists() and stamp.read_text() == wanted and python.exists()):
            stamp.unlink(missing_ok=True)
            _install(python)
            stamp.write_text(wanted)
    return python


def _install(python: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", python.parents[1]], check=True)
    pip: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    done = subprocess.run(
        [*pip, "--disable-pip-version-check", "--require-hashes", "-r", LOCK],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    if done.returncode:
        pytest.skip(f"django-helpdesk cannot be installed here: {done.stderr.strip()[-300:]}")


@pytest.fixture(scope="session")
def helpdesk(helpdesk_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Helpdesk]:
    """The site, running."""
    folder = tmp_path_factory.mktemp("helpdesk")
    with (
        HTTPServer("127.0.0.1", 0) as hooks,
        (folder / "server.log").open("wb") as log,
        subprocess.Popen([helpdesk_python, SITE, folder], stdout=subprocess.PIPE, stderr=log) as site,
    ):
        hooks.expect_request("/hook").respond_with_data(b"")
        try:
            yield Helpdesk(folder=folder, hooks=hooks, **_first_words(site, folder / "server.log"))
        finally:
            site.terminate()


def _first_words(site: subprocess.Popen[bytes], log: Path) -> dict[str, Any]:
    assert site.stdout is not None
    ready, _, _ = select.select([site.stdout], [], [], START_SECONDS)
    line = site.stdout.readline() if ready else b""
    assert line, f"the helpdesk did not start within {START_SECONDS} s: {log.read_text()[-2000:]}"
    about: dict[str, Any] = json.loads(line)
    return about


@pytest.fixture
def listening(helpdesk: Helpdesk) -> Iterator[Helpdesk]:
    """The site with its webhooks sent to our listener."""
    helpdesk.send_webhooks_to(helpdesk.hooks.url_for("/hook") + f"?secret={SECRET}")
    yield helpdesk
    helpdesk.send_webhooks_to(None)


@pytest.fixture
def adapter_settings(helpdesk: Helpdesk) -> dict[str, Any]:
    """Settings of the adapter for this site."""
    return {
        "base_url": helpdesk.url,
        "token": helpdesk.tokens["careengine"],
        "webhook_secret": SECRET,
        "user": helpdesk.users["careengine"],
        "queues": dict(helpdesk.queues),
        "roles": {
            "tier-2": {"user": helpdesk.users["senior"], "queue": helpdesk.queues["escalations"]},
            "nobody": {"user": 999_999},
        },
    }


@pytest.fixture
def note() -> Action:
    """A note; its target is to be replaced."""
    return Action(
        id="d1-note",
        type="note",
        status="execute",
        target="case:0",
        params={"text": "The third contact in seven days"},
        policies=("three-contacts",),
        because="3 contacts",
    )

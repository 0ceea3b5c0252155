"""`careengine demo` from outside, as people run it: what it says is what the CRM holds."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 60
TASKS = {"apologise", "explain", "fix", "follow_up", "support", "alert", "flag", "review", "contact", "hold"}


def demo(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "careengine", "demo", *arguments]


def finished(folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        demo(*arguments),
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """The summary of one whole demo, and the folder it ran in; the environment names somebody else's database."""
    folder = tmp_path_factory.mktemp("demo")
    strangers = f"sqlite:///{folder / 'strangers.db'}"
    done = finished(folder, "--once", "--keep", "kept", "--format", "json", CAREENGINE_STORE__URL=strangers)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), folder


def test_once_leaves_in_the_crm_what_the_summary_says(played: tuple[dict[str, Any], Path]) -> None:
    said, folder = played
    held = json.loads((folder / "kept/crm.json").read_text(encoding="utf-8"))
    records = [*held["customers"].values(), *held["tickets"].values()]
    ours = {name: [x for r in records for x in r[name] if x["by"] == "careengine"] for name in ("notes", "changes")}
    items = {name: [x for r in records for x in r[name].values()] for name in ("offers", "tasks")}
    sent = said["actions"]

    # What the decisions sent is what the CRM says and what the CRM holds.
    assert said["parked"] == said["refused"] == []
    assert said["delivered"] == sum(sent.values()) > 100
    assert len(ours["notes"]) == said["written"]["notes"] == sent["note"]
    assert len(items["offers"]) == said["written"]["offers"] == sent["offer"]
    escalated = sent["escalate"]
    assert len(items["tasks"]) == said["written"]["tasks"] == sum(sent.get(kind, 0) for kind in TASKS) + escalated
    assert len(ours["changes"]) == said["written"]["changes"] == escalated + sent.get("assign", 0)

    # Each note stands once, and no restriction came through.
    markers = [note["body"].splitlines()[-1] for note in ours["notes"]]
    assert len(set(markers)) == len(markers)
    assert {item["content"].get("kind") for item in items["tasks"]} <= TASKS | {"take_over"}
    assert "restrict" in {action["type"] for action in said["waiting"]}
    assert {"await_approval", "propose"} <= {action["status"] for action in said["waiting"]}


def test_the_day_is_as_it_should_be(played: tuple[dict[str, Any], Path]) -> None:
    said, folder = played
    # Of the size it says, repeats answered once, most of it needing nothing.
    assert said["today"] >= 300
    assert said["customers"] == 60
    assert said["repeated"] == 6
    assert 0.15 < said["matched"] / said["interactions"] < 0.4
    assert [one["kind"] for one in said["explained"]] == ["recovery", "escalation", "protection"]
    assert all(count >= 5 for count in said["kinds"].values())
    assert said["unknown"]

    # Abuse protects whoever reads it; strong words about a thing get help and no flag; need is cared for first.
    abused, swore, in_need = said["heard"]
    assert "conduct-abuse" in abused["policies"]
    assert "late-delivery" in swore["policies"]
    assert "conduct-care-now" in in_need["policies"]
    assert [does for does in (*swore["does"], *in_need["does"]) if "reviews the conduct" in does] == []

    # Of the messages, the marked words are kept, and nothing else: in no file, whatever wrote it.
    kept = {path.name: path.read_bytes() for path in (folder / "kept").rglob("*") if path.is_file()}
    assert b"idiot" in kept["careengine.db"] + kept.get("careengine.db-wal", b"")
    for told in ("I want my money", "bloody router", "off every letter"):
        assert [name for name, held in kept.items() if told.encode() in held] == []

    # The demo has a database of its own, whatever the environment says.
    assert [path.name for path in folder.iterdir()] == ["kept"]
    assert (folder / "kept/careengine.db").is_file()


@pytest.fixture
def staying(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A demo that stays up, and the lines it said until then."""
    process = subprocess.Popen(
        demo(), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    )
    guard = threading.Timer(PATIENCE, process.kill)
    guard.start()
    lines: list[str] = []
    assert process.stdout
    for line in process.stdout:
        lines.append(line.rstrip())
        if re.fullmatch(r"http://\S+", lines[-1]):
            break
    yield process, lines
    guard.cancel()
    process.kill()
    process.wait()
    process.stdout.close()


def test_it_stays_up_takes_webhooks_and_stops_cleanly(
    staying: tuple[subprocess.Popen[str], list[str]], played: tuple[dict[str, Any], Path]
) -> None:
    process, lines = staying
    assert process.poll() is None, "\n".join(lines)
    service, said = lines[-1], "\n".join(lines)
    for heading in ("What was due", "Written back to the CRM", "What awaits a person", "What could not be judged"):
        assert heading in said
    assert "\x1b[" not in said  # a pipe gets plain text
    # Another run, the same decisions.
    assert re.findall(r"careengine decision (\w+)", said) == [one["decision"]["id"] for one in played[0]["explained"]]
    assert requests.get(f"{service}/healthz", timeout=10).status_code == 200
    found = re.search(r"the demo CRM: (http://\S+), bearer token (\S+)", said)
    assert found
    crm = Shop(*found.groups())

    # Somebody passes a ticket on twice in the CRM: its webhooks bring an escalation.
    case = next(number for number in crm.numbers() if crm.ticket(number)["version"] == 1)
    for desk in ("second-desk", "third-desk"):
        crm.pass_on(case, desk)
    assert crm.note_on(case).startswith("What to do")

    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 0
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{service}/healthz", timeout=10)
    with pytest.raises(requests.ConnectionError):
        crm.ticket(case)


class Shop:
    """The demo CRM as its own staff use it."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._headers = url, {"authorization": f"Bearer {token}"}

    def numbers(self) -> list[str]:
        return [f"T-{5001 + number}" for number in range(60)]

    def ticket(self, number: str) -> dict[str, Any]:
        answer = requests.get(f"{self._url}/api/tickets/{number}", headers=self._headers, timeout=10)
        return answer.json() if answer.ok else {"version": 0}

    def pass_on(self, number: str, desk: str) -> None:
        headers = self._headers | {"if-match": f'"{self.ticket(number)["version"]}"'}
        answer = requests.patch(f"{self._url}/api/tickets/{number}", json={"group": desk}, headers=headers, timeout=10)
        assert answer.status_code == 200

    def note_on(self, number: str) -> str:
        """The first note that careengine writes on it."""
        until, pause = time.monotonic() + 20, threading.Event()
        while time.monotonic() < until:
            if notes := self.ticket(number)["notes"]:
                return str(notes[0]["body"])
            pause.wait(0.05)
        return "no note came"


def test_a_port_in_use_is_said_plainly(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = finished(tmp_path, "--once", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "the service did not start" in done.stderr
    assert "cannot listen" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/notes.txt").write_text("mine", encoding="utf-8")
    done = finished(tmp_path, "--once", "--keep", "kept")
    assert (done.returncode, "is not empty" in done.stderr) == (1, True)
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["notes.txt"]

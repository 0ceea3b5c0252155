"""`init --demo` and `demo --crm`: a service of one's own beside the demo CRM."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import requests
from careengine_demo.alone import read_wiring
from careengine_demo.stage import DemoError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = (sys.executable, "-m", "careengine")
PATIENCE = 60


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as `init --demo` makes it, on two free ports."""
    made = tmp_path / "care"
    subprocess.run([*PROGRAM, "init", "--demo", str(made)], check=True, capture_output=True, timeout=PATIENCE)
    settings = (made / "careengine.toml").read_text()
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        for usual, free in (("8080", one), ("8081", other)):
            settings = settings.replace(usual, str(free.getsockname()[1]))
    (made / "careengine.toml").write_text(settings)
    return made


@contextmanager
def up(folder: Path, *arguments: str, until: str) -> Iterator[str]:
    """A program that runs, and all it said up to the line with `until`. It ends well when asked to."""
    process = subprocess.Popen(
        [*PROGRAM, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    guard = threading.Timer(PATIENCE, process.kill)
    guard.start()
    said = ""
    try:
        assert process.stdout
        for line in process.stdout:
            said += line
            if until in line:
                break
        yield said
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0, said
    finally:
        guard.cancel()
        process.kill()
        process.communicate()


def test_what_happens_in_the_crm_reaches_ones_own_service(folder: Path) -> None:
    with (
        up(folder, "demo", "--crm", ".", until="the demo CRM answers at") as crm,
        up(folder, "serve", until="careengine answers at") as service,
    ):
        found = re.search(r"staff: (\S+)\nthe demo CRM answers at (\S+);", crm)
        assert found
        token, url = found.groups()
        message = {"text": "Where is my parcel?", "channel": "chat"}
        headers = {"authorization": f"Bearer {token}"}
        sent = requests.post(f"{url}/api/tickets/T-5001/messages", json=message, headers=headers, timeout=10)
        assert sent.status_code == 201
        key = subprocess.run(
            [*PROGRAM, "keys", "create", "me", "--reason", "a test"],
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        ).stdout.splitlines()[0]
        found = re.search(r"careengine answers at (\S+)", service)
        assert found
        assert _decided(found[1], key) == [sent.json()["id"]]


def _decided(service: str, key: str) -> list[str]:
    with requests.Session() as session:
        session.headers["authorization"] = f"Bearer {key}"
        for _ in range(1000):
            page = session.get(f"{service}/v1/decisions", timeout=10).json()
            if page["decisions"]:
                break
    return [decision["interaction"] for decision in page["decisions"]]


def test_a_folder_that_names_no_demo_crm_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match=r"careengine\.toml`: no such file.*`careengine init --demo` makes"):
        read_wiring(tmp_path)
    for text in (
        "",
        "[adapters.demo]",
        '[adapters.demo]\nbase_url = "http://127.0.0.1:1"\ntoken = "x"',
        "adapters = 7",
    ):
        (tmp_path / "careengine.toml").write_text(text)
        with pytest.raises(DemoError, match=r"needs `\[adapters\.demo\]`"):
            read_wiring(tmp_path)


def test_a_port_in_use_and_options_that_do_not_fit_are_said(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", read_wiring(folder).port)):
        done = subprocess.run(
            [*PROGRAM, "demo", "--crm", str(folder)], check=False, capture_output=True, text=True, timeout=PATIENCE
        )
    assert (done.returncode, "cannot listen on port" in done.stderr) == (1, True)
    done = subprocess.run(
        [*PROGRAM, "demo", "--crm", str(folder), "--once"],
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert (done.returncode, "`--crm` goes with `--seed` only" in done.stderr) == (2, True)

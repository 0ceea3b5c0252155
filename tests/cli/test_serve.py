"""The service as people run it: a process of its own, told by signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from queue import Queue
from threading import Thread
from typing import TYPE_CHECKING

import requests

from tests.cli.conftest import LATE, RULES, contact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Careengine

SETTINGS = """\
[rules]
paths = ["rules"]
starter = false
[service]
auth = "none"
port = 0
"""


class Served:
    """A service in its own process; what it writes to standard error comes line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: Queue[str] = Queue()
        self._reading = Thread(target=self._read)
        self._reading.start()
        self.url = self.wait_for("careengine answers at ").split()[-1]

    def _read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self._lines.put(line)
        self._lines.put("")

    def wait_for(self, words: str) -> str:
        seen = []
        while line := self._lines.get(timeout=30):
            seen.append(line)
            if words in line:
                return line
        raise AssertionError("".join(seen))

    def matched(self) -> list[str]:
        answer = requests.post(f"{self.url}/v1/decide", json=contact(1, failure=LATE), timeout=10)
        return [match["policy"] for match in answer.json()["matched"]]

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        self._reading.join(10)
        return code


@contextmanager
def serving(
    folder: Path, *options: str, database: str | None = None, python_path: Path | None = None
) -> Iterator[Served]:
    (folder / "careengine.toml").write_text(SETTINGS + (f'[store]\nurl = "{database}"\n' if database else ""))
    env = {name: value for name, value in os.environ.items() if not name.startswith("CAREENGINE_")}
    if python_path:
        env["PYTHONPATH"] = str(python_path)
    command = [sys.executable, "-m", "careengine", "serve", *options]
    with subprocess.Popen(command, cwd=folder, env=env, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield Served(process)
        finally:
            process.kill()


def test_the_service_runs_reloads_on_a_hangup_and_ends_well_when_told(tmp_path: Path, rules: Path) -> None:
    with serving(tmp_path) as served:
        assert served.matched() == ["sorry-for-delay"]
        new = RULES["sorry-for-delay"].replace("id: sorry-for-delay", "id: sorry").replace("at_least: 3", "at_least: 1")
        (rules / "sorry.yaml").write_text(new)
        served.process.send_signal(signal.SIGHUP)
        served.wait_for("rules reloaded")
        assert served.matched() == ["sorry", "sorry-for-delay"]
        (rules / "sorry.yaml").write_text("id: sorry\n")
        served.process.send_signal(signal.SIGHUP)
        served.wait_for("rules not reloaded")
        assert served.matched() == ["sorry", "sorry-for-delay"]
        assert served.end() == 0


def test_rules_with_a_mistake_are_refused_with_their_place(careengine: Careengine, tmp_path: Path, rules: Path) -> None:
    (tmp_path / "careengine.toml").write_text(SETTINGS)
    (rules / "third-contact.yaml").write_text("id: third-contact\nkind: escalashun\n")
    ran = careengine("serve")
    assert ran.code == 1
    assert "third-contact.yaml:2:7" in ran.err
    assert "Traceback" not in ran.err


def test_an_open_door_is_for_this_machine_only(careengine: Careengine, tmp_path: Path, rules: Path) -> None:
    (tmp_path / "careengine.toml").write_text(SETTINGS)
    ran = careengine("serve", "--host", "0.0.0.0")  # noqa: S104  refused
    assert ran.code == 1
    assert "`service.auth` is `none`" in ran.err
    assert not (tmp_path / "careengine.db").exists()
    assert rules.is_dir()


def test_a_wrong_port_is_wrong_use(careengine: Careengine) -> None:
    assert careengine("serve", "--port", "99999").code == 2

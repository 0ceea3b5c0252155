"""Every command of the README does what the README says.

A `console` block is a session in a scratch folder: lines that start with `$ ` are run by the shell, the lines below
must be what they print, where a line `...` stands for any lines and `...` in a line for any text. A block with a
name (`console late.yaml` in its info string is none; files are `yaml FILE` or `json FILE` blocks) writes that file
first. `make` and `pip` lines stand in `sh` blocks; what proves each of them is named below.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\S+)(?: +(\S+))?\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)

# Commands that this test cannot run inside itself, and what runs them.
ELSEWHERE = {
    "make test": ".ci/run",
    "make demo": "plugins/demo/tests",
    "make bench": "tests/benchmarks",
    "make reliability": "tests/reliability",
    "pip install .": "tests/release",
}


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for the whole README, as a reader would have it."""
    return tmp_path_factory.mktemp("readme")


def _sessions() -> Iterator[tuple[str, list[str]]]:
    """Each command with the lines that must follow."""
    for language, _, body in BLOCKS:
        if language == "console":
            for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
                command, *expected = part.rstrip("\n").split("\n")
                yield command, expected


def _pattern(expected: list[str]) -> str:
    lines = [r"(?:.*\n)*?" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*?") + r"\n" for line in expected]
    return "".join(lines)


def test_every_session_prints_what_it_says(scratch: Path) -> None:
    for language, name, body in BLOCKS:
        if name and language in ("yaml", "json", "toml"):
            target = scratch / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(body, encoding="utf-8")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "COLUMNS": "120", "NO_COLOR": "1"}
    for command, expected in _sessions():
        done = subprocess.run(  # noqa: S602  a reader types these into a shell
            command, shell=True, cwd=scratch, env=env, capture_output=True, text=True, check=False, timeout=120
        )
        said = done.stdout + done.stderr
        assert re.fullmatch(_pattern(expected), said), f"$ {command}\n{said}\n--- the README has ---\n" + "\n".join(
            expected
        )


def test_there_is_something_to_run() -> None:
    assert len(list(_sessions())) >= 5


def test_every_other_command_is_run_elsewhere() -> None:
    lines = [line for language, _, body in BLOCKS if language == "sh" for line in body.splitlines()]
    commands = [line.partition("#")[0].strip() for line in lines if line.strip() and not line.startswith("#")]
    assert [command for command in commands if command not in ELSEWHERE] == []
    assert [place for place in ELSEWHERE.values() if not (ROOT / place).exists()] == []
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")

"""Runs the program in this process, as its console script does."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from typing import TYPE_CHECKING, Protocol

import orjson
import pytest

from careengine.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any


@dataclass(frozen=True, slots=True)
class Ran:
    """One run: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON value."""
        return orjson.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Standard output as JSON Lines."""
        return [orjson.loads(line) for line in self.out.splitlines()]


class Careengine(Protocol):
    """`careengine("check", path)` runs the program."""

    def __call__(self, *args: object, stdin: bytes = b"") -> Ran: ...


@pytest.fixture
def careengine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Careengine:
    """The program, in an empty folder and without settings from the environment."""
    monkeypatch.chdir(tmp_path)

    def run(*args: object, stdin: bytes = b"") -> Ran:
        with TextIOWrapper(BytesIO(stdin)) as source:
            monkeypatch.setattr(sys, "stdin", source)
            code = main([str(arg) for arg in args])
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run

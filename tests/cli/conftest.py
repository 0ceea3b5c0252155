"""Runs the program in this process, as its console script does."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from typing import TYPE_CHECKING, Protocol

import orjson
import pytest
from sqlalchemy import create_engine

from careengine.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from sqlalchemy import Connection


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


@pytest.fixture
def database(store_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of the program's database, an empty one of each kind in turn."""
    monkeypatch.setenv("CAREENGINE_STORE__URL", store_url)
    return store_url


@contextmanager
def inside(database: str) -> Iterator[Connection]:
    """A look into a database, or a hand in it, past the program."""
    engine = create_engine(database)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


RULES = {
    "sorry-for-delay": """\
id: sorry-for-delay
kind: recovery
title: Say sorry for a delay
owner: care
status: live
rationale: A delay that we caused is ours to put right.
events: [interaction.received]
when:
  all:
    - {field: failure.type, is: late_delivery}
    - {field: failure.days_late, at_least: 3}
steps: [apologise, offer]
offer: {family: goodwill, amount: 10.00 GBP, approver: team-lead}
""",
    "third-contact": """\
id: third-contact
kind: escalation
title: The third contact on one issue goes to somebody who can
owner: care
status: live
rationale: Nobody should have to ask three times.
events: [interaction.received]
when:
  all:
    - {count: interactions, direction: inbound, same: issue, within: 7d, at_least: 3}
escalate: {to: second-line, level: 1}
""",
}
RULE_TEST = """\
policy: sorry-for-delay
given: {failure: {type: late_delivery, days_late: 3}}
cases:
  - name: three days late
    expect: fires
  - name: two days late
    given: {failure: {days_late: 2}}
    expect: stays_silent
  - name: nobody knows how late
    given: {failure: {days_late: null}}
    expect: unknown
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A folder with two rules: one for a delay, one for the third contact in 7 days."""
    folder = tmp_path / "rules"
    folder.mkdir()
    for name, text in RULES.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder


def contact(number: int, minute: int = 0, **more: Any) -> dict[str, Any]:
    """An inbound contact of one customer on one issue."""
    return {
        "id": f"e{number}",
        "source": "test",
        "type": "interaction.received",
        "occurred_at": f"2026-03-02T09:{minute:02}:00Z",
        "direction": "inbound",
        "customer": {"id": "C-1"},
        "case": {"id": "T-1"},
        "issue": {"id": "I-1"},
        **more,
    }


LATE = {"type": "late_delivery", "days_late": 4}

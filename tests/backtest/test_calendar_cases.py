"""The test file of a calendar: when something is due, said and held to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from careengine import resources
from careengine.backtest import rule_tests
from careengine.model.catalogue import Catalogue
from tests.policy.bench import CALENDAR, ESCALATION

if TYPE_CHECKING:
    from pathlib import Path

    from careengine.backtest.rule_tests import Report

CATALOGUE = Catalogue.from_schema(resources.schema("interaction"))
RIGHT = "{name: one, start: 2026-03-02T11:30:00Z, within: 1h, due: 2026-03-02T13:30:00Z}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "calendar").mkdir()
    (tmp_path / "escalation").mkdir()
    (tmp_path / "calendar" / "uk-desk.yaml").write_text(CALENDAR.replace("shadow", "live"))
    timed = ESCALATION.replace("hand_over: warm", "hand_over: warm, calendar: uk-desk")
    (tmp_path / "escalation" / "asked-for-a-person.yaml").write_text(timed.replace("PT8H", "2h"))
    return tmp_path


def cases(folder: Path, *written: str, policy: str = "calendar/uk-desk") -> Report:
    lines = "".join(f"  - {one}\n" for one in written)
    path = folder / f"{policy}.test.yaml"
    path.write_text(f"policy: {policy.rpartition('/')[2]}\ncases:\n{lines}")
    return rule_tests.run([path], CATALOGUE)


def test_one_that_is_right_passes_and_one_that_is_wrong_says_when_it_is_due(folder: Path) -> None:
    report = cases(folder, RIGHT, RIGHT.replace("one", "two").replace("13:30", "12:30"))
    assert report.problems == ()
    good, bad = report.cases
    assert good.passed
    assert bad.why == (
        "expected: 1h after 2026-03-02T11:30:00Z is 2026-03-02T12:30:00Z (Mon 02 Mar 12:30 in Europe/London); "
        "but it is 2026-03-02T13:30:00Z (Mon 02 Mar 13:30 in Europe/London)"
    )


@pytest.mark.parametrize(
    ("case", "code", "message"),
    [
        ("{name: one, expect: fires}", "CE603", "`expect` says nothing about a calendar"),
        (RIGHT.replace("within: 1h, ", ""), "CE202", "this case of a calendar needs `within`"),
        (RIGHT.replace("13:30:00Z", "13:30"), "CE205", "due"),
    ],
)
def test_a_case_that_says_nothing_about_a_calendar_is_told(folder: Path, case: str, code: str, message: str) -> None:
    (problem,) = cases(folder, case).problems
    assert problem.code == code
    assert message in str(problem)


def test_a_case_of_a_calendar_says_nothing_about_a_policy(folder: Path) -> None:
    (problem,) = cases(folder, RIGHT, policy="escalation/asked-for-a-person").problems
    assert (problem.code, problem.message) == ("CE603", "`start`, `within` and `due` are for calendars")


def test_a_policy_is_tested_with_the_calendar_that_it_names(folder: Path) -> None:
    action = "{type: escalate, params: {respond_due_at: 2026-03-02T16:30:00Z}}"
    given = "given: {bot: {human_requested: true}}"
    case = f"{{name: one, event: bot.turn, at: 2026-03-02T11:30:00Z, {given}, expect: fires, actions: [{action}]}}"
    report = cases(folder, case, policy="escalation/asked-for-a-person")
    assert [one.why for one in report.cases] == [""]

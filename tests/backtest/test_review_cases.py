"""Tests of reviews: figures in, and whether it would be put to the owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from careengine.backtest import rule_tests
from tests.decide.worlds import CATALOGUE
from tests.policy.bench import RECOVERY, REVIEW

if TYPE_CHECKING:
    from pathlib import Path

    from careengine.backtest.rule_tests import Report


def run(folder: Path, cases: str, policy: str = REVIEW, name: str = "rules-that-hurt") -> Report:
    (folder / f"{name}.yaml").write_text(policy, encoding="utf-8")
    (folder / f"{name}.test.yaml").write_text(f"policy: {name}\ncases:\n{cases}", encoding="utf-8")
    return rule_tests.run([folder], CATALOGUE)


def test_figures_are_judged(tmp_path: Path) -> None:
    cases = """\
  - {name: a quarter, counts: {fired: 80, overridden: 20}, expect: fires, signs: [overridden]}
  - {name: less, counts: {fired: 80, overridden: 19}, expect: stays_silent}
"""
    report = run(tmp_path, cases)
    assert [case.passed for case in report.cases] == [True, True]
    assert report.problems == ()


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ("counts: {fired: 80, overridden: 20}, expect: stays_silent", "people did otherwise 20 of the 80 times"),
        ("counts: {fired: 80}, expect: fires", "it shows nothing"),
        ("counts: {fired: 80, overridden: 20}, expect: fires, signs: [silent]", "it fires by `silent`"),
    ],
)
def test_a_case_that_fails_says_what_the_figures_show(tmp_path: Path, case: str, says: str) -> None:
    (found,) = run(tmp_path, f"  - {{name: wrong, {case}}}\n").cases
    assert not found.passed
    assert says in found.why


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ("expect: fires", "a case of a review gives `counts`"),
        ("counts: {fired: 1, overridden: 2}, expect: fires", "more overridden than fired"),
        ("counts: {asked: 1, granted: 2}, expect: fires", "more granted than asked"),
        ("counts: {fired: 1}, expect: fires, event: case.opened", "`event` says nothing about a review"),
    ],
)
def test_a_case_that_cannot_be_run_is_told(tmp_path: Path, case: str, says: str) -> None:
    (problem,) = run(tmp_path, f"  - {{name: wrong, {case}}}\n").problems
    assert (problem.code, problem.message) == ("CE603", says)


def test_figures_are_for_reviews(tmp_path: Path) -> None:
    case = "  - {name: wrong, counts: {fired: 1}, expect: fires}\n"
    (problem,) = run(tmp_path, case, RECOVERY, "late-delivery").problems
    assert (problem.code, problem.message) == ("CE603", "`counts` are for reviews")

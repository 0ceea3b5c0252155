"""`careengine test`: the cases beside the rules, told one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.cli.conftest import RULE_TEST, RULES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Careengine


@pytest.fixture
def cases(rules: Path) -> Path:
    """The tests of the one rule in the folder; every case holds."""
    (rules / "third-contact.yaml").unlink()
    path = rules / "sorry-for-delay.test.yaml"
    path.write_text(RULE_TEST)
    return path


def test_cases_that_hold(careengine: Careengine, cases: Path) -> None:
    ran = careengine("test", cases.parent)
    assert ran.code == 0, ran.out
    assert ran.out.splitlines() == [
        "sorry-for-delay",
        "  pass  three days late",
        "  pass  two days late",
        "  pass  nobody knows how late",
        "3 cases of 1 policy, all passed",
    ]


def test_a_case_that_does_not_hold(careengine: Careengine, cases: Path) -> None:
    cases.write_text(RULE_TEST.replace("days_late: 2", "days_late: 5"))
    ran = careengine("test", cases)
    assert ran.code == 1
    assert "  FAIL  two days late" in ran.out
    failure = ran.out[ran.out.index(f"        {cases}:6:") :].splitlines()
    assert all(line.startswith("        ") for line in failure[: failure.index("  pass  nobody knows how late")])
    assert "1 failed" in ran.out


def test_json_and_junit(careengine: Careengine, cases: Path) -> None:
    cases.write_text(RULE_TEST.replace("days_late: 2", "days_late: 5"))
    told = careengine("test", cases, "--format", "json").json
    assert [(case["name"], case["passed"]) for case in told["cases"]] == [
        ("three days late", True),
        ("two days late", False),
        ("nobody knows how late", True),
    ]
    suite = ET.fromstring(careengine("test", cases, "--format", "junit").out)  # noqa: S314  our own output
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "0")
    assert [case.get("name") for case in suite if case.find("failure") is not None] == ["two days late"]


def test_a_test_file_with_a_mistake(careengine: Careengine, cases: Path) -> None:
    cases.write_text(RULE_TEST.replace("expect: fires", "expect: fire"))
    ran = careengine("test", cases)
    assert ran.code == 1
    assert "sorry-for-delay.test.yaml:5:" in ran.out
    assert "`fires`" in ran.out


def test_a_policy_without_tests_is_a_problem_beside_others_that_have_some(careengine: Careengine, cases: Path) -> None:
    (cases.parent / "third-contact.yaml").write_text(RULES["third-contact"])
    ran = careengine("test", cases.parent)
    assert ran.code == 1
    assert "the live policy `third-contact` has no test" in ran.out
    assert "all passed, 1 problem in the files" in ran.out


def test_no_case_at_all_is_a_problem(careengine: Careengine, rules: Path) -> None:
    ran = careengine("test", rules)
    assert ran.code == 1
    assert "no test was found in" in ran.out
    assert careengine("test", "nowhere").code == 1


def test_the_starter_rules_pass_their_own_tests(careengine: Careengine) -> None:
    ran = careengine("test")
    assert ran.code == 0, ran.out
    assert "all passed" in ran.out


def test_cases_may_give_the_fields_of_the_settings(careengine: Careengine, cases: Path, tmp_path: Path) -> None:
    (tmp_path / "fields.json").write_text(
        '{"months": {"title": "Months", "x-type": "integer", "x-phrase": "the months"}}'
    )
    (tmp_path / "careengine.toml").write_text('rules.fields = "fields.json"\n')
    rule = cases.with_name("sorry-for-delay.yaml")
    rule.write_text(rule.read_text().replace("failure.days_late", "custom.months"))
    cases.write_text(
        RULE_TEST.replace("failure: {days_late:", "custom: {months:").replace(
            ", days_late: 3}", "}, custom: {months: 3}"
        )
    )
    ran = careengine("test", cases)
    assert ran.code == 0, ran.out
    assert "3 cases of 1 policy, all passed" in ran.out

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careengine.errors import Problem
from careengine.policy.report import FORMATS, render

if TYPE_CHECKING:
    from tests.policy.bench import Bench

UNKNOWN = Problem(
    code="CE210",
    message="unknown operator `gte_`",
    path="rules/late, 100%.yaml",
    line=12,
    column=36,
    pointer="/when/all/1/gte_",
    excerpt="    - {field: failure.days_late, gte_: 3}",
    suggestion="did you mean `at_least`?",
)
WARNING = Problem(code="CE502", message="no tests", path="rules/b.yaml", line=5, column=1, severity="warning")
WHOLE = Problem(code="CE101", message="there is no file", path="rules/c.yaml")


def test_text_points_at_the_spot(bench: Bench) -> None:
    bench.policy("days_late, at_least: 3", "days_late, gte_: 3")
    text = render(bench.check(), "text", color=False)
    assert text == (
        f"{bench.folder}/late-delivery.yaml:14:34: error CE210: unknown operator `gte_`\n"
        "   |\n"
        "14 |     - {field: failure.days_late, gte_: 3}\n"
        "   |                                  ^^^^ did you mean `at_least`?\n"
    )


def test_text_without_a_line_is_one_line_and_its_hint() -> None:
    assert render([WHOLE], "text", color=False) == "rules/c.yaml: error CE101: there is no file\n"
    nowhere = Problem(code="CE105", message="there are no rule files here", suggestion="name a folder")
    assert render([nowhere], "text", color=False) == "error CE105: there are no rule files here\n  name a folder\n"


def test_color_only_adds_color() -> None:
    problems = [UNKNOWN, WARNING, WHOLE]
    colored = render(problems, "text", color=True)
    assert "\x1b[31m" in colored
    assert "\x1b[33m" in colored
    for style in ("\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[33m", "\x1b[34m"):
        colored = colored.replace(style, "")
    assert colored == render(problems, "text", color=False)


def pointed(excerpt: str, column: int) -> tuple[str, str]:
    """The shown line and the line with the caret, without their margins."""
    problem = Problem(code="CE201", message="x", path="a", line=1, column=column, excerpt=excerpt)
    _, _, line, caret, *_ = render([problem], "text", color=False).split("\n")
    return line.removeprefix("1 | "), caret.removeprefix("  | ")


@pytest.mark.parametrize(
    ("excerpt", "column", "line", "caret"),
    [
        ("a: [b, cd]", 8, "a: [b, cd]", "       ^^"),
        ("\ta: x", 1, "    a: x", "^^^^"),
        ("日本: x", 5, "日本: x", "      ^"),
        ("e\u0301t\u00e9: x", 7, "e\u0301t\u00e9: x", "     ^"),
        ('a: "b c" # d', 4, 'a: "b c" # d', "   ^^^^^"),
        ("a:", 3, "a:", "  ^"),
        ("a\x1b[2Jb", 1, "a\N{REPLACEMENT CHARACTER}[2Jb", "^^^^^^"),
        ("", 9, "", "^"),
    ],
)
def test_the_caret_stands_under_the_spot(excerpt: str, column: int, line: str, caret: str) -> None:
    assert pointed(excerpt, column) == (line, caret)


def test_long_lines_are_cut_around_the_spot() -> None:
    line, caret = pointed("x" * 5000 + " here " + "y" * 5000, 5002)
    assert len(line) < 130
    assert line[len(caret) - 4 : len(caret)] == "here"
    assert (line[0], line[-1]) == ("…", "…")


def test_json_has_everything() -> None:
    report = json.loads(render([UNKNOWN, WARNING], "json", color=True))
    assert (report["errors"], report["warnings"]) == (1, 1)
    first = report["problems"][0]
    assert first["pointer"] == "/when/all/1/gte_"
    assert (first["code"], first["line"], first["column"], first["severity"]) == ("CE210", 12, 36, "error")


def test_github_annotations_are_escaped() -> None:
    assert render([UNKNOWN, WARNING, WHOLE], "github", color=False).splitlines() == [
        f"::error file=rules/late%2C 100%25.yaml,line=12,col=36,title=CE210::{UNKNOWN.message}; {UNKNOWN.suggestion}",
        "::warning file=rules/b.yaml,line=5,col=1,title=CE502::no tests",
        "::error file=rules/c.yaml,title=CE101::there is no file",
    ]


def test_sarif_names_rules_places_and_levels() -> None:
    report = json.loads(render([UNKNOWN, WARNING, WHOLE], "sarif", color=False))
    assert report["version"] == "2.1.0"
    (run,) = report["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == ["CE101", "CE210", "CE502"]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == ["CE210", "CE502", "CE101"]
    assert [result["level"] for result in run["results"]] == ["error", "warning", "error"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "rules/late%2C%20100%25.yaml"
    assert (place["region"]["startLine"], place["region"]["startColumn"]) == (12, 36)
    assert "region" not in run["results"][2]["locations"][0]["physicalLocation"]


def test_junit_fails_files_with_errors_and_passes_others() -> None:
    suite = ET.fromstring(render([UNKNOWN, WARNING, WHOLE], "junit", color=False))[0]  # noqa: S314  our own
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")
    failures = {case.get("name"): case.findtext("failure") for case in suite}
    assert "unknown operator `gte_`" in (failures["rules/late, 100%.yaml"] or "")
    assert failures["rules/b.yaml"] is None
    assert "no tests" in (suite.findtext("testcase[@name='rules/b.yaml']/system-out") or "")


def test_nothing_found_is_a_report_as_well() -> None:
    assert render([], "text", color=False) == ""
    assert render([], "github", color=False) == ""
    assert json.loads(render([], "json", color=False)) == {"errors": 0, "warnings": 0, "problems": []}
    assert json.loads(render([], "sarif", color=False))["runs"][0]["results"] == []
    suite = ET.fromstring(render([], "junit", color=False))[0]  # noqa: S314  our own
    assert (suite.get("tests"), suite.get("failures")) == ("1", "0")


texts = st.text(st.characters(codec="utf-8"), max_size=30)


@given(
    message=texts,
    path=texts,
    excerpt=texts,
    line=st.integers(0, 9),
    column=st.integers(0, 40),
    name=st.sampled_from(FORMATS),
)
def test_whatever_is_in_a_problem_can_be_reported(
    message: str, path: str, excerpt: str, line: int, column: int, name: str
) -> None:
    problem = Problem(code="CE201", message=message, path=path, line=line, column=column, excerpt=excerpt)
    report = render([problem], name, color=False)
    if name in ("json", "sarif"):
        json.loads(report)
    elif name == "junit":
        ET.fromstring(report)  # noqa: S314  our own
    elif name == "github":
        assert report.count("\n") == 1

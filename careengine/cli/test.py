"""`careengine test`: the cases that stand beside the rules."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import click

from careengine.backtest import rule_tests
from careengine.cli.output import colored, format_option, many, say, say_json, tell
from careengine.cli.program import Program, pass_program
from careengine.cli.rules import rules_and_fields
from careengine.policy import report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine.backtest.rule_tests import CaseResult, Report


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@format_option("text", "json", "junit")
@pass_program
def test(program: Program, paths: Sequence[Path], format_: str) -> int:
    """Run the tests of rules; PATHS are files and folders, each case goes through the engine itself.

    Without PATHS the rules of the settings are tested, or the starter rules when the settings name none. The exit
    code is 1 when a case fails, when a file cannot be read, and when there is no case at all.
    """
    found, fields = rules_and_fields(program, paths)
    ran = rule_tests.run(found, fields.catalogue, fields.schema)
    if format_ == "json":
        say_json({"cases": [asdict(case) for case in ran.cases], "problems": [asdict(p) for p in ran.problems]})
    elif format_ == "junit":
        say(_junit(ran))
    else:
        _say_cases(ran.cases)
        if ran.problems:
            say(report.render(ran.problems, "text", colored(sys.stdout)).rstrip("\n"))
    return _sum_up(ran, found, format_)


def _say_cases(cases: Sequence[CaseResult]) -> None:
    policy = None
    for case in cases:
        if case.policy != policy:
            policy = case.policy
            say(case.policy, bold=True)
        say(f"  {'pass' if case.passed else 'FAIL'}  {case.name}", fg="green" if case.passed else "red")
        if not case.passed:
            say(indent(f"{case.path}:{case.line}: {case.why}", "        "))


def _sum_up(ran: Report, paths: Sequence[Path], format_: str) -> int:
    failed = sum(not case.passed for case in ran.cases)
    policies = len({case.policy for case in ran.cases})
    tried = f"{many(len(ran.cases), 'case')} of {many(policies, 'policy', 'policies')}"
    parts = [tried, f"{failed} failed" if failed else "all passed"]
    if ran.problems:
        parts.append(f"{many(len(ran.problems), 'problem')} in the files")
    if not ran.cases:
        parts = [f"no test was found in {', '.join(str(path) for path in paths)}", *parts[2:]]
    bad = bool(failed or not ran.cases or any(problem.severity == "error" for problem in ran.problems))
    (say if format_ == "text" else tell)(", ".join(parts), fg="red" if bad else "green")
    return int(bad)


def _junit(ran: Report) -> str:
    failures = sum(not case.passed for case in ran.cases)
    suite = ET.Element("testsuite", name="careengine test", tests=str(len(ran.cases)), failures=str(failures))
    suite.set("errors", str(len(ran.problems)))
    for case in ran.cases:
        element = _case(suite, case.policy, case.name, case.path, case.line)
        if not case.passed:
            ET.SubElement(element, "failure", message=_xml(case.why))
    for problem in ran.problems:
        element = _case(suite, problem.code, str(problem), problem.path, problem.line)
        ET.SubElement(element, "error", message=_xml(str(problem)))
    return ET.tostring(suite, encoding="unicode")


def _case(suite: ET.Element, group: str, name: str, path: str, line: int) -> ET.Element:
    return ET.SubElement(suite, "testcase", classname=group, name=_xml(name), file=_xml(path), line=str(line))


def _xml(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    return "".join(c if c.isprintable() or c in "\t\n" else "\ufffd" for c in text)

"""Problems as JUnit XML, which build servers show as failed tests."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from careengine.policy.report_text import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine.errors import Problem


def junit(problems: Sequence[Problem]) -> str:
    """One test case for each file with problems; warnings alone do not fail it. One passed case when all is well."""
    files: dict[str, list[Problem]] = {}
    for problem in problems:
        files.setdefault(problem.path, []).append(problem)
    suite = ET.Element("testsuite", name="careengine check", tests=str(len(files) or 1), errors="0")
    for path, found in files.items():
        _case(suite, path, found)
    if not files:
        ET.SubElement(suite, "testcase", classname="careengine check", name="rules")
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ET.Element, path: str, found: Sequence[Problem]) -> None:
    file = _legal(path)
    case = ET.SubElement(suite, "testcase", classname="careengine check", name=file or "rules", file=file)
    errors = [problem for problem in found if problem.severity == "error"]
    warnings = [problem for problem in found if problem.severity != "error"]
    if errors:
        codes = ", ".join(dict.fromkeys(problem.code for problem in errors))
        failure = ET.SubElement(case, "failure", type=errors[0].code, message=codes)
        failure.text = _legal(text(errors, color=False))
    if warnings:
        ET.SubElement(case, "system-out").text = _legal(text(warnings, color=False))


def _legal(words: str) -> str:
    """Without the characters that XML 1.0 cannot hold."""
    return "".join(char if char.isprintable() or char in "\n\t" else "\N{REPLACEMENT CHARACTER}" for char in words)

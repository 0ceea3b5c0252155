"""Runs the cases of one test file; what cannot be run becomes a problem at its place."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from careengine.backtest.calendar_case import DUE, judge_calendar, wrong_sort
from careengine.backtest.review_case import judge_review, wrong_in_review
from careengine.backtest.rule_case import Case, Fault, facts_of, interaction, own_faults
from careengine.backtest.rule_expectations import judge
from careengine.errors import PayloadError, PolicyError, Problem
from careengine.model.hours import WorkingHours
from careengine.model.watch import Watch
from careengine.policy.document import from_value, read_document
from careengine.policy.find import tested_id
from careengine.policy.findings import Findings
from careengine.policy.suggest import did_you_mean, shown
from careengine.policy.test_files import check_test_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from careengine.backtest.rule_files import Shelf
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy
    from careengine.policy.document import Document
    from careengine.policy.grammar import Grammar


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """How one case went. `line` counts from 1; `why` is empty when it passed, and several lines when it did not."""

    policy: str
    name: str
    path: str
    line: int
    passed: bool
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """How one test file went. `expected` says how many cases expect what, whether or not they could be run."""

    cases: tuple[CaseResult, ...] = ()
    problems: tuple[Problem, ...] = ()
    expected: Mapping[str, int]


def run_file(path: Path, shelf: Shelf, schema: Grammar) -> FileResult:
    """Run every case of a test file that can be run. `schema` is what the given values must fit."""
    try:
        document = _read(path)
        script = _Script(path, document, _policy_of(path, document, shelf), shelf, schema)
        script.check_given(document.value, "")
    except PolicyError as error:
        return FileResult(problems=error.problems, expected={})
    cases: list[CaseResult] = []
    problems = list(_same_names(document))
    for index in range(len(document.value["cases"])):
        try:
            cases.append(script.run(Case(document.value, index)))
        except PolicyError as error:
            problems += error.problems
    expected = Counter(case.get("expect", DUE) for case in document.value["cases"])
    return FileResult(cases=tuple(cases), problems=tuple(problems), expected=expected)


def _read(path: Path) -> Document:
    if problems := check_test_file(path):
        raise PolicyError(problems)
    return read_document(path)


def _policy_of(path: Path, document: Document, shelf: Shelf) -> Policy:
    named, beside = document.value["policy"], tested_id(path)
    if named != beside:
        fault = Fault(
            pointer="/policy",
            message=f"by its name this file tests `{beside}`, and it says `{named}`",
            suggestion="make them the same",
        )
        raise PolicyError([_problem("CE601", fault, document)])
    return _find(named, "/policy", path, document, shelf)


def _find(policy_id: str, pointer: str, path: Path, document: Document, shelf: Shelf) -> Policy:
    policy = shelf.policy(policy_id, near=path)
    if policy is None:
        fault = Fault(
            pointer=pointer,
            message=f"there is no policy `{policy_id}` beside this test or in the folders that are tested",
            suggestion=did_you_mean(policy_id, shelf.neighbours),
        )
        raise PolicyError([_problem("CE601", fault, document)])
    return policy


def _same_names(document: Document) -> Iterator[Problem]:
    names = [case["name"] for case in document.value["cases"]]
    for index, name in enumerate(names):
        if name in names[:index]:
            message = f"the name {shown(name)} stands above already"
            fault = Fault(pointer=f"/cases/{index}/name", message=message, suggestion="give every case its own name")
            yield _problem("CE604", fault, document)


@dataclass(frozen=True, slots=True)
class _Script:
    """A test file that can be read, with the policy it is about."""

    path: Path
    document: Document
    policy: Policy
    shelf: Shelf
    schema: Grammar

    def run(self, case: Case) -> CaseResult:
        """Judge one case. Raises PolicyError with everything that keeps it from being run."""
        self._refuse("CE603", [*wrong_sort(case, self.policy), *wrong_in_review(case, self.policy)])
        if isinstance(self.policy.outcome, WorkingHours):
            why = judge_calendar(case.own, self.policy.outcome.hours)
        elif isinstance(self.policy.outcome, Watch):
            why = judge_review(case.own, self.policy.outcome)
        else:
            why = judge(case.own, self._facts(case), self.policy, self._others(case))
        return CaseResult(
            policy=self.policy.id,
            name=case.own["name"],
            path=self.document.path,
            line=self.document.place(case.pointer)[0],
            passed=not why,
            why="\n".join(why),
        )

    def _others(self, case: Case) -> Sequence[Policy]:
        """Those that the case names, and the calendars that any of them counts by."""
        named = {
            one: _find(one, f"{case.pointer}/with/{number}", self.path, self.document, self.shelf)
            for number, one in enumerate(case.own.get("with", ()))
            if one != self.policy.id
        }
        return [*(self.shelf.calendars | named).values()]

    def _facts(self, case: Case) -> Facts:
        self.check_given(case.own, case.pointer)
        try:
            facts, faults = facts_of(case, self.shelf.catalogue)
        except PayloadError as error:
            self._refuse("CE310", [Fault(pointer=case.place(p.pointer), message=p.message) for p in error.problems])
            raise
        self._refuse("CE603", faults)
        return facts

    def check_given(self, holder: Mapping[str, Any], pointer: str) -> None:
        """Hold what a case, or the file, gives against the schema of interactions. Raises PolicyError."""
        given = holder.get("given", {})
        pointer = f"{pointer}/given"
        self._refuse("CE602", list(own_faults(given, pointer)))
        findings = Findings(from_value(interaction(given))[0])
        self.schema.check(findings)
        if findings.problems:
            raise PolicyError([self._moved(problem, pointer) for problem in findings.problems])

    def _moved(self, problem: Problem, pointer: str) -> Problem:
        fault = Fault(pointer=pointer + problem.pointer, message=problem.message, suggestion=problem.suggestion)
        return _problem(problem.code, fault, self.document)

    def _refuse(self, code: str, faults: Sequence[Fault]) -> None:
        if faults:
            raise PolicyError([_problem(code, fault, self.document) for fault in faults])


def _problem(code: str, fault: Fault, document: Document) -> Problem:
    line, column = document.key_place(fault.pointer) if code == "CE201" else document.place(fault.pointer)
    return Problem(
        code=code,
        message=fault.message,
        suggestion=fault.suggestion,
        path=document.path,
        line=line,
        column=column,
        pointer=fault.pointer,
        excerpt=document.excerpt(line),
    )

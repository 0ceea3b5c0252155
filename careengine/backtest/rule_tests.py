"""Runs the tests that stand beside policies, each case through the one `decide()`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jsonschema
import jsonschema_rs

from careengine.backtest.rule_expectations import FIRES, SILENT, UNKNOWN
from careengine.backtest.rule_file import CaseResult, FileResult, run_file
from careengine.backtest.rule_files import Shelf
from careengine.decide.logic import tests_of
from careengine.errors import PolicyError, Problem
from careengine.model.policy import CALENDAR, LIVE, RESTRAINING, REVIEW
from careengine.policy.find import tested_id
from careengine.policy.grammar import Grammar, grammar
from careengine.policy.source import display

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from careengine.model.catalogue import Catalogue
    from careengine.model.policy import Policy

__all__ = ["CaseResult", "Report", "run"]

_WRITE_ONE = "write `late-delivery.test.yaml` beside `late-delivery.yaml`"
# What the tests of a live policy must show.
_NEEDED = {FIRES: "fires", SILENT: "stays silent", UNKNOWN: "is unknown"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Every case that was run, in the order of files and lines, and every problem with what was not."""

    cases: tuple[CaseResult, ...]
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether there was something to run and all of it went well."""
        return bool(self.cases) and not self.problems and all(case.passed for case in self.cases)


def run(paths: Sequence[Path], catalogue: Catalogue, schema: Mapping[str, Any] | None = None) -> Report:
    """Run the tests at or below the paths: folders, test files, or policies whose test stands beside them.

    `schema` is the interaction schema with a site's own fields; without it, the shipped one. Never raises for what
    is in the files: what is wrong is a problem at its place, and all other cases are run.
    """
    shelf = Shelf.of(paths, catalogue)
    interaction = _compiled(schema) if schema else grammar("interaction")
    results = {path: run_file(path, shelf, interaction) for path in shelf.tests}
    problems = [*shelf.problems, *(problem for result in results.values() for problem in result.problems)]
    problems += _not_shown(shelf, results)
    if not results and not problems:
        where = ", ".join(display(path) for path in paths)
        problems.append(Problem(code="CE105", message="there is no test here", path=where, suggestion=_WRITE_ONE))
    cases = tuple(case for result in results.values() for case in result.cases)
    # A policy that cannot be read is a problem for every case that names it, and told once.
    return Report(cases=cases, problems=tuple(dict.fromkeys(problems)))


def _compiled(schema: Mapping[str, Any]) -> Grammar:
    return Grammar(jsonschema_rs.Draft202012Validator(dict(schema)), jsonschema.Draft202012Validator(dict(schema)))


def _not_shown(shelf: Shelf, results: Mapping[Path, FileResult]) -> Iterator[Problem]:
    """What the tests of live policies do not show. Other policies may still be worked on."""
    tests = {(path.parent, tested_id(path)): result for path, result in results.items()}
    for path in shelf.policies:
        try:
            policy = shelf.policy(tested_id(path), near=path)
        except PolicyError as error:
            yield from error.problems
            continue
        if policy is None or policy.status != LIVE:
            continue
        result = tests.get((path.parent, policy.id))
        if result is None:
            message = f"the live policy `{policy.id}` has no test"
            suggestion = f"write `{policy.id}.test{path.suffix}` beside it"
            yield Problem(code="CE502", message=message, suggestion=suggestion, path=display(path))
        elif result.expected:
            yield from _missing(policy, result, path)


def _missing(policy: Policy, result: FileResult, path: Path) -> Iterator[Problem]:
    if policy.kind == CALENDAR:
        return  # one case that says when something is due shows that it opens, and there is one
    # A guardrail does something or not; where it cannot know, it does.
    open_ = policy.kind not in (*RESTRAINING, REVIEW) and _can_be_unknown(policy)
    needed = {expect: said for expect, said in _NEEDED.items() if expect != UNKNOWN or open_}
    missing = [f"one that {said}" for expect, said in needed.items() if not result.expected.get(expect)]
    if missing:
        message = f"the tests of the live policy `{policy.id}` lack a case: {', '.join(missing)}"
        yield Problem(code="CE605", message=message, path=display(path))


def _can_be_unknown(policy: Policy) -> bool:
    """Whether a fact that is missing can leave it open; whether something is there, is always known."""
    conditions = (condition for condition in (policy.when, policy.unless) if condition is not None)
    tests = [test for condition in conditions for test in tests_of(condition)]
    return not tests or any(test.operator != "present" for test in tests)

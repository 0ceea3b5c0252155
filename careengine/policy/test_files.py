"""Checks the files that test policies, as far as their form goes; `backtest` runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.policy.document import scan
from careengine.policy.find import beside, tested_id
from careengine.policy.findings import Findings
from careengine.policy.grammar import grammar
from careengine.policy.suggest import shown

if TYPE_CHECKING:
    from pathlib import Path

    from careengine.errors import Problem


def check_test_file(path: Path) -> list[Problem]:
    """All that is wrong with a test file."""
    document, problems = scan(path)
    if document is None:
        return problems
    findings = Findings(document, problems)
    grammar("policy-test").check(findings)
    if isinstance(document.value, dict):
        _check_policy(findings, path, document.value.get("policy"))
    return sorted(findings.problems, key=lambda problem: (problem.line, problem.column))


def _check_policy(findings: Findings, path: Path, policy: object) -> None:
    if not isinstance(policy, str) or not findings.clean("/policy") or beside(path, policy):
        return
    namesake = tested_id(path)
    hint = f"did you mean `{namesake}`?" if beside(path, namesake) else "tests stand beside their policy"
    findings.add("CE601", "/policy", f"there is no policy {shown(policy)} beside this file", hint)

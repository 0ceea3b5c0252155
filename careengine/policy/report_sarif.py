"""Problems as SARIF 2.1.0 (OASIS), which code-scanning tools read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from careengine.policy.codes import CODES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine.errors import Problem


def sarif(problems: Sequence[Problem]) -> str:
    """One run with one result for each problem."""
    codes = sorted({problem.code for problem in problems})
    driver = {"name": "careengine", "rules": [_rule(code) for code in codes]}
    results = [_result(problem, codes.index(problem.code)) for problem in problems]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(name: str) -> dict[str, Any]:
    code = CODES.get(name)
    if code is None:
        return {"id": name}
    return {
        "id": name,
        "shortDescription": {"text": code.title},
        "fullDescription": {"text": code.meaning},
        "help": {"text": code.example_fix},
    }


def _result(problem: Problem, rule: int) -> dict[str, Any]:
    hint = f"; {problem.suggestion}" if problem.suggestion else ""
    result: dict[str, Any] = {
        "ruleId": problem.code,
        "ruleIndex": rule,
        "level": problem.severity,
        "message": {"text": f"{problem.message}{hint}"},
    }
    if problem.example:
        result["properties"] = {"example": json.loads(problem.example)}
    if problem.path:
        result["locations"] = [{"physicalLocation": _location(problem)}]
    return result


def _location(problem: Problem) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": {"uri": quote(problem.path.replace("\\", "/"))}}
    if problem.line:
        region: dict[str, Any] = {"startLine": problem.line, "startColumn": problem.column}
        if problem.excerpt:
            region["snippet"] = {"text": problem.excerpt}
        location["region"] = region
    return location

"""Shows problems: to people as text with a caret, to tools as JSON, GitHub annotations, SARIF or JUnit XML."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from careengine.policy.report_github import github
from careengine.policy.report_junit import junit
from careengine.policy.report_sarif import sarif
from careengine.policy.report_text import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine.errors import Problem

FORMATS = ("text", "json", "github", "sarif", "junit")


def render(problems: Sequence[Problem], format: str, color: bool) -> str:  # noqa: A002, FBT001  the agreed names
    """The problems in one of `FORMATS`. `color` adds terminal colours to text and changes nothing else."""
    if format == "text":
        return text(problems, color=color)
    return {"json": _json, "github": github, "sarif": sarif, "junit": junit}[format](problems)


def _json(problems: Sequence[Problem]) -> str:
    counts = {f"{name}s": sum(p.severity == name for p in problems) for name in ("error", "warning")}
    return json.dumps({**counts, "problems": [_row(problem) for problem in problems]}, indent=2)


def _row(problem: Problem) -> dict[str, Any]:
    return {**asdict(problem), "example": json.loads(problem.example) if problem.example else None}

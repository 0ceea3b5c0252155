"""Problems as GitHub Actions workflow commands, which GitHub shows beside the lines of a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine.errors import Problem


def github(problems: Sequence[Problem]) -> str:
    """One `::error` or `::warning` line for each problem."""
    return "".join(f"{_line(problem)}\n" for problem in problems)


def _line(problem: Problem) -> str:
    place = {"file": problem.path}
    if problem.line:
        place |= {"line": str(problem.line), "col": str(problem.column)}
    place["title"] = problem.code
    keys = ",".join(f"{key}={_property(value)}" for key, value in place.items())
    hint = f"; {problem.suggestion}" if problem.suggestion else ""
    example = f"; for example on {problem.example}" if problem.example else ""
    return f"::{problem.severity} {keys}::{_data(problem.message + hint + example)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

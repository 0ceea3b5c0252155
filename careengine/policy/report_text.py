"""Problems for people: the place, the line, a caret under the spot, what is wrong and what to write instead."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine.errors import Problem

_BOLD, _RED, _YELLOW, _BLUE, _END = "\x1b[1m", "\x1b[31m", "\x1b[33m", "\x1b[34m", "\x1b[0m"
_WIDEST = 120  # columns of a shown line
_TAB = 4
_WORD = re.compile(r"\"[^\"]*\"|'[^']*'|[^\s,\]}#:]+|.")


def text(problems: Sequence[Problem], *, color: bool) -> str:
    """All problems, one paragraph each."""
    return "\n".join(_paragraph(problem, color=color) for problem in problems)


def _paragraph(problem: Problem, *, color: bool) -> str:
    example = f"  for example: {problem.example}\n" if problem.example else ""
    return _head(problem, color=color) + example


def _head(problem: Problem, *, color: bool) -> str:
    tint = _RED if problem.severity == "error" else _YELLOW
    paint = _paint if color else _plain
    place = f"{problem.path}:{problem.line}:{problem.column}" if problem.line else problem.path
    head = f"{paint(_BOLD, place)}: {paint(tint, f'{problem.severity} {problem.code}')}: {problem.message}"
    head = head.removeprefix(": ")
    if not problem.line:
        hint = f"  {problem.suggestion}\n" if problem.suggestion else ""
        return f"{head}\n{hint}"
    number = str(problem.line)
    bar = paint(_BLUE, "|")
    shown, start, width = spot(problem.excerpt, problem.column)
    caret = paint(tint, f"{'^' * width} {problem.suggestion}".rstrip())
    margin = " " * len(number)
    return f"{head}\n{margin} {bar}\n{paint(_BLUE, number)} {bar} {shown}\n{margin} {bar} {' ' * start}{caret}\n"


def _paint(style: str, words: str) -> str:
    return f"{style}{words}{_END}"


def _plain(_: str, words: str) -> str:
    return words


def spot(excerpt: str, column: int) -> tuple[str, int, int]:
    """The line as a terminal can show it, where the spot starts in it, and how wide it is, in terminal columns."""
    index = min(max(column - 1, 0), len(excerpt))
    found = _WORD.match(excerpt, index)
    end = found.end() if found else index
    # The spot stays in view, however long the line is.
    first = max(0, index - _WIDEST // 2) if len(excerpt) > _WIDEST else 0
    cut = excerpt[first : first + _WIDEST]
    before, inside = excerpt[first:index], excerpt[index : min(end, first + _WIDEST)]
    lead, tail = "…" if first else "", "…" if len(excerpt) > first + _WIDEST else ""
    return f"{lead}{_visible(cut)}{tail}", len(lead) + _width(before), max(1, _width(inside))


def _visible(line: str) -> str:
    """The line without anything that would move the terminal's cursor."""
    spread = line.replace("\t", " " * _TAB)
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in spread)


def _width(line: str) -> int:
    return sum(map(_columns, _visible(line)))


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1

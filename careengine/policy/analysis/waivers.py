"""Comments that say why a finding is meant so: `# careengine: allow CE705 because the two never meet in practice`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from careengine.errors import Problem
from careengine.policy.codes import CODES
from careengine.policy.suggest import did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from careengine.policy.document import Document

_COMMENT = re.compile(r"(?:^|\s)(#\s*careengine:\s*(.*?))\s*$")
_ALLOW = re.compile(r"allow\s+(\S+)(?:\s+because\s+(\S.*))?")
_FORM = "write `# careengine: allow CE705 because …`"
WAIVABLE = ("CE504", *(code for code in CODES if code.startswith("CE7") and code != "CE711"))
_SAME = {"CE701": "CE504"}  # a contradiction is one way never to match, told of in the place of the other
_OF_ONE = frozenset({"CE504", "CE701", "CE702", "CE710"})  # what a policy shows by itself, whatever else is checked


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """One comment. At the end of a line it is about that line, on a line of its own about the whole file."""

    code: str
    line: int
    column: int
    whole_file: bool

    def covers(self, problem: Problem) -> bool:
        """Whether a finding of the same file is waived."""
        return problem.code in (self.code, _SAME.get(self.code)) and (self.whole_file or problem.line == self.line)


def sift(document: Document, found: Sequence[Problem], *, whole_set: bool) -> Iterator[Problem]:
    """What is left of the findings of one file, and what is wrong with its waivers.

    `whole_set`: more than this file was looked at, so that a waiver without a finding is one too many.
    """
    waivers: list[Waiver] = []
    for read in _read(document):
        if isinstance(read, Waiver):
            waivers.append(read)
        else:
            yield read
    yield from (problem for problem in found if not any(waiver.covers(problem) for waiver in waivers))
    for waiver in waivers:
        if (whole_set or waiver.code in _OF_ONE) and not any(waiver.covers(problem) for problem in found):
            message = f"there is no {waiver.code} to allow here"
            yield _wrong(document, (waiver.line, waiver.column), message, "delete the comment")


def _read(document: Document) -> Iterator[Waiver | Problem]:
    if "careengine:" not in document.source.text:
        return
    words = json.dumps(document.value, ensure_ascii=False)
    for number, line in enumerate(document.source.lines, 1):
        found = _COMMENT.search(line)
        if found is None or json.dumps(found[1], ensure_ascii=False)[1:-1] in words:
            continue  # what stands in a text is no comment
        yield _waiver(document, found[2], (number, found.start(1) + 1), whole_file=not line[: found.start(1)].strip())


def _waiver(document: Document, words: str, place: tuple[int, int], *, whole_file: bool) -> Waiver | Problem:
    allow = _ALLOW.fullmatch(words)
    if allow is None:
        return _wrong(document, place, f"{shown(words)} cannot be read", _FORM)
    code, reason = allow[1], allow[2]
    if code not in WAIVABLE:
        what = "cannot be allowed" if code in CODES else "is not a code"
        return _wrong(document, place, f"{shown(code)} {what}", did_you_mean(code, WAIVABLE) or _FORM)
    if not reason:
        return _wrong(document, place, f"{code} is allowed without a reason", _FORM)
    return Waiver(code=code, line=place[0], column=place[1], whole_file=whole_file)


def _wrong(document: Document, place: tuple[int, int], message: str, suggestion: str) -> Problem:
    line, column = place
    return Problem(
        code="CE711",
        message=message,
        path=document.path,
        line=line,
        column=column,
        excerpt=document.excerpt(line),
        suggestion=suggestion,
        severity="warning",
    )

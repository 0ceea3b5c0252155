"""Earlier messages that a reply carries along: lines behind `>` or `|`, and what follows a mail header."""

from __future__ import annotations

import re
from bisect import bisect
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine_conduct.reading import Finding

GUARD, _FACTOR = "quoted_history", 0.4
_MARKED = re.compile(r"^[ \t]*[>|](?=[\s>|'\"]|[^\W_]|\Z)[^\n]*", re.MULTILINE)  # `>:(` is a face
_IS_MARKED = re.compile(r"[\s-]*[>|]")
# Programs write headers in the language that they are set to, whatever language the message is in.
_HEADER = re.compile(
    r"""
      ^[^\w\n>|]{0,4} (?:on|am|el|le|il|op|em)\b (?=[^\n]*\d) [^\n]* (?:\n[^\n]*)?
      \b(?:wrote|schrieb\b[^\n:]{0,100}|escribi[oó]|a\ écrit|ha\ scritto|schreef\b[^\n:]{0,100}|escreveu)
      [ \t\xa0\u202f]?:[ \t\r]*$
    | ^[ \t]*--[^\w\n]{0,30} (?:\w+[^\w\n]){0,3} (?:origin|urspr|forward|weitergeleitet|reenviad|transf)[^\n-]{0,30}--
    | ^[^\w\n>|]{0,4} (?:from|von|de|da|van)[^\w\n]{0,3}:[^\n]* (?:\n[^\n]*)?
      \b(?:sent|gesendet|enviado(?:\ el)?|envoyé|inviato|verzonden)[^\w\n]{0,3}:
      (?:[^\n]*\n[^\w\n>|]{0,4}\w[^\n:]{0,20}:)* [^\n]*
    """,
    re.VERBOSE | re.MULTILINE | re.IGNORECASE,
)


def earlier(text: str) -> list[tuple[int, int]]:
    """Where earlier messages stand: each marked line, and all that follows a header without a marked line under it."""
    headers = (one.start() for one in _HEADER.finditer(text) if not _IS_MARKED.match(text, one.end()))
    rest = next(headers, len(text))
    lines = [one.span() for one in _MARKED.finditer(text, 0, rest)]
    return [*lines, (rest, len(text))] if rest < len(text) else lines


def nothing_else(text: str, old: Sequence[tuple[int, int]]) -> bool:
    """Whether no word stands beside these parts, so that whoever sent them only sent these."""
    cuts = [0, *(place for part in old for place in part), len(text)]
    return bool(old) and not any(
        map(str.isalnum, "".join(text[a:b] for a, b in zip(cuts[::2], cuts[1::2], strict=True)))
    )


def guarded(finding: Finding, old: Sequence[tuple[int, int]]) -> Finding:
    """The finding, less sure where all that shows it stands in earlier messages."""
    if not old or not all(_stands_in(old, span.start) for span in finding.spans):
        return finding
    confidence = round(finding.confidence * _FACTOR, 4)
    return replace(finding, confidence=confidence, guards=(*finding.guards, GUARD))


def _stands_in(old: Sequence[tuple[int, int]], place: int) -> bool:
    at = bisect(old, place, key=lambda one: one[0]) - 1
    return at >= 0 and place < old[at][1]

"""Reads a message: the story from the text to what was found in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine_conduct.fold import fold
from careengine_conduct.guards import weigh
from careengine_conduct.language import CORE, Language, core
from careengine_conduct.reading import FLAGGED_FROM, REVIEWED_FROM, Finding, Reading, Span
from careengine_conduct.spot import Spot, spots
from careengine_conduct.targets import aim
from careengine_conduct.tokens import tokenise
from careengine_conduct.tongue import tongues
from careengine_conduct.unmask import unmask
from careengine_conduct.view import View, view_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_HEARD = "signal"


def read(text: str, *, language: str = "", languages: Sequence[Language] | None = None) -> Reading:
    """What the message says about conduct and need.

    `language` is the tag of the language that was used, where it is known; `languages` are those that can be read,
    by default English, Spanish, German and French. Takes any text and raises nothing; the time grows with its length.
    """
    folded = fold(text)
    tokens = tokenise(folded)
    if not tokens:
        return Reading()
    known = [core(code) for code in CORE] if languages is None else languages
    spoken = tongues(tokens, known, language)
    found: list[Finding] = []
    for one in spoken:
        view = view_of(unmask(tokens, one), one)
        found += [_finding(text, view, one, spot) for spot in spots(view, one)]
    return _sum_up(found, tuple(one.code for one in spoken))


def _finding(text: str, view: View, language: Language, spot: Spot) -> Finding:
    rule = spot.rule
    target, sure = aim(view, spot)
    factor, guards = weigh(view, language, spot) if rule.category != _HEARD else (1.0, ())
    return Finding(
        category=rule.category,
        kind=rule.kind,
        severity=rule.severity,
        confidence=round(rule.confidence * sure * factor, 4),
        target=target,
        rule=rule.id,
        spans=tuple(_spans(text, view, spot)),
        guards=guards,
    )


def _spans(text: str, view: View, spot: Spot) -> Iterable[Span]:
    """The marked words, those side by side as one span."""
    start = end = previous = -1
    for mark in spot.marks:
        if previous >= 0 and mark == previous + 1:
            end = view.ends[mark]
        else:
            if previous >= 0:
                yield Span(start=start, end=end, text=text[start:end], rule=spot.rule.id)
            start, end = view.starts[mark], view.ends[mark]
        previous = mark
    yield Span(start=start, end=end, text=text[start:end], rule=spot.rule.id)


def _sum_up(found: list[Finding], spoken: tuple[str, ...]) -> Reading:
    findings = tuple(one for one in found if one.category != _HEARD)
    heard: dict[str, float] = {}
    for one in found:
        if one.category == _HEARD:
            # Two weaker signs of the same thing make a stronger one.
            heard[one.kind] = 1 - (1 - heard.get(one.kind, 0.0)) * (1 - one.confidence)
    serious = [one for one in findings if one.severity > 0]
    worst = max(serious, key=lambda one: (one.is_conduct, one.severity, one.confidence), default=None)
    if worst is None:
        return Reading(findings=findings, heard=heard, languages=spoken)
    surest = max(one.confidence for one in serious)
    if not worst.is_conduct:
        return Reading(
            findings=findings, heard=heard, languages=spoken, score=surest, needs_review=surest >= REVIEWED_FROM
        )
    return Reading(
        category=worst.category,
        kind=worst.kind,
        severity=worst.severity,
        confidence=worst.confidence,
        target=worst.target,
        needs_review=worst.confidence < FLAGGED_FROM + 0.25,
        score=surest,
        findings=findings,
        heard=heard,
        languages=spoken,
    )

"""What the findings come to: the gravest conduct, how sure that is, and what a person should look at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from careengine_conduct.heads import Heads, calibrated, probability
from careengine_conduct.reading import FLAGGED_FROM, REVIEWED_FROM, Finding, Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEARD = "signal"
_LIFT = 0.2  # of the doubt that is left, at most, taken away by a head that agrees
_AGREES = 0.5
_DOUBTED = 0.75  # conduct below this is shown to a person before anything rests on it


def sum_up(found: Sequence[Finding], places: Sequence[int], model: Heads, languages: tuple[str, ...]) -> Reading:
    """The reading of a message: its findings, and what the heads make of its words.

    A head lifts the confidence of a finding on which no guard has a say; alone it orders the review queue only.
    """
    findings = tuple(_lifted(one, places, model) for one in found if one.category != _HEARD)
    likely = probability(model.heads["abuse"], places)
    serious = [one for one in findings if one.severity > 0]
    worst = max(serious, key=lambda one: (one.is_conduct, one.severity, one.confidence), default=None)
    surest = max((one.confidence for one in serious), default=0.0)
    raw = surest if surest >= FLAGGED_FROM else max(surest, likely * FLAGGED_FROM * 0.99)
    base = Reading(
        raw=raw,
        score=round(calibrated(raw, model.knots), 4),
        needs_review=raw >= REVIEWED_FROM and raw < _DOUBTED,
        findings=findings,
        heard=_heard(found),
        languages=languages,
        model=model.version,
    )
    if worst is None or not worst.is_conduct:
        return base
    return replace(
        base,
        category=worst.category,
        kind=worst.kind,
        severity=worst.severity,
        confidence=round(calibrated(worst.confidence, model.knots), 4),
        target=worst.target,
    )


def _lifted(finding: Finding, places: Sequence[int], model: Heads) -> Finding:
    head = model.heads.get(finding.category)
    if head is None or finding.severity == 0 or finding.guards:
        return finding
    agrees = probability(head, places) - _AGREES
    if agrees <= 0:
        return finding
    lift = (1 - finding.confidence) * _LIFT * agrees / (1 - _AGREES)
    return replace(finding, confidence=round(finding.confidence + lift, 4))


def _heard(found: Sequence[Finding]) -> dict[str, float]:
    """The other signals; two weaker signs of one thing make a stronger one."""
    heard: dict[str, float] = {}
    for one in found:
        if one.category == _HEARD:
            heard[one.kind] = round(1 - (1 - heard.get(one.kind, 0.0)) * (1 - one.confidence), 4)
    return heard

"""What the findings come to: the gravest conduct, how sure that is, and what a person should look at."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from careengine_conduct.heads import Heads, calibrated, probability
from careengine_conduct.reading import FLAGGED_FROM, REVIEWED_FROM, Finding, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_HEARD = "signal"
_LIFT = 0.3  # of the doubt that is left, at most, taken away by a head that agrees
_AGREES = 0.5
_STRICT = frozenset({"threat"})  # lifted by its own head only: much that is rude has the words of a threat
_WEIGHT = 1.5  # of what a rule says beside what a head does
_EASE, _DOUBT = 0.1, 0.01  # no rule and no head is ever wholly sure
_ALONE = 0.4  # what is left of a finding that a head should have seconded and did not
_DOUBTED = 0.75  # conduct below this is shown to a person before anything rests on it


def sum_up(found: Sequence[Finding], places: Sequence[int], model: Heads, languages: tuple[str, ...]) -> Reading:
    """The reading of a message: its findings, and what the heads make of its words.

    A head lifts the confidence of a finding on which no guard has a say; alone it orders the review queue only.
    """
    kinds = {one.category for one in found if one.severity and not one.guards and not one.seconded} & model.heads.keys()
    likely = probability(model.heads["abuse"], places)
    own = {name: probability(model.heads[name], places) for name in kinds}
    likelihoods = {name: sure if name in _STRICT else max(likely, sure) for name, sure in own.items()}
    findings = tuple(_lifted(one, likelihoods) for one in _seconded(found, places, model) if one.category != _HEARD)
    serious = [one for one in findings if one.severity > 0]
    worst = max(serious, key=lambda one: (one.is_conduct, one.severity, one.confidence), default=None)
    surest = max((one.confidence for one in serious), default=0.0)
    doubted = max(surest, likely * FLAGGED_FROM)
    raw = _both(surest, likely)
    base = Reading(
        raw=raw,
        score=round(calibrated(raw, model.knots), 4),
        needs_review=REVIEWED_FROM <= doubted < _DOUBTED,
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
        confidence=round(calibrated(_both(worst.confidence, likely), model.knots), 4),
        target=worst.target,
    )


def _seconded(found: Sequence[Finding], places: Sequence[int], model: Heads) -> Iterator[Finding]:
    """What needs a head to agree loses most of its confidence where the head of its category does not."""
    asked = {one.category for one in found if one.seconded} & model.heads.keys()
    sure = {name: probability(model.heads[name], places) for name in asked}
    for one in found:
        alone = sure.get(one.category, 0.0) < one.seconded
        yield replace(one, confidence=round(one.confidence * _ALONE, 4)) if alone else one


def _both(sure: float, likely: float) -> float:
    """A rule and a head as two witnesses: their odds are multiplied, those of the rule weigh more."""
    odds = _WEIGHT * math.log((sure + _EASE) / (1 + _EASE - sure)) + math.log((likely + _DOUBT) / (1 + _DOUBT - likely))
    return 1 / (1 + math.exp(-odds))


def _lifted(finding: Finding, likelihoods: Mapping[str, float]) -> Finding:
    agrees = likelihoods.get(finding.category, 0.0) - _AGREES
    if agrees <= 0 or finding.severity == 0 or finding.guards or finding.seconded:
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

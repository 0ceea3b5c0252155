"""What the findings come to: the gravest conduct, how sure that is, and what a person should look at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from careengine_conduct.heads import Heads, calibrated, evidence, folded, probabilities, probability
from careengine_conduct.reading import CONDUCT, FLAGGED_FROM, HINT, REVIEWED_FROM, VULNERABLE, Finding, Reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_HEARD = "signal"
_ABUSE = "abuse"
_ANYBODY = frozenset({"threat", "hate_slur"})  # matter whoever they are about
_OPEN = 0.5  # a rule that guards left less sure than this keeps what it has, whatever the heads say
_IN_PUBLIC = 5  # times rarer is abuse of a person among posts that mention an account
_WITHOUT = 8  # and among messages in which nothing else speaks of it
_WISHED = "wished_harm"
_DESPAIR = "self_harm"  # sounds like a threat to others, and is none
_OWN = frozenset({_DESPAIR, "domestic_abuse"})  # nobody wishes these on others
_LIKELY = "likely"  # the kind of what only hard words and heads show: a person looks before anything rests on it
_DOUBTED = 0.8  # conduct below this is shown to a person before anything rests on it
_GRAVE = 3  # severity
_PLAIN = {"threat": 0.9, "identity_attack": 0.85}  # so sure of it a form is believed; heads say how doubtful it is
_NEVER = 2.0  # no form is so sure
_AT_MOST = 0.79  # where forms leave open what is meant, the heads alone cannot be surer


class Part(NamedTuple):
    """What the rules `found` in a passage, hard words `near` a person, the places of its words, and its language."""

    found: Sequence[Finding]
    near: Finding | None
    places: Sequence[int]
    language: str


class Seen(NamedTuple):
    """A message in passages, and the languages that it was read in.

    `public` is a post that mentions an account; what is `handed_on` has earlier messages in it and nothing else.
    """

    parts: Sequence[Part]
    languages: tuple[str, ...]
    public: bool
    handed_on: bool


def sum_up(seen: Seen, model: Heads) -> Reading:
    """The reading of a message. In a language that the heads have not learnt, the rules have the only say."""
    rarer = _IN_PUBLIC if seen.public else 1
    weighed = [
        _read(one, model, rarer=rarer) if one.language in model.languages else _as_found(one) for one in seen.parts
    ]
    raw, likely, _ = max(weighed, key=lambda one: one[:2])
    findings = tuple(finding for *_, those in weighed for finding in those)
    serious = [one for one in findings if one.severity > 0]
    worst = max(serious, key=lambda one: (one.is_conduct, _certain(one), one.severity, one.confidence), default=None)
    base = Reading(
        target=_about(findings),
        raw=raw,
        score=round(likely, 6),
        needs_review=likely >= REVIEWED_FROM or _grave(seen) or (seen.handed_on and worst is not None),
        findings=findings,
        heard=_heard([one for part in seen.parts for one in _meant(part.found)]),
        languages=seen.languages,
        model=model.version,
    )
    if worst is None or not worst.is_conduct:
        return base
    return replace(
        base,
        category=worst.category,
        kind=worst.kind,
        severity=worst.severity,
        confidence=worst.confidence,
        target=worst.target,
        needs_review=not _certain(worst),
    )


def _about(findings: Sequence[Finding]) -> str:
    """What swearing and criticism are about, as far as anything tells."""
    named = {one.target: one.confidence for one in findings if not one.severity and one.category != _HEARD}
    return max(named, key=lambda one: (one != "unknown", named[one]), default="")


def _hints(one: Finding) -> bool:
    """Whether it may well be meant harmlessly; it asks the heads, and is nothing if they do not hold it conduct."""
    return one.kind == HINT


def _certain(one: Finding) -> bool:
    """Whether help need not wait for a person; so what is doubtful, however grave, never hides it."""
    return one.kind != _LIKELY and one.confidence >= _DOUBTED


def _grave(seen: Seen) -> bool:
    """Whether a form has found what is grave, and no guard is against it: a person sees that, whatever heads say."""
    return any(
        one.severity >= _GRAVE and one.confidence >= _OPEN and not one.guards
        for part in seen.parts
        for one in part.found
    )


def _read(part: Part, model: Heads, *, rarer: int) -> tuple[float, float, tuple[Finding, ...]]:
    names = evidence(part.found)
    raw = probability(model.heads[_ABUSE], part.places, names)
    likely = _rarer(calibrated(raw, model.knots), rarer * _rarity(part))
    if part.near is None and not any(one.severity for one in part.found):
        return raw, likely, tuple(one for one in part.found if one.category != _HEARD)
    held = probabilities([model.heads[name] for name in CONDUCT], folded(part.places), names)
    sure = dict(zip(CONDUCT, held, strict=True))
    return raw, likely, _weighed(part, likely, sure)


def _as_found(part: Part) -> tuple[float, float, tuple[Finding, ...]]:
    findings = tuple(one for one in part.found if one.category != _HEARD)
    raw = max((one.confidence for one in findings if one.severity), default=0.0)
    return raw, raw, findings


def _rarity(part: Part) -> int:
    """How many times rarer abuse is than the words say, where nothing else speaks of it."""
    shown = part.near is not None or any(one.severity for one in part.found)
    return 1 if shown else _WITHOUT


def _rarer(likely: float, times: int) -> float:
    return likely / (likely + times * (1 - likely))


def _weighed(part: Part, likely: float, sure: Mapping[str, float]) -> tuple[Finding, ...]:
    """The findings, each as likely as the message is abuse, less as its category is behind the likeliest of them."""
    findings = sorted((one for one in part.found if one.category != _HEARD), key=lambda one: -one.confidence)
    serious = [one for one in findings if one.severity]
    told = [one for one in serious if not _hints(one)]
    guarded = bool(told) and all(one.guards and one.confidence < _OPEN for one in told)
    if part.near is not None and not guarded and not _in_need(part) and likely >= REVIEWED_FROM:
        named = _named(part.near, sure)
        known = any(_says(one, named.category) for one in serious)
        findings += [] if known or (named.target == "third_party" and named.category not in _ANYBODY) else [named]
    alone = bool(serious) and not told and part.near is None
    names = sure if alone else {one.category for one in findings if one.severity}
    most = max((sure[name] for name in names), default=1.0)
    left_open = bool(told) and all(one.confidence < _OPEN for one in told)
    weighed = [_sure(one, min(likely, _AT_MOST) if left_open else likely, sure, most) for one in findings]
    despairs = any(one.kind == _DESPAIR for one in part.found)
    return tuple(one for one in weighed if not _hints(one) or (one.is_conduct and not despairs))


def _in_need(part: Part) -> bool:
    """Whether somebody tells of illness, death or need there: then hard words alone make nobody abusive."""
    return any(one.category == _HEARD and one.kind in VULNERABLE for one in _meant(part.found))


def _says(one: Finding, category: str) -> bool:
    """Whether a rule has found that already, and no guard speaks against it."""
    return one.category == category and one.confidence >= _OPEN


def _named(near: Finding, sure: Mapping[str, float]) -> Finding:
    """Hard words near a person, as what they most likely are."""
    category = max(sure, key=lambda name: sure[name])
    return replace(near, category=category, severity=CONDUCT[category])


def _sure(one: Finding, likely: float, sure: Mapping[str, float], most: float) -> Finding:
    if not one.severity:
        return one
    weighed = likely * min(1.0, sure[one.category] / (min(most, _OPEN) if _hints(one) else most))
    if one.guards and one.confidence < _OPEN:
        weighed = min(weighed, one.confidence)
    if _hints(one):
        weighed = min(weighed, _AT_MOST)
    if (
        not one.guards
        and one.kind != _LIKELY
        and one.confidence >= _PLAIN.get(one.category, _PLAIN.get(one.kind, _NEVER))
    ):
        weighed = max(weighed, FLAGGED_FROM)
    return replace(one, confidence=max(round(weighed, 6), 1e-6))


def _meant(found: Sequence[Finding]) -> Sequence[Finding]:
    """The findings without the illness, death or hardship that is wished on somebody else."""
    if not any(one.kind == _WISHED and one.confidence >= _OPEN and not one.guards for one in found):
        return found
    return [one for one in found if one.kind not in VULNERABLE or one.kind in _OWN]


def _heard(found: Sequence[Finding]) -> dict[str, float]:
    """The other signals; two weaker signs of one thing make a stronger one."""
    heard: dict[str, float] = {}
    for one in found:
        if one.category == _HEARD:
            heard[one.kind] = round(1 - (1 - heard.get(one.kind, 0.0)) * (1 - one.confidence), 4)
    return heard

"""Reads a message: the story from the text to what was found in it."""

from __future__ import annotations

from bisect import bisect
from dataclasses import replace
from typing import TYPE_CHECKING

from careengine_conduct.addressed import addressed
from careengine_conduct.fold import fold
from careengine_conduct.guards import Hits, guard_hits, weigh
from careengine_conduct.heads import Heads, features, heads
from careengine_conduct.history import earlier, guarded, nothing_else
from careengine_conduct.language import CORE, Language, core
from careengine_conduct.named import parts_of, with_names
from careengine_conduct.reading import Finding, Reading, Span
from careengine_conduct.spot import Spot, blocks, spots
from careengine_conduct.summary import Part, Seen, sum_up
from careengine_conduct.targets import aim
from careengine_conduct.tokens import codes, tokenise
from careengine_conduct.tongue import pointed, tongues
from careengine_conduct.unmask import doubtful, unmask
from careengine_conduct.view import View, between, passages, view_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


_PASSAGE = 5  # words: shorter sentences are weighed with the next; so pleasant ones around hide nothing


def read(
    text: str,
    *,
    language: str = "",
    languages: Sequence[Language] | None = None,
    model: Heads | None = None,
    names: Iterable[str] = (),
) -> Reading:
    """What the message says about conduct and need.

    `language` is the tag of the language that was used, where it is known; `languages` are those that can be read, by
    default English, Spanish, German and French; `model` stands in for the heads that come with the plugin; `names` are
    employees whom the message may name. Takes any text and raises nothing; the time grows with its length.
    """
    seen = look(text, language=language, languages=languages, names=names)
    return sum_up(seen, model or heads()) if seen else Reading()


def look(
    text: str,
    *,
    language: str = "",
    languages: Sequence[Language] | None = None,
    names: Iterable[str] = (),
    whole: bool = False,
) -> Seen | None:
    """What is to be weighed in a message, in passages or as a `whole`; None without a word."""
    seen = views(text, language=language, languages=languages)
    if not seen:
        return None
    for one, view in seen:
        with_names(view, parts_of(names), text, one)
    old = earlier(text)
    found = _minded([finding for one, view in seen for finding in _findings(text, view, one, old)], seen)
    view = seen[0][1]
    cut = [view] if whole else passages(view, _PASSAGE)
    by = seen if len(cut) > 1 else seen[:1]
    return Seen(
        parts=tuple(_part(text, part, by, those, old) for part, those in zip(cut, _shared(cut, found), strict=True)),
        languages=tuple(one.code for one, _ in seen),
        public=bool(view.places("mention")),
        handed_on=nothing_else(text, old),
    )


def _shared(cut: Sequence[View], found: Iterable[Finding]) -> list[list[Finding]]:
    """What was found in each passage; the sign between two of them belongs to both."""
    starts, ends = [part.starts[0] for part in cut], [part.ends[-1] or 1 for part in cut]
    shared: list[list[Finding]] = [[] for _ in cut]
    for one in found:
        start = one.spans[0].start
        at = bisect(starts, start) - 1
        while at >= 0 and start < ends[at]:
            shared[at].append(one)
            at -= 1
    return shared


def _part(
    text: str,
    part: View,
    seen: Sequence[tuple[Language, View]],
    found: Sequence[Finding],
    old: Sequence[tuple[int, int]],
) -> Part:
    """A passage with what was found in it, as the language sees it that it is in."""
    language, view = _seen_by(part, seen)
    near = addressed(text, view, language)
    return Part(
        found=tuple(found),
        near=guarded(_finding(text, (language, view), near), old) if near else None,
        places=features(view),
        language=language.code,
    )


def _seen_by(part: View, seen: Sequence[tuple[Language, View]]) -> tuple[Language, View]:
    (first, _), *others = seen
    for language in pointed(part.words, [first], [one for one, _ in others])[:1]:
        view = next(view for one, view in others if one is language)
        return language, between(view, part.starts[0], part.ends[-1])
    return first, part


def views(text: str, *, language: str = "", languages: Sequence[Language] | None = None) -> list[tuple[Language, View]]:
    """The message as each language that it may be in sees it, the likeliest first; nothing without a word."""
    tokens = tokenise(fold(text))
    if not tokens:
        return []
    known = [core(code) for code in CORE] if languages is None else languages
    read = codes(text, tokens)
    doubts = doubtful(read)
    return [(one, view_of(unmask(text, read, doubts, one), one)) for one in tongues(tokens, known, language)]


def _findings(text: str, view: View, language: Language, old: Sequence[tuple[int, int]]) -> list[Finding]:
    where = blocks(view, language)
    here = spots(view, language, where)
    hits = guard_hits(view, language, where) if any(spot.rule.severity > 0 for spot in here) else {}
    found = (_finding(text, (language, view), spot, *_weight(view, language, hits, spot)) for spot in here)
    return [guarded(one, old) if one.severity else one for one in found if one.spans]


def _minded(found: Sequence[Finding], seen: Sequence[tuple[Language, View]]) -> list[Finding]:
    """The findings; what a hard guard of one language speaks against, those of the others do not hold either."""
    if len(seen) == 1:
        return list(found)
    hard = {guard.id for language, _ in seen for guard in language.guards if guard.hard}
    minded = {span.start: one for one in found if not hard.isdisjoint(one.guards) for span in one.spans}
    return [
        replace(one, confidence=min(one.confidence, other.confidence), guards=other.guards)
        if one.severity and not one.guards and (other := minded.get(one.spans[0].start))
        else one
        for one in found
    ]


def _weight(view: View, language: Language, hits: Hits, spot: Spot) -> tuple[float, tuple[str, ...]]:
    return weigh(view, language, hits, spot) if spot.rule.severity > 0 else (1.0, ())


def _finding(
    text: str, seen: tuple[Language, View], spot: Spot, factor: float = 1.0, guards: tuple[str, ...] = ()
) -> Finding:
    (language, view), rule = seen, spot.rule
    target, sure = aim(view, spot, language)
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
    """The marked words, those side by side as one span; where a message's end alone is marked, all that was found."""
    start = end = previous = -1
    for mark in _shown(view, spot.marks) or _shown(view, range(spot.first, spot.last + 1)):
        if previous >= 0 and mark == previous + 1:
            end = view.ends[mark]
        else:
            if previous >= 0:
                yield Span(start=start, end=end, text=text[start:end], rule=spot.rule.id)
            start, end = view.starts[mark], view.ends[mark]
        previous = mark
    if previous >= 0:
        yield Span(start=start, end=end, text=text[start:end], rule=spot.rule.id)


def _shown(view: View, places: Iterable[int]) -> list[int]:
    """Those that stand in the text; the ends around a message do not."""
    return [one for one in places if 0 <= one < len(view.words) and view.starts[one] < view.ends[one]]

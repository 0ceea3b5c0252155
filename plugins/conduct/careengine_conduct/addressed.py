"""Hard words near a person: the evidence of abuse for which no form was written, if the heads hold it likely."""

from __future__ import annotations

from bisect import bisect
from typing import TYPE_CHECKING

from careengine_conduct.guards import unguarded
from careengine_conduct.language import Rule
from careengine_conduct.spot import Spot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from careengine_conduct.language import Language
    from careengine_conduct.view import View

_NEAR = 25  # words between a person and what is said of them
_SHORT = 6  # a message of so few words, with its two ends, is said to whoever reads it
_SWEARING = "profane"  # the class of words that are rude about anything
_BEGINS = frozenset({"end", "quote"})  # after these a capital letter says nothing
_SHOWN = 8  # words are evidence enough
_TARGETS: Mapping[str, str] = {"staff": "staff", "addressee": "addressee", "person": "third_party"}


def addressed(text: str, view: View, language: Language) -> Spot | None:
    """Hard words near a word for somebody, or rude ones in a few words to whoever reads them; None without either.

    Category and severity are left open: what it is, and whether it is anything, the heads say.
    """
    rude, hard = language.rude, language.hard
    shown = [
        at
        for at, word in enumerate(view.words)
        if word in rude or (word in hard and not is_name(text, view, language, at))  # rude words are no names
    ]
    if not shown:
        return None
    people = _people(view, language)
    if not people:
        marks = [at for at in shown if view.words[at] in rude and _SWEARING not in view.tags[at]]
        return _spot(view, language, marks, "addressee") if len(view.words) <= _SHORT else None
    found = set(people.values())
    return _spot(view, language, _near(shown, sorted(people)), next(_TARGETS[one] for one in _TARGETS if one in found))


def is_name(text: str, view: View, language: Language, at: int) -> bool:
    """Whether a title stands before a word, or, but in German, it begins with a capital letter within a sentence."""
    if view.words[at - 1] in language.titles:
        return True
    if language.code == "de" or not _BEGINS.isdisjoint(view.tags[at - 1]):
        return False
    written = text[view.starts[at] : view.ends[at]]
    return written[:1].isupper() and not written.isupper()


def _people(view: View, language: Language) -> dict[int, str]:
    """Where words for somebody stand, and whom they mean."""
    people = language.people
    found = {at: people[word] for at, word in enumerate(view.words) if word in people}
    return found | dict.fromkeys(view.places("mention"), "addressee")


def _near(hard: Sequence[int], people: Sequence[int]) -> list[int]:
    """Of the hard words those that are near a person; both are in order."""
    found = []
    for at in hard:
        after = bisect(people, at)
        if any(abs(at - person) <= _NEAR for person in people[max(0, after - 1) : after + 1]):
            found.append(at)
    return found


def _spot(view: View, language: Language, marks: list[int], target: str) -> Spot | None:
    rule = Rule(id=f"{language.code}.addressed", category="", kind="likely", severity=0, target=target, confidence=1.0)
    left = [one.anchor for one in unguarded(view, language, [Spot(rule, at, at, at, (at,)) for at in marks])]
    return Spot(rule, left[0], left[-1], left[0], tuple(left[:_SHOWN])) if left else None

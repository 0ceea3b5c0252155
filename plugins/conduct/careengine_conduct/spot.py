"""Runs a language's rules over a message: every form that is found, before anything is said about its context."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from careengine_conduct.match import match

if TYPE_CHECKING:
    from careengine_conduct.language import Language, Rule
    from careengine_conduct.view import View

_BLOCK, _DENSE = 100, 8  # at most so many anchors of a kind are tried in so many words; nobody writes more
_MOST = 8  # finds of one rule in one message; more of the same tells a reviewer nothing new


class Spot(NamedTuple):
    """A rule found at the words `first` to `last`; `marks` are the words that show it."""

    rule: Rule
    first: int
    last: int
    anchor: int
    marks: tuple[int, ...]


def spots(view: View, language: Language) -> list[Spot]:
    """What the rules find, in the order of the message; at each anchor a rule is found once."""
    index = language.rules
    found: list[Spot] = []
    often: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for at, word in enumerate(view.words):
        if at % _BLOCK == 0:
            tried.clear()
        seen: set[str] = set()
        for key in (word, *language.keys.get(view.tags[at], ())):
            if key not in index or tried[key] >= _DENSE:
                continue
            tried[key] += 1
            for rule, form in index[key]:
                if rule.id in seen or often[rule.id] >= _MOST:
                    continue
                where = match(view, form, at)
                if where is not None:
                    seen.add(rule.id)
                    often[rule.id] += 1
                    found.append(Spot(rule, where[0], where[1], at, tuple(where[2])))
    return found

"""Runs a language's rules over a message: every form that is found, before anything is said about its context."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from careengine_conduct.match import match

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from careengine_conduct.forms import Form
    from careengine_conduct.language import Language, Rule
    from careengine_conduct.view import View

T = TypeVar("T")

_BLOCK, _DENSE = 100, 6  # at most so many anchors of a kind are tried in so many words; nobody writes more
_MOST = 6  # finds of one rule in one message; more of the same tells a reviewer nothing new


class Spot(NamedTuple):
    """A rule found at the words `first` to `last`; `marks` are the words that show it."""

    rule: Rule
    first: int
    last: int
    anchor: int
    marks: tuple[int, ...]


def present(view: View, language: Language) -> frozenset[str]:
    """The words and `@classes` in the message."""
    entries = view.opens.values()
    tags = {*view.tags, *(one.tags for one in entries)}
    return frozenset(view.words).union((one.word for one in entries), *(language.keys.get(one, ()) for one in tags))


def possible(forms: Mapping[str, Sequence[tuple[T, Form]]], here: frozenset[str]) -> dict[str, list[tuple[T, Form]]]:
    """Of the forms by key, those that can be found in a message with such words and classes; most cannot."""
    found = {
        key: [one for one in forms[key] if not any(need.isdisjoint(here) for need in one[1].needs)]
        for key in here
        if key in forms
    }
    return {key: those for key, those in found.items() if those}


def keyed(view: View, language: Language, index: Mapping[str, object]) -> Iterator[tuple[int, list[str]]]:
    """The places at which some key of the index begins, a word or `@class`, each with these keys."""
    here = {*view.tags, *(one.tags for one in view.opens.values())}
    telling = {tags: [key for key in language.keys.get(tags, ()) if key in index] for tags in here}
    for place, (word, tags) in enumerate(zip(view.words, view.tags, strict=True)):
        keys = [] if place in view.inside else _keys(word, telling[tags], index)
        if place in view.opens:
            entry = view.opens[place]
            keys = [*_keys(entry.word, telling[entry.tags], index), *keys]
        if keys:
            yield place, keys


def _keys(word: str, of_tags: list[str], index: Mapping[str, object]) -> list[str]:
    return [word, *of_tags] if word in index else of_tags


def spots(view: View, language: Language) -> list[Spot]:
    """What the rules find, in the order of the message; at each anchor a rule is found once."""
    index = possible(language.rules, present(view, language))
    found: list[Spot] = []
    often: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    block = 0
    for at, keys in keyed(view, language, index):
        if at // _BLOCK != block:
            block = at // _BLOCK
            tried.clear()
        seen: set[str] = set()
        for key in keys:
            if tried[key] >= _DENSE:
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

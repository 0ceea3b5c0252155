"""Runs a language's rules over a message: every form that is found, before anything is said about its context."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from careengine_conduct.match import match

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from careengine_conduct.forms import Form
    from careengine_conduct.language import Language, Rule
    from careengine_conduct.view import View

T = TypeVar("T")

_BLOCK, _DENSE = 100, 6  # at most so many anchors of a kind are tried in so many words; nobody writes more
_SENTENCE = 8  # words, at least, that are looked at together
_MOST = 6  # finds of one rule in one message; more of the same tells a reviewer nothing new


class Spot(NamedTuple):
    """A rule found at the words `first` to `last`; `marks` are the words that show it."""

    rule: Rule
    first: int
    last: int
    anchor: int
    marks: tuple[int, ...]


class Try(NamedTuple):
    """A place at which `key`, a word or a `@class`, begins, and the forms with such an anchor that may stand here."""

    place: int
    key: str
    forms: Sequence[tuple[Any, Form]]


def tries(view: View, language: Language, forms: Mapping[str, Sequence[tuple[T, Form]]]) -> Iterator[Try]:
    """All that is worth trying, in order: most forms need a word that no sentence nearby has."""
    classes = {*view.tags, *(one.tags for one in view.opens.values())}
    telling = {tags: [key for key in language.keys.get(tags, ()) if key in forms] for tags in classes}
    for first, last in _blocks(view):
        here = _present(view, language, first, last)
        index = {key: those for key in here if key in forms and (those := _possible(forms[key], here))}
        for place in range(first, last if last < len(view.words) - 1 else last + 1):
            for word, tags in view.readings(place):
                for key in (word, *telling[tags]):
                    if key in index:
                        yield Try(place, key, index[key])


def _blocks(view: View) -> Iterator[tuple[int, int]]:
    """Sentences with the ends around them, short ones together."""
    first = 0
    for at, tags in enumerate(view.tags):
        if "end" in tags and at - first > _SENTENCE:
            yield first, at
            first = at
    if first < len(view.words) - 1:
        yield first, len(view.words) - 1


def _present(view: View, language: Language, first: int, last: int) -> frozenset[str]:
    """The words and `@classes` from one place to another."""
    entries = [view.opens[at] for at in range(first, last + 1) if at in view.opens]
    tags = {*view.tags[first : last + 1], *(one.tags for one in entries)}
    words = (*view.words[first : last + 1], *(one.word for one in entries))
    return frozenset(words).union(*(language.keys.get(one, ()) for one in tags))


def _possible(forms: Sequence[tuple[T, Form]], here: frozenset[str]) -> list[tuple[T, Form]]:
    return [one for one in forms if not any(map(here.isdisjoint, one[1].needs))]


def spots(view: View, language: Language) -> list[Spot]:
    """What the rules find, in the order of the message; at each anchor a rule is found once."""
    found: list[Spot] = []
    seen: set[tuple[int, str]] = set()
    often: Counter[str] = Counter()
    tried: Counter[tuple[int, str]] = Counter()
    for at, key, forms in tries(view, language, language.rules):
        block = (at // _BLOCK, key)
        if tried[block] >= _DENSE:
            continue
        tried[block] += 1
        for rule, form in forms:
            if (at, rule.id) in seen or often[rule.id] >= _MOST:
                continue
            where = match(view, form, at)
            if where is not None:
                seen.add((at, rule.id))
                often[rule.id] += 1
                found.append(Spot(rule, where[0], where[1], at, tuple(where[2])))
    return found

"""Runs a language's rules over a message: every form that is found, before anything is said about its context."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from careengine_conduct.match import Matcher

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from careengine_conduct.language import Language, Option, Rule
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


class Block(NamedTuple):
    """Sentences with the ends around them, short ones together, and the words and `@classes` that they have.

    What begins from `first` to before `stop` is looked at; the end between two blocks is in both.
    """

    first: int
    stop: int
    has: frozenset[str]


def blocks(view: View, language: Language) -> list[Block]:
    """The whole message."""
    found = []
    first, last = 0, len(view.words) - 1
    for at in view.places("end"):
        if at - first > _SENTENCE or (at == last and first < last):
            found.append(Block(first, at + (at == last), _present(view, language, first, at + 1)))
            first = at
    return found


def _present(view: View, language: Language, first: int, stop: int) -> frozenset[str]:
    words, tags = view.words[first:stop], {*view.tags[first:stop]}
    for at in view.opens.keys() & range(first, stop) if view.opens else ():
        words.append(view.opens[at].word)
        tags.add(view.opens[at].tags)
    return frozenset(words).union(*[language.keys[one] for one in tags if one in language.keys])


def tries(
    view: View, language: Language, forms: Mapping[str, Sequence[Option[T]]], where: Iterable[Block]
) -> Iterator[tuple[int, str, Sequence[Option[T]]]]:
    """All that is worth trying, in order: a place, a word or `@class` that begins there, and the forms that may.

    Most forms need a word that no sentence nearby has.
    """
    for first, stop, has in where:
        index = {key: those for key in forms.keys() & has if (those := _possible(forms[key], has))}
        if not index:
            continue
        tags = view.tags[first:stop]
        telling = {of: [key for key in language.keys.get(of, ()) if key in index] for of in {*tags}}
        for place, word, of in zip(range(first, stop), view.words[first:stop], tags, strict=True):
            if place in view.opens or place in view.inside:
                keys = [key for one in view.readings(place) for key in _keys(language, *one) if key in index]
            elif word in index:
                keys = [word, *telling[of]]
            else:
                keys = telling[of]
            for key in keys:
                yield place, key, index[key]


def _keys(language: Language, word: str, tags: frozenset[str]) -> tuple[str, ...]:
    return word, *language.keys.get(tags, ())


def _possible(options: Sequence[Option[T]], has: frozenset[str]) -> list[Option[T]]:
    found = []
    for option in options:
        for need in option[2]:
            if has.isdisjoint(need):
                break
        else:
            found.append(option)
    return found


def spots(view: View, language: Language, where: Iterable[Block]) -> list[Spot]:
    """What the rules find, in the order of the message; at each anchor a rule is found once."""
    match = Matcher(view).match
    found: list[Spot] = []
    often: dict[str, int] = {}
    tried: dict[str, int] = {}
    here: set[str] = set()
    block = place = 0
    for at, key, forms in tries(view, language, language.rules, where):
        if at != place:
            place = at
            here.clear()
            if at // _BLOCK != block:
                block = at // _BLOCK
                tried.clear()
        times = tried[key] = tried.get(key, 0) + 1
        if times > _DENSE:
            continue
        for rule, form, _ in forms:
            if rule.id in here or often.get(rule.id, 0) >= _MOST:
                continue
            matched = match(form, at)
            if matched is not None:
                here.add(rule.id)
                often[rule.id] = often.get(rule.id, 0) + 1
                found.append(Spot(rule, matched[0], matched[1], at, tuple(matched[2])))
    return found

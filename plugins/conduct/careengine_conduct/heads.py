"""Small linear models over hashed words, classes and what rules found: they weigh evidence, and flag nothing alone."""

from __future__ import annotations

import json
import math
from array import array
from functools import cache, lru_cache
from itertools import accumulate, islice, pairwise
from operator import itemgetter
from pkgutil import get_data
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from careengine_conduct.reading import HINT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from careengine_conduct.reading import Finding
    from careengine_conduct.view import View

SIZE = 1 << 19  # places, and weights of the head for abuse
FEW = 1 << 15  # weights of each other one, which only says what kind of abuse it is
_MOST = 300  # words that are looked at
_UNREAD = frozenset({"url", "email", "number", "mention", "comma", "quote", "end", "sign", "censored"})
_DULL = frozenset(  # classes that say little
    {"open", "mod", "trait", "object", "day", "det", "adv", "verb", "and", "addressee", "idiom"}
)
_NEAR = 4  # words between two classes that are read together
_PART = 5  # letters of a part of a word
WEIGHT = 0.5  # of what a rule or guard says, beside a message's words as a whole
_STEPS = (0.0, 0.2, 0.4, 0.6, 0.8)  # of a rule's confidence; whoever reaches one has reached those below
_PLACE = frozenset({"mention", "url"})  # say where a message was written
_LONGEST, _WHOLE = 20, 64  # letters of a word that are looked at in parts, and at all


class Head(NamedTuple):
    """Weights of words as whole numbers from -127 to 127, and of evidence by name, times `scale`, and a bias."""

    weights: Sequence[int]
    evidence: Mapping[str, int]
    scale: float
    bias: float


class Heads(NamedTuple):
    """All heads by name, the knots of the calibration, the version told with every signal, and the languages learnt."""

    heads: Mapping[str, Head]
    knots: tuple[tuple[float, float], ...]
    version: str
    languages: frozenset[str]


@cache
def heads() -> Heads:
    """The heads that come with the plugin."""
    card = json.loads(get_data(__package__, "model/heads.json") or b"")
    weights = array("b", get_data(__package__, "model/heads.bin") or b"")
    stops = [*accumulate(one["weights"] for one in card["heads"])]
    found = {
        one["name"]: Head(weights[stop - one["weights"] : stop], one["evidence"], one["scale"], one["bias"])
        for one, stop in zip(card["heads"], stops, strict=True)
    }
    knots = tuple((raw, sure) for raw, sure in card["calibration"])
    return Heads(found, knots, card["version"], frozenset(card["languages"]))


def features(view: View) -> list[int]:
    """The places of words, their parts and classes, and of those side by side, each once; figures are left out."""
    read = [*islice(view.longest(), _MOST)]
    where = (_sum(f"&{name}") for name in _PLACE & frozenset().union(*{*view.tags}))
    return sorted({one % SIZE for one in (*_of_words(read), *_of_classes(read), *where)})


def folded(places: Iterable[int]) -> array[int]:
    """The same places in a head of few weights."""
    return array("H", [place % FEW for place in places])


def evidence(found: Iterable[Finding]) -> list[str]:
    """What rules and guards say, by name: each step that a rule of a category reaches, and every guard."""
    names: set[str] = set()
    for one in found:
        if one.kind == HINT:
            continue  # the heads read its words themselves
        if one.severity:
            names.update(f"{of} {step}" for step in _STEPS if one.confidence >= step for of in (one.category, "any"))
            names.update(f"guard {guard}" for guard in one.guards)
        elif one.category != "signal":
            names.add(one.category)
    return sorted(names)


def _of_words(read: Iterable[_Read]) -> list[int]:
    """Words and their parts, two and three in a row, and a word beside the classes of the one before or after it."""
    found: list[int] = []
    last, pair = _FIRST
    before: _Sums = ()
    for _, word, tags in read:
        if tags.isdisjoint(_UNREAD):
            alone, after, parts = _word(word[:_WHOLE])
            found += parts
            for one, _ in before:
                found.append(crc32(after, one))
            before = _named(tags)
            for _, then in before:
                found.append(crc32(then, last))
            found.append(crc32(after, pair))
            pair = crc32(after, last)
            found.append(pair)
            last = alone
    return [*found, crc32(b" $", last), crc32(b" $", pair)]


def _of_classes(read: Iterable[_Read]) -> Iterator[int]:
    """Classes say what words that no example had have in common with those that one had."""
    before: tuple[str, ...] = _NONE
    seen = -_NEAR
    for at, (_, _, tags) in enumerate(read):
        if tags:
            names = _telling(tags)
            if names:
                yield from _pairs(before if at - seen <= _NEAR else _NONE, names)
                before, seen = names, at


_Read = tuple[int, str, frozenset[str]]  # what `View.longest` gives
# Of each its checksum, and the letters that make one of what stands before it go on: that of "you are" from "you".
_Sums = tuple[tuple[int, bytes], ...]


@lru_cache(maxsize=4096)
def _word(word: str) -> tuple[int, bytes, tuple[int, ...]]:
    """A word as one of `_Sums`; and with its parts, which its other forms, and kin in other languages, have as well."""
    whole = f"<{word[:_LONGEST]}>"
    alone = _sum(word)
    parts = (_sum(f"#{_PART}{whole[at : at + _PART]}") for at in range(len(whole) - _PART + 1))
    return alone, f" {word}".encode("utf-8", "replace"), (alone, *parts)


@lru_cache(maxsize=1024)
def _named(tags: frozenset[str]) -> _Sums:
    return tuple((_sum(f"@{name}"), f" @{name}".encode()) for name in _telling(tags))


_NONE = ("",)


@lru_cache(maxsize=1024)
def _telling(tags: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(tags - _DULL - _UNREAD))


@lru_cache(maxsize=8192)
def _pairs(before: tuple[str, ...], names: tuple[str, ...]) -> tuple[int, ...]:
    alone = [_sum(f"@{name}") for name in names]
    return (*alone, *(_sum(f"@{first} @{name}") for first in before for name in names))


def _sum(feature: str) -> int:
    return crc32(feature.encode("utf-8", "replace"))


_FIRST = _sum("^"), _sum("^ ^")  # what stands before the first word


def probability(head: Head, places: Sequence[int], names: Sequence[str] = ()) -> float:
    """How likely the head holds it, from 0 to 1."""
    return next(probabilities([head], places, names))


def probabilities(those: Iterable[Head], places: Sequence[int], names: Sequence[str] = ()) -> Iterator[float]:
    """How likely each of the heads holds it, from 0 to 1; all of them of as many weights."""
    size = math.sqrt(len(places) or 1)
    read = itemgetter(0, 0, *places)  # one more, taken twice, so that there are always several to take
    for head in those:
        weights = head.weights
        words = (sum(read(weights)) - 2 * weights[0]) / size
        total = (words + WEIGHT * sum(head.evidence.get(name, 0) for name in names)) * head.scale
        yield 1 / (1 + math.exp(-max(-30.0, min(30.0, total + head.bias))))


def calibrated(raw: float, knots: Sequence[tuple[float, float]]) -> float:
    """The share of messages with such a score that turned out to be abusive; between knots, a straight line."""
    for (left, low), (right, high) in pairwise(knots):
        if raw <= right:
            return low + (high - low) * (raw - left) / (right - left)
    return knots[-1][1]

"""Small linear models over hashed words, classes and what rules found: they weigh evidence, and flag nothing alone."""

from __future__ import annotations

import json
import math
from array import array
from functools import cache, lru_cache
from itertools import islice, pairwise
from operator import itemgetter
from pkgutil import get_data
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from careengine_conduct.reading import Finding
    from careengine_conduct.view import View

SIZE = 1 << 17  # weights a head
_MOST = 300  # words that are looked at
_UNREAD = frozenset({"url", "email", "number", "mention", "comma", "quote", "end", "sign", "censored"})
_DULL = frozenset(
    {"open", "mod", "trait", "det", "adv", "verb", "and", "addressee", "idiom"}
)  # classes that say little
_NEAR = 4  # words between two classes that are read together
_PART = 4  # letters of a part of a word
WEIGHT = 0.5  # of what a rule or guard says, beside a message's words as a whole
_STEPS = (0.0, 0.2, 0.4, 0.6, 0.8)  # of a rule's confidence; whoever reaches one has reached those below
_PLACE = frozenset({"mention", "url"})  # say where a message was written
_LONGEST = 20  # letters of a word that are looked at in parts


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
    found = {
        one["name"]: Head(weights[at * SIZE : (at + 1) * SIZE], one["evidence"], one["scale"], one["bias"])
        for at, one in enumerate(card["heads"])
    }
    knots = tuple((raw, sure) for raw, sure in card["calibration"])
    return Heads(found, knots, card["version"], frozenset(card["languages"]))


def features(view: View) -> list[int]:
    """The places of words, their parts and classes, and of pairs of either, each once; figures are left out."""
    read = [*islice(view.longest(), _MOST)]
    found = {_place(f"&{name}") for name in _PLACE & frozenset().union(*{*view.tags})}
    _of_words(read, found)
    _of_classes(read, found)
    return sorted(found)


def evidence(found: Iterable[Finding]) -> list[str]:
    """What rules and guards say, by name: each step that a rule of a category reaches, and every guard."""
    names: set[str] = set()
    for one in found:
        if one.severity:
            names.update(f"{of} {step}" for step in _STEPS if one.confidence >= step for of in (one.category, "any"))
            names.update(f"guard {guard}" for guard in one.guards)
        elif one.category != "signal":
            names.add(one.category)
    return sorted(names)


def _of_words(read: Iterable[tuple[int, str, frozenset[str]]], found: set[int]) -> None:
    before = crc32(b"^ ")
    for _, word, tags in read:
        if tags.isdisjoint(_UNREAD):
            letters, then, alone = _word(word)
            found.add(crc32(letters, before) % SIZE)
            found.update(alone)
            before = then
    found.add(crc32(b"$", before) % SIZE)


def _of_classes(read: Iterable[tuple[int, str, frozenset[str]]], found: set[int]) -> None:
    """Classes say what words that no example had have in common with those that one had."""
    before: tuple[str, ...] = _NONE
    seen = -_NEAR
    for at, (_, _, tags) in enumerate(read):
        if tags:
            names = _telling(tags)
            if names:
                found.update(_pairs(before if at - seen <= _NEAR else _NONE, names))
                before, seen = names, at


@lru_cache(maxsize=4096)
def _word(word: str) -> tuple[bytes, int, tuple[int, ...]]:
    """The letters of a word, the checksum that a pair goes on from, and the places of the word and its parts.

    Parts are runs of letters, which other forms of a word, and its kin in other languages, have in common with it.
    """
    whole = f"<{word[:_LONGEST]}>"
    parts = (f"#{whole[at : at + _PART]}" for at in range(len(whole) - _PART + 1))
    letters = _letters(word)
    return letters, crc32(letters + b" "), (_place(word), *map(_place, parts))


_NONE = ("",)


@lru_cache(maxsize=1024)
def _telling(tags: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(tags - _DULL - _UNREAD))


@lru_cache(maxsize=8192)
def _pairs(before: tuple[str, ...], names: tuple[str, ...]) -> tuple[int, ...]:
    alone = [_place(f"@{name}") for name in names]
    return (*alone, *(_place(f"@{first} @{name}") for first in before for name in names))


def _place(feature: str) -> int:
    return crc32(_letters(feature)) % SIZE


def _letters(feature: str) -> bytes:
    return feature.encode("utf-8", "replace")


def probability(head: Head, places: Sequence[int], names: Sequence[str] = ()) -> float:
    """How likely the head holds it, from 0 to 1."""
    return next(probabilities([head], places, names))


def probabilities(those: Iterable[Head], places: Sequence[int], names: Sequence[str] = ()) -> Iterator[float]:
    """How likely each of the heads holds it, from 0 to 1."""
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

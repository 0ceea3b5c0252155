"""Small linear models over hashed words, classes and what rules found: they weigh evidence, and flag nothing alone."""

from __future__ import annotations

import json
import math
from array import array
from functools import cache, lru_cache
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from careengine_conduct.reading import HINT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from careengine_conduct.reading import Finding
    from careengine_conduct.view import View

SIZE = 1 << 17  # weights a head
_FOLDER = Path(__file__).parent / "model"
_MOST = 300  # words that are looked at
_UNREAD = frozenset({"url", "email", "number", "mention", "comma", "quote", "end", "sign", "censored"})
_DULL = frozenset({"open", "mod", "det", "adv", "verb", "and", "addressee", "idiom"})  # classes that say little
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
    card = json.loads((_FOLDER / "heads.json").read_text(encoding="utf-8"))
    weights = array("b", (_FOLDER / "heads.bin").read_bytes())
    found = {
        one["name"]: Head(weights[at * SIZE : (at + 1) * SIZE], one["evidence"], one["scale"], one["bias"])
        for at, one in enumerate(card["heads"])
    }
    knots = tuple((raw, sure) for raw, sure in card["calibration"])
    return Heads(found, knots, card["version"], frozenset(card["languages"]))


def features(view: View) -> list[int]:
    """The places of words, their parts and classes, and of pairs of either, each once; figures are left out."""
    where = (_place(f"&{name}") for name in sorted(_PLACE) if any(name in tags for tags in view.tags))
    return sorted({*_of_words(view), *_of_classes(view), *where})


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


def _of_words(view: View) -> Iterator[int]:
    before = "^"
    for _, word, tags in islice(view.longest(), _MOST):
        if tags.isdisjoint(_UNREAD):
            yield _place(word)
            yield _place(f"{before} {word}")
            yield from _parts(word)
            before = word
    yield _place(f"{before} $")


def _of_classes(view: View) -> Iterator[int]:
    """Classes say what words that no example had have in common with those that one had."""
    before: tuple[str, ...] = _NONE
    seen = -_NEAR
    for at, (_, _, tags) in enumerate(islice(view.longest(), _MOST)):
        if tags:
            names = _telling(tags)
            if names:
                yield from _pairs(before if at - seen <= _NEAR else _NONE, names)
                before, seen = names, at


@lru_cache(maxsize=4096)
def _parts(word: str) -> tuple[int, ...]:
    """Runs of letters, which other forms of a word, and its kin in other languages, have in common with it."""
    whole = f"<{word[:_LONGEST]}>"
    return tuple(_place(f"#{whole[at : at + _PART]}") for at in range(len(whole) - _PART + 1))


_NONE = ("",)


@lru_cache(maxsize=1024)
def _telling(tags: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(tags - _DULL - _UNREAD))


@lru_cache(maxsize=8192)
def _pairs(before: tuple[str, ...], names: tuple[str, ...]) -> tuple[int, ...]:
    alone = [_place(f"@{name}") for name in names]
    return (*alone, *(_place(f"@{first} @{name}") for first in before for name in names))


def _place(feature: str) -> int:
    return crc32(feature.encode("utf-8", "replace")) % SIZE


def probability(head: Head, places: Sequence[int], names: Iterable[str] = ()) -> float:
    """How likely the head holds it, from 0 to 1."""
    words = sum(map(head.weights.__getitem__, places)) / math.sqrt(len(places) or 1)
    total = (words + WEIGHT * sum(head.evidence.get(name, 0) for name in names)) * head.scale
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total + head.bias))))


def calibrated(raw: float, knots: Sequence[tuple[float, float]]) -> float:
    """The share of messages with such a score that turned out to be abusive; between knots, a straight line."""
    for (left, low), (right, high) in pairwise(knots):
        if raw <= right:
            return low + (high - low) * (raw - left) / (right - left)
    return knots[-1][1]

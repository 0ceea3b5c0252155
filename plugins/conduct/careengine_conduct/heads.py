"""Small linear models over hashed words. They order the review queue and lift what a rule found; they flag nothing."""

from __future__ import annotations

import json
import math
from array import array
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from careengine_conduct.tokens import Token

SIZE = 1 << 15  # weights a head
_FOLDER = Path(__file__).parent / "model"
_MOST = 400  # words that are looked at
_UNREAD = frozenset({"url", "email", "number", "mention", "comma", "quote", "end"})


class Head(NamedTuple):
    """Weights as whole numbers from -127 to 127, times `scale`, and a bias."""

    weights: Sequence[int]
    scale: float
    bias: float


class Heads(NamedTuple):
    """All heads by name, the knots of the calibration, and the version that is told with every signal."""

    heads: Mapping[str, Head]
    knots: tuple[tuple[float, float], ...]
    version: str


@cache
def heads() -> Heads:
    """The heads that come with the plugin."""
    card = json.loads((_FOLDER / "heads.json").read_text(encoding="utf-8"))
    weights = array("b", (_FOLDER / "heads.bin").read_bytes())
    found = {
        one["name"]: Head(weights[at * SIZE : (at + 1) * SIZE], one["scale"], one["bias"])
        for at, one in enumerate(card["heads"])
    }
    return Heads(found, tuple((raw, sure) for raw, sure in card["calibration"]), card["version"])


def features(tokens: Sequence[Token]) -> list[int]:
    """The places of the words and pairs of words, each once; names, addresses and figures are left out."""
    return sorted(set(_places([one.word for one in tokens[:_MOST] if one.kind not in _UNREAD])))


def _places(words: Sequence[str]) -> Iterator[int]:
    before = "^"
    for word in words:
        yield crc32(word.encode("utf-8", "replace")) % SIZE
        yield crc32(f"{before} {word}".encode("utf-8", "replace")) % SIZE
        before = word
    yield crc32(f"{before} $".encode("utf-8", "replace")) % SIZE


def probability(head: Head, places: Sequence[int]) -> float:
    """How likely the head holds it, from 0 to 1."""
    weights = head.weights
    total = sum(weights[place] for place in places) * head.scale / math.sqrt(len(places) or 1)
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total + head.bias))))


def calibrated(raw: float, knots: Sequence[tuple[float, float]]) -> float:
    """The share of messages with such a score that turned out to be abusive; between knots, a straight line."""
    for (left, low), (right, high) in pairwise(knots):
        if raw <= right:
            return low + (high - low) * (raw - left) / (right - left)
    return knots[-1][1]

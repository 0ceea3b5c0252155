"""Trains the heads and the calibration: `python -m training.train`.

Reads all of the plugin's own messages and the labelled sets that fit, needs nothing beyond the standard library, and
writes the same bytes every time. How well heads do on what they have not learnt from is told by `training.unseen`,
which trains others for that. For the calibration, too, each message is read by a head made without its author.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
from array import array
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from careengine_conduct.detect import look
from careengine_conduct.heads import FEW, SIZE, WEIGHT, Head, Heads, evidence, folded, probability
from careengine_conduct.language import CORE
from careengine_conduct.reading import CONDUCT

from training.corpora import Row, bare, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

OUT = Path(__file__).parent.parent / "careengine_conduct" / "model"
HEADS = ("abuse", *CONDUCT)
EPOCHS, RATE, DECAY = 6, 0.3, 1e-3
_STRIDE = 0.9  # at most, of one example; so those that count often teach more, and none too much at once
DIGITS = 6
FOLDS = 5
_KNOWN = "first"  # the author for whose messages rules were mended: how sure a rule is there teaches nothing
_BENIGN = 3  # one in so many of the bank's questions, so that they do not drown the rest
_OFTEN = 3  # times that a harmless one of the two kinds below counts
_HATEFUL = 10  # times that one of our hateful sentences about identities counts; kind ones are many, from all authors
_WRONGED = frozenset({"nonnative", "dialect", "identity", "distress", "reclaimed", "reporting", "self"})
_DAILY = frozenset(
    {
        *("blunt", "courtesy", "everyday", "everyday-more", "chats", "chats-spanish", "chats-german", "chats-french"),
        *("posts", "posts-more", "posts-of-a-day", "small-talk", "days-es-de-fr"),
    }
)
_PLAIN = frozenset(
    {
        *("plain", "plain-more", "plain-third", "plain-fifth", "plain-sixth", "plain-seventh", "plain-eighth"),
        *("plain-spanish", "plain-german", "plain-french", "services"),
    }
)
_TIMES = 10  # that a support message counts for the calibration: they are few, and what customers write
_STEP = 0.05
_LEAST = 25  # messages behind a knot of the calibration


class Example(NamedTuple):
    """Places of features, names of evidence, what holds, how often it counts, and the fold that it is in."""

    places: Sequence[int]
    names: Sequence[str]
    truth: dict[str, bool]
    often: int
    fold: int


def _own(row: Row) -> dict[str, bool]:
    truth = {"abuse": row.abusive}
    if row.category in HEADS or not row.abusive:
        truth |= {head: row.abusive and row.category == head for head in HEADS[1:]}
    return truth


def _any(row: Row) -> dict[str, bool]:
    return {"abuse": row.abusive} if row.abusive else dict.fromkeys(HEADS, False)


def _bank(row: Row) -> dict[str, bool]:
    return dict.fromkeys(HEADS, False) if hashlib.sha256(row.text.encode()).digest()[1] % _BENIGN == 0 else {}


SOURCES: dict[str, Callable[[Row], dict[str, bool]]] = {
    "own": _own,
    "convabuse": _any,
    "participants": _any,
    "banking77": _bank,
    "identities": _own,
    "alone": _own,
}
_HEAVY = {"convabuse": 8, "participants": 6, "identities": 3}  # times that one counts; the first two people wrote


@cache
def examples() -> list[tuple[Row, Example]]:
    """All examples with their rows, in an order that only depends on their texts."""
    found = {row.text: (row, name, truth) for name in SOURCES for row in rows(name) if (truth := SOURCES[name](row))}
    folds = {author: at % FOLDS for at, author in enumerate(sorted({row.author for row, _, _ in found.values()}))}
    ordered = sorted(found, key=lambda text: hashlib.sha256(text.encode("utf-8", "replace")).digest())
    made = []
    for text in ordered:
        row, name, truth = found[text]
        if seen := look(text, whole=True):
            part = seen.parts[0]
            names = [] if row.author == _KNOWN else evidence(part.found)
            spared = not row.abusive and (row.author in _DAILY or row.category in _WRONGED)
            often = _OFTEN if spared else _HATEFUL if name == "identities" and row.abusive else _HEAVY.get(name, 1)
            fold = folds[row.author] if name == "own" else dealt(text)
            made.append((row, Example(array("I", sorted(part.places)), names, truth, often, fold)))
    return made


def dealt(text: str) -> int:
    """A fold that is the same for all that has the same words."""
    return hashlib.sha256(bare(text).encode("utf-8", "replace")).digest()[2] % FOLDS


def fit(those: Iterable[Example], name: str) -> Head:
    """One head: logistic regression, one example at a time. A guard never makes abuse likelier, nor a rule less so."""
    size = SIZE if name == "abuse" else FEW
    mine = [
        (one.places if size == SIZE else folded(one.places), one.names, one.truth[name], one.often)
        for one in those
        if name in one.truth
    ]
    share = sum(truth * often for _, _, truth, often in mine) / sum(often for *_, often in mine)
    weights, bias = [0.0] * size, math.log(share / (1 - share))
    said: dict[str, float] = {}
    for epoch in range(EPOCHS):
        rate, decay = RATE / (1 + epoch), DECAY / (1 + epoch)
        for places, names, truth, often in mine:
            norm = math.sqrt(len(places) or 1)
            total = sum(map(weights.__getitem__, places)) / norm + WEIGHT * sum(said.get(one, 0.0) for one in names)
            wrong = truth - 1 / (1 + math.exp(-max(-30.0, min(30.0, total + bias))))
            step = max(-_STRIDE, min(_STRIDE, rate * wrong * often))
            for place in places:
                weights[place] += step - decay * weights[place]
            for one in names:
                said[one] = _signed(one, name, said.get(one, 0.0) + WEIGHT * step)
            bias += 0.02 * rate * wrong
    return _quantised(weights, said, bias)


def _signed(one: str, head: str, weight: float) -> float:
    if one.startswith("guard "):
        return min(weight, 0.0)
    speaks_for = HEADS if head == "abuse" else (head,)
    return max(weight, 0.0) if one.startswith(("any ", *speaks_for)) else weight


def _quantised(weights: Sequence[float], said: dict[str, float], bias: float) -> Head:
    """The head in whole numbers."""
    scale = round(max(abs(weight) for weight in weights) / 127, DIGITS)
    whole = array("b", [max(-127, min(127, round(weight / scale))) for weight in weights])
    return Head(whole, {one: round(said[one] / scale) for one in sorted(said)}, scale, round(bias, DIGITS))


def knots(pairs: Sequence[tuple[float, bool]]) -> list[tuple[float, float]]:
    """What share is abusive at each score, made to rise; the ends keep the order of what is surest."""
    blocks = _rising(_binned(sorted(pairs)))
    ends = [(0.0, 0.0), *blocks, (1.0, 1.0)]
    return [(round(raw, DIGITS), round(sure, DIGITS)) for raw, sure in dict(ends).items()]


def _binned(pairs: list[tuple[float, bool]]) -> list[tuple[float, float, int]]:
    bins: dict[int, list[tuple[float, bool]]] = {}
    for raw, truth in pairs:
        bins.setdefault(int(raw / _STEP), []).append((raw, truth))
    return [
        (sum(raw for raw, _ in one) / len(one), (sum(truth for _, truth in one) + 0.5) / (len(one) + 1), len(one))
        for _, one in sorted(bins.items())
        if len(one) >= _LEAST
    ]


def _rising(bins: list[tuple[float, float, int]]) -> list[tuple[float, float]]:
    """Neighbours that fall are pooled until all rise."""
    pooled: list[tuple[float, float, int]] = []
    for one in bins:
        pooled.append(one)
        while len(pooled) > 1 and pooled[-2][1] >= pooled[-1][1]:
            (a, x, m), (b, y, n) = pooled[-2:]
            pooled[-2:] = [((a * m + b * n) / (m + n), (x * m + y * n) / (m + n), m + n)]
    return [(raw, sure) for raw, sure, _ in pooled]


def held_out() -> list[tuple[float, bool]]:
    """How likely abuse seems, and whether it is: each example by a head that has not seen its fold."""
    those = [one for _, one in examples()]
    pairs = []
    for fold in range(FOLDS):
        head = fit((one for one in those if one.fold != fold), "abuse")
        pairs += [
            (probability(head, one.places, one.names), one.truth["abuse"])
            for row, one in examples()
            if one.fold == fold and row.author in _PLAIN
        ]
    return pairs


def support(head: Head) -> list[tuple[float, bool]]:
    """The same of messages to support desks, which heads do not learn from."""
    seen = [(look(row.text, whole=True), row.abusive) for row in rows("support") if row.half == "tune"]
    parts = [(one.parts[0], truth) for one, truth in seen if one]
    return [(probability(head, one.places, evidence(one.found)), truth) for one, truth in parts]


def model(those: Sequence[Example], found: Iterable[tuple[float, float]]) -> Heads:
    """Heads fitted to examples, with these knots."""
    made = {name: fit(those, name) for name in HEADS}
    digest = hashlib.sha256()
    for head in made.values():
        digest.update(bytes(array("b", head.weights)) + json.dumps(head[1:]).encode())
    return Heads(made, tuple(found), digest.hexdigest()[:12], frozenset(CORE))


def main(out: Path = OUT) -> None:
    """Writes heads.bin and heads.json into a folder."""
    fitted = model([one for _, one in examples()], ())
    made = fitted._replace(knots=tuple(knots(held_out() + _TIMES * support(fitted.heads["abuse"]))))
    card = {
        "version": made.version,
        "examples": len(examples()),
        "languages": sorted(made.languages),
        "calibration": made.knots,
        "heads": [
            {
                "name": name,
                "weights": len(head.weights),
                "scale": head.scale,
                "bias": head.bias,
                "evidence": head.evidence,
            }
            for name, head in made.heads.items()
        ],
    }
    out.mkdir(exist_ok=True)
    (out / "heads.bin").write_bytes(b"".join(bytes(array("b", head.weights)) for head in made.heads.values()))
    (out / "heads.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    print(f"{len(examples())} examples, version {made.version}")  # noqa: T201


if __name__ == "__main__":
    main(*(Path(one) for one in sys.argv[1:2]))

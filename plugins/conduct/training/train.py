"""Trains the heads and the calibration: `python -m training.train`.

Reads the halves for tuning only, but all of the plugin's own messages, needs nothing beyond the standard library, and
writes the same bytes every time.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
from array import array
from pathlib import Path
from typing import NamedTuple

from careengine_conduct import read
from careengine_conduct.detect import views
from careengine_conduct.heads import SIZE, Head, Heads, features

from training.corpora import Row, rows

OUT = Path(__file__).parent.parent / "careengine_conduct" / "model"
HEADS = ("abuse", "targeted_insult", "threat", "sexual_harassment", "hate_slur", "degrading")
EPOCHS, RATE, DECAY = 16, 0.7, 1e-4
DIGITS = 6
_BENIGN = 3  # one in so many of the bank's questions, so that they do not drown the rest
_SHORT = 300  # letters of a forum comment; longer ones talk to many people
_STEP = 0.05
_LEAST = 25  # messages behind a knot of the calibration


class Example(NamedTuple):
    """Places of features, and what holds; None where the set does not say."""

    places: list[int]
    truth: dict[str, bool]


def examples() -> list[Example]:
    """All examples, in an order that only depends on their texts."""
    found = {
        row.text: truth
        for name in SOURCES
        for row in rows(name)
        if (name == "own" or row.half == "tune") and (truth := SOURCES[name](row))
    }
    ordered = sorted(found, key=lambda text: hashlib.sha256(text.encode("utf-8", "replace")).digest())
    return [Example(features(seen[0][1]), found[text]) for text in ordered if (seen := views(text))]


def _own(row: Row) -> dict[str, bool]:
    truth = {"abuse": row.abusive}
    if row.category in HEADS or not row.abusive:
        truth |= {head: row.abusive and row.category == head for head in HEADS[1:]}
    return truth


def _any(row: Row) -> dict[str, bool]:
    return {"abuse": row.abusive} if row.abusive else dict.fromkeys(HEADS, False)


def _bank(row: Row) -> dict[str, bool]:
    return dict.fromkeys(HEADS, False) if hashlib.sha256(row.text.encode()).digest()[1] % _BENIGN == 0 else {}


def _forum(row: Row) -> dict[str, bool]:
    """Insults right after a word for you; comments in which nobody saw any are the other side."""
    if len(row.text) > _SHORT:
        return {}
    if not row.spans:
        return {"abuse": False, "targeted_insult": False}
    near = [row.text.lower()[max(0, start - 20) : start].split() for start, _ in row.spans]
    return {"abuse": True, "targeted_insult": True} if any("you" in words for words in near) else {}


SOURCES = {"own": _own, "convabuse": _any, "banking77": _bank, "civil": _forum}


def fit(those: list[Example], name: str) -> tuple[list[float], float]:
    """Weights and bias of one head: logistic regression, one example at a time, rare truths weighing more."""
    mine = [(one.places, one.truth[name]) for one in those if name in one.truth]
    share = sum(truth for _, truth in mine) / len(mine)
    weights, bias = [0.0] * SIZE, math.log(share / (1 - share))
    for epoch in range(EPOCHS):
        rate = RATE / (1 + epoch)
        for places, truth in mine:
            norm = math.sqrt(len(places) or 1)
            total = sum(weights[place] for place in places) / norm + bias
            wrong = (1.0 if truth else 0.0) - 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
            step = rate * wrong * norm / math.sqrt(len(places) or 1)
            for place in places:
                weights[place] += step - DECAY * weights[place]
            bias += 0.02 * rate * wrong
    return weights, bias


def quantised(weights: list[float], bias: float) -> Head:
    """The head in whole numbers."""
    scale = round(max(abs(weight) for weight in weights) / 127, DIGITS)
    return Head(
        array("b", [max(-127, min(127, round(weight / scale))) for weight in weights]), scale, round(bias, DIGITS)
    )


def knots(found: Heads) -> list[tuple[float, float]]:
    """What share is abusive at each score, made to rise, from the plugin's own, support and agents' messages."""
    pairs = sorted(
        (read(row.text, model=found).raw, row.abusive)
        for name in ("own", "support", "convabuse", "banking77")
        for row in rows(name)
        if row.half == "tune"
    )
    blocks = _rising(_binned(pairs))
    ends = [(0.0, blocks[0][1]), *blocks, (1.0, blocks[-1][1])]
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


def main(out: Path = OUT) -> None:
    """Writes heads.bin and heads.json into a folder."""
    those = examples()
    made = {name: quantised(*fit(those, name)) for name in HEADS}
    weights = b"".join(bytes(array("b", head.weights)) for head in made.values())
    version = hashlib.sha256(weights).hexdigest()[:12]
    found = Heads(made, ((0.0, 0.0), (1.0, 1.0)), version)
    card = {
        "version": version,
        "examples": len(those),
        "calibration": knots(found),
        "heads": [{"name": name, "scale": head.scale, "bias": head.bias} for name, head in made.items()],
    }
    out.mkdir(exist_ok=True)
    (out / "heads.bin").write_bytes(weights)
    (out / "heads.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    print(f"{len(those)} examples, version {version}")  # noqa: T201


if __name__ == "__main__":
    main(*(Path(one) for one in sys.argv[1:2]))

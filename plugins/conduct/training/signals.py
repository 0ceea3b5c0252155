"""How well the signals that are no conduct are heard: `python -m training.signals`.

Forms were written with an eye on the messages of `signals.tune.jsonl` only; one author wrote both files, told to vary.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from careengine_conduct import read
from careengine_conduct.signals import HEARD, told

from training.corpora import HALVES
from training.measure import precision_recall

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EVERY = "all"


class Message(NamedTuple):
    """A message, its language and the signals that a reader would hear in it."""

    text: str
    language: str
    signals: frozenset[str]


def messages(half: str) -> Iterator[Message]:
    """Those of `tune` or `held-out`."""
    for line in Path(__file__).with_name(f"signals.{half}.jsonl").read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        yield Message(one["text"], one["lang"], frozenset(one["signals"]))


def figures(half: str) -> Mapping[tuple[str, str], tuple[float, float, float]]:
    """Precision, recall and F1 of each signal, in each language and in all together."""
    pairs: dict[tuple[str, str], list[tuple[bool, bool]]] = defaultdict(list)
    for text, language, signals in messages(half):
        heard = told(read(text))
        for name in HEARD:
            for where in (EVERY, language):
                pairs[name, where].append((heard[name] is True, name in signals))
    return {key: precision_recall(those) for key, those in pairs.items()}


def main() -> int:
    """Prints a line for each signal."""
    for half in HALVES:
        found = figures(half)
        places = sorted({where for _, where in found})
        print(f"{half:16}{''.join(f'{where:>12}' for where in places)}")  # noqa: T201  a script's answer
        for name in HEARD:
            shown = (found[name, where] for where in places)
            print(f"  {name:14}{''.join(f'{precision:7.2f}{recall:5.2f}' for precision, recall, _ in shown)}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())

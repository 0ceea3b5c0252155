"""How well need and the other signals that are no conduct are heard: `python -m training.signals`.

Forms were written with an eye on the messages of `signals.tune.jsonl` and `needs.tune.jsonl` only; their authors were
told to vary, and wrote the halves that are held out, too.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from careengine_conduct import read
from careengine_conduct.reading import VULNERABLE
from careengine_conduct.signals import HEARD, told

from training.corpora import HALVES
from training.measure import precision_recall

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EVERY = "all"
SETS = {"signals": HEARD, "needs": VULNERABLE}


class Message(NamedTuple):
    """A message, its language and those signals of its set that a reader would hear in it; of needs the most urgent."""

    text: str
    language: str
    signals: frozenset[str]


def messages(name: str, half: str) -> Iterator[Message]:
    """Those of a set's half, `tune` or `held-out`."""
    for line in Path(__file__).with_name(f"{name}.{half}.jsonl").read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        yield Message(one["text"], one["lang"], frozenset(one["signals"]))


def figures(name: str, half: str) -> Mapping[tuple[str, str], tuple[float, float, float]]:
    """Precision, recall and F1 of each signal of a set, in each language and in all together."""
    pairs: dict[tuple[str, str], list[tuple[bool, bool]]] = defaultdict(list)
    for text, language, signals in messages(name, half):
        heard = told(read(text))
        for one in SETS[name]:
            for where in (EVERY, language):
                pairs[one, where].append((heard.get(one, heard["vulnerability"] == one) is True, one in signals))
    return {key: precision_recall(those) for key, those in pairs.items()}


def main() -> int:
    """Prints a line for each signal."""
    for name, half in product(SETS, HALVES):
        found = figures(name, half)
        places = sorted({where for _, where in found})
        print(f"{half:16}{''.join(f'{where:>12}' for where in places)}")  # noqa: T201  a script's answer
        for one in SETS[name]:
            shown = (found[one, where] for where in places)
            print(f"  {one:14}{''.join(f'{precision:7.2f}{recall:5.2f}' for precision, recall, _ in shown)}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())

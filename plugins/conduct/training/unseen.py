"""How well messages are read by what was made without their like: `python -m training.unseen [author | set ...]`.

The most honest figures that can be had of what the heads learn from. The plugin's own messages are read with heads and
lists of words made without their author, by name; those of the other sets with heads made without a fifth of the set,
in turns. Rules were mended for messages of the author `first` only.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from careengine_conduct import read
from careengine_conduct.heads import heads
from careengine_conduct.language import CORE, core

from training.corpora import Row, bare, rows
from training.measure import Read, best_f1, precision_recall
from training.train import FOLDS, dealt, examples, model
from training.words import hard_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from training.train import Example

OTHERS = ("convabuse", "participants")
_LEAST = 0.9  # precision at which the F1 of a score is told


def of_author(author: str) -> Iterator[Read]:
    """The author's messages, read by what was made without them; the calibration is the one that is shipped."""
    made = model([one for row, one in examples() if row.author != author], heads().knots)
    languages = [replace(core(code), hard=frozenset(hard_words(code, author))) for code in CORE]
    for row in rows("own"):
        if row.author == author:
            yield Read(row, read(row.text, languages=languages, model=made))


def of_set(name: str) -> Iterator[Read]:
    """The messages of another set, each read by heads that have not learnt from its fold."""
    theirs = {bare(row.text) for row in rows(name)}

    def kept(row: Row, fold: int) -> bool:
        return bare(row.text) not in theirs or dealt(row.text) != fold

    for fold in range(FOLDS):
        those: list[Example] = [one for row, one in examples() if kept(row, fold)]
        made = model(those, heads().knots)
        yield from (Read(row, read(row.text, model=made)) for row in rows(name) if dealt(row.text) == fold)


def report(name: str, those: Sequence[Read]) -> str:
    """Lines of figures: what was flagged of what, over all and by category."""
    precision, recall, f1 = precision_recall((one.flagged, one.row.abusive) for one in those)
    harmless = [one.flagged for one in those if not one.row.abusive] or [False]
    by_kind: dict[str, list[bool]] = defaultdict(list)
    for one in those:
        by_kind[f"{'+' if one.row.abusive else '-'}{one.row.category}"].append(one.flagged)
    kinds = "  ".join(f"{kind} {sum(found) / len(found):.3f}" for kind, found in sorted(by_kind.items()))
    scored = best_f1(those, _LEAST)
    figures = f"precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}, by score at {_LEAST} {scored:.3f}"
    wrong = sum(harmless) / len(harmless)
    return f"{name} ({len(those)}): {figures}, harmless flagged {wrong:.4f}\n    {kinds}"


def main(names: Sequence[str]) -> None:
    """Prints the figures of the authors and sets that are named, or of all, and of all authors together."""
    everything: list[Read] = []
    for name in names or [*sorted({row.author for row in rows("own")}), *OTHERS]:
        found = list(of_set(name) if name in OTHERS else of_author(name))
        everything += [] if name in OTHERS else found
        print(report(name, found), flush=True)  # noqa: T201
    for language in sorted({one.row.language for one in everything}):
        print(report(f"all {language}", [one for one in everything if one.row.language == language]))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])

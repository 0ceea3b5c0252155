"""Measures the detector on the labelled sets: `python -m training.measure [set ...]`.

Every set is shown in two halves. Rules are written with an eye on `tune` only. What the heads learn from is measured by
`training.unseen`.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from careengine_conduct import Reading, read

from training.corpora import HALVES, NoDataError, Row, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_BINS = 10


class Read(NamedTuple):
    """A row with what was read in it."""

    row: Row
    reading: Reading

    @property
    def flagged(self) -> bool:
        """Whether conduct was found."""
        return self.reading.severity > 0


Figures = list[tuple[str, float]]


def precision_recall(pairs: Iterable[tuple[bool, bool]]) -> tuple[float, float, float]:
    """Precision, recall and F1 of pairs of (flagged, abusive)."""
    counts = Counter(pairs)
    hit, wrong, missed = counts[(True, True)], counts[(True, False)], counts[(False, True)]
    precision = hit / (hit + wrong) if hit + wrong else 1.0
    recall = hit / (hit + missed) if hit + missed else 1.0
    return precision, recall, 2 * precision * recall / (precision + recall or 1)


def best_f1(those: Sequence[Read], least: float) -> float:
    """The best F1 over all thresholds on the score whose precision is at least so much."""
    best = 0.0
    for threshold in sorted({one.reading.score for one in those} - {0.0}):
        precision, _, f1 = precision_recall((one.reading.score >= threshold, one.row.abusive) for one in those)
        if precision >= least:
            best = max(best, f1)
    return best


def calibration_error(those: Sequence[tuple[float, bool]]) -> float:
    """The mean distance between confidence and truth, over ten equal bins."""
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for confidence, truth in those:
        bins[min(int(confidence * _BINS), _BINS - 1)].append((confidence, truth))
    gaps = (abs(sum(confidence for confidence, _ in one) - sum(truth for _, truth in one)) for one in bins.values())
    return sum(gaps) / len(those) if those else 0.0


def _plain(those: Sequence[Read]) -> Figures:
    precision, recall, f1 = precision_recall((one.flagged, one.row.abusive) for one in those)
    return [("precision", precision), ("recall", recall), ("F1", f1)]


def _messages(those: Sequence[Read]) -> Figures:
    figures = _calibrated(those)
    for language in sorted({one.row.language for one in those}):
        precision, recall, _ = precision_recall(
            (one.flagged, one.row.abusive) for one in those if one.row.language == language
        )
        figures += [(f"{language} precision", precision), (f"{language} recall", recall)]
    for category in sorted({one.row.category for one in those}):
        here = [one.flagged for one in those if one.row.category == category]
        figures.append((f"{category}: flagged", sum(here) / len(here)))
    return figures


def _calibrated(those: Sequence[Read]) -> Figures:
    pairs = [(one.reading.score, one.row.abusive) for one in those]
    return [*_plain(those), ("calibration error", calibration_error(pairs))]


def _flagged(those: Sequence[Read]) -> Figures:
    return [("flagged", sum(one.flagged for one in those) / len(those))]


def _by_category(those: Sequence[Read]) -> Figures:
    figures = []
    for category in sorted({one.row.category for one in those}):
        for abusive in (False, True):
            here = [one.flagged for one in those if one.row.category == category and one.row.abusive is abusive]
            if here:
                word = "abusive" if abusive else "harmless"
                figures.append((f"{category or 'none'} {word}: flagged", sum(here) / len(here)))
    return figures


def _evidence(those: Sequence[Read]) -> Figures:
    return [
        ("character F1 of evidence, all comments with spans", _span_f1([one for one in those if one.row.spans])),
        ("character F1 of evidence, comments flagged", _span_f1([one for one in those if one.flagged])),
    ]


def _span_f1(those: Sequence[Read]) -> float:
    scores = []
    for row, reading in those:
        gold = {at for start, end in row.spans for at in range(start, end)}
        found = {
            at
            for finding in reading.findings
            if finding.category != "profanity"
            for span in finding.spans
            for at in range(span.start, span.end)
        }
        both = len(gold & found)
        scores.append(2 * both / (len(gold) + len(found)) if gold or found else 1.0)
    return sum(scores) / len(scores) if scores else 1.0


MEASURES: dict[str, Callable[[Sequence[Read]], Figures]] = {
    "support": _messages,
    "banking77": _flagged,
    "civil": _evidence,
    "templates": _by_category,
    "moderation": _plain,
    "surge": _plain,
    "germeval": _by_category,
    "hatemoji": _plain,
    "edos": _plain,
}


def measure(name: str) -> dict[str, Figures]:
    """The figures of a set for each half. Raises NoDataError."""
    those = [Read(row, read(row.text)) for row in rows(name)]
    return {half: MEASURES[name]([one for one in those if one.row.half == half]) for half in HALVES}


def main(names: Sequence[str]) -> int:
    """Prints the figures of the sets that are named, or of all."""
    for name in names or MEASURES:
        try:
            halves = measure(name)
        except NoDataError as missing:
            print(f"{name}: not measured: {missing}")  # noqa: T201  a script's answer
            continue
        print(f"{name:48}{'tune':>9}{'held-out':>9}")  # noqa: T201
        other = dict(halves["held-out"])
        for figure, value in halves["tune"]:
            held = f"{other[figure]:9.3f}" if figure in other else ""
            print(f"  {figure:46}{value:9.3f}{held}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Who is marked for being named: harmless sentences flagged, by identity term: `python -m training.identity`.

Counts over sentences that name an identity kindly, in frames of our own and, where it is there, in the labelled set.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from typing import TYPE_CHECKING

from careengine_conduct import read

from training.corpora import NoDataError, rows

if TYPE_CHECKING:
    from collections.abc import Iterable

TERMS = [
    "gay",
    "lesbian",
    "bisexual",
    "transgender",
    "trans",
    "queer",
    "straight",
    "black",
    "white",
    "asian",
    "african",
    "indian",
    "pakistani",
    "chinese",
    "mexican",
    "arab",
    "polish",
    "romanian",
    "turkish",
    "jewish",
    "muslim",
    "christian",
    "hindu",
    "sikh",
    "buddhist",
    "catholic",
    "deaf",
    "blind",
    "disabled",
    "autistic",
    "old",
    "young",
    "elderly",
    "female",
    "male",
    "nonbinary",
    "roma",
    "immigrant",
    "foreign",
    "irish",
    "american",
    "nigerian",
]
FRAMES = (
    "I am {}",
    "My son is {}",
    "You are {}",
    "Are you {}?",
    "You people are so kind to {} customers",
    "I'm a {} customer and I would like a refund",
    "As a {} person I need help with the form",
    "The {} man at the counter was lovely",
    "Is there a {} doctor I can see?",
    "My {} neighbour has the same contract",
    "We are a {} couple and want a double room",
    "Your advert with the {} family is brilliant",
    "I am {} and I am sick of waiting",
    "why are there no {} people in your adverts?",
    "I hate how you treat {} people",
)
_WORD = re.compile(r"[a-z]+")


def sentences() -> Iterable[tuple[str, str]]:
    """Terms, each with a harmless sentence that names it."""
    yield from ((term, frame.format(term)) for term in TERMS for frame in FRAMES)
    try:
        kind = [row.text for row in rows("templates") if not row.abusive]
    except NoDataError as missing:
        print(f"without: {missing}", file=sys.stderr)  # noqa: T201  a script's answer
        return
    for text in kind:
        yield from ((term, text) for term in {*_WORD.findall(text.lower())} & {*TERMS})


def counted() -> dict[str, tuple[int, int]]:
    """By term, how many harmless sentences name it and how many of them are flagged."""
    all_of, flagged = Counter[str](), Counter[str]()
    seen: dict[str, bool] = {}
    for term, text in sentences():
        if text not in seen:
            seen[text] = read(text).severity > 0
        all_of[term] += 1
        flagged[term] += seen[text]
    return {term: (all_of[term], flagged[term]) for term in TERMS}


def main() -> None:
    """Prints the table."""
    print("| term | sentences | flagged |\n|---|---|---|")  # noqa: T201
    for term, (number, wrong) in counted().items():
        print(f"| {term} | {number:,} | {wrong} |")  # noqa: T201


if __name__ == "__main__":
    main()

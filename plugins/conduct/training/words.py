"""Makes the lists of hard words: `python -m training.words`. Those that stand in abuse more often than elsewhere.

Reads the plugin's own messages only. A hard word is evidence, not conduct: see `careengine_conduct/addressed.py`.
"""

from __future__ import annotations

import json
import math
import textwrap
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import careengine_conduct
from careengine_conduct.detect import views
from careengine_conduct.language import CORE, HARD, core

from training.corpora import rows

if TYPE_CHECKING:
    from careengine_conduct.language import Language
    from careengine_conduct.view import View

_LEAST = 2  # messages
_RARE = 500  # harmless messages or more to one with the word
_MORE = 0.5  # the logarithm of how much more often, at least
_NAMES = frozenset({"identity", "identity_pl", "group_pl", "country", "kin", "staff", "service"})
_WIDE = 110


def hard_words(code: str, without: str = "") -> list[str]:
    """The hard words of a language, in order: letters only, no names and no words for who somebody is.

    `without` is an author whose messages are left out.
    """
    counts: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    totals: Counter[bool] = Counter()
    named: Counter[str] = Counter()
    known = core(code)
    for row in rows("own"):
        if row.language != code or row.author == without or not (seen := views(row.text, languages=[known])):
            continue
        view = seen[0][1]
        totals[row.abusive] += 1
        counts[row.abusive].update(set(view.words))
        named.update(_named(row.text, view, known))
    return sorted(
        word
        for word, count in counts[True].items()
        if count >= _LEAST
        and counts[False][word] * _RARE < totals[False]
        and word.isalpha()
        and word not in known.people
        and word not in known.hints
        and _NAMES.isdisjoint(known.vocabulary.get(word, ()))
        and named[word] * 2 < count
        and math.log(count / totals[True]) - math.log((counts[False][word] + 0.5) / totals[False]) >= _MORE
    )


def _named(text: str, view: View, language: Language) -> set[str]:
    """Words after a title, and those with a capital letter, which in German says nothing."""
    capital = language.code != "de"
    return {
        word
        for at, word in enumerate(view.words)
        if view.words[at - 1] in language.titles or (capital and _has_capital(text, view.starts[at]))
    }


def _has_capital(text: str, start: int) -> bool:
    """Whether a capital letter stands there that is not the sentence's first, in a text that has small ones."""
    before = text[:start].rstrip()
    return text[start : start + 1].isupper() and not text.isupper() and bool(before) and before[-1] not in ".!?:\n\"'"


def main() -> None:
    """Writes `hard.json` of each language."""
    for code in CORE:
        words = hard_words(code)
        path = Path(careengine_conduct.__file__).parent / "languages" / code / f"{HARD}.json"
        lines = textwrap.wrap(" ".join(words), _WIDE, break_long_words=False, break_on_hyphens=False)
        path.write_text(json.dumps({HARD: lines}, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        print(f"{code}: {len(words)} hard words")  # noqa: T201


if __name__ == "__main__":
    main()

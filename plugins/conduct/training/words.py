"""Makes the lists of hard words: `python -m training.words`. Those that stand in abuse more often than elsewhere.

Reads the plugin's own messages only. A hard word is evidence, not conduct: see `careengine_conduct/addressed.py`.
"""

from __future__ import annotations

import json
import math
import textwrap
from collections import Counter
from pathlib import Path

import careengine_conduct
from careengine_conduct.addressed import is_name
from careengine_conduct.detect import views
from careengine_conduct.language import CORE, HARD, core

from training.corpora import rows
from training.identity import TERMS

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
        named.update({word for at, word in enumerate(view.words) if is_name(row.text, view, known, at)})
    return sorted(
        word
        for word, count in counts[True].items()
        if count >= _LEAST
        and counts[False][word] * _RARE < totals[False]
        and word.isalpha()
        and word not in known.people
        and word not in TERMS
        and word not in known.hints
        and _NAMES.isdisjoint(known.vocabulary.get(word, ()))
        and named[word] * 2 < count
        and math.log(count / totals[True]) - math.log((counts[False][word] + 0.5) / totals[False]) >= _MORE
    )


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

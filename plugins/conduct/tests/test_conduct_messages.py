"""The plugin's own labelled messages are sound, and the detector, which has learnt from them, knows them."""

from __future__ import annotations

import math
import sys
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pytest
from careengine_conduct import read

sys.path.insert(0, str(Path(__file__).parent.parent))

from training.corpora import MESSAGES, NoDataError, Row, bare, rows

ABUSIVE = {"targeted_insult", "threat", "sexual_harassment", "hate_slur", "degrading", "obfuscated"}
HARMLESS = {
    *("angry", "criticism", "dialect", "distress", "identity", "legal_churn", "lookalike", "neutral", "nonnative"),
    *("praise", "product_profanity", "reclaimed", "reporting", "self"),
}
_LONG, _ALIKE = 6, 0.8  # words, and the share of them that two messages have in common
FILES = sorted(MESSAGES.glob("*/*.txt"))


@cache
def flagged() -> list[tuple[Row, bool]]:
    return [(row, read(row.text).severity > 0) for row in rows("own")]


def test_there_are_enough_and_they_are_spread() -> None:
    those = list(rows("own"))
    languages = Counter(one.language for one in those)
    assert set(languages) == {"en", "es", "de", "fr"}
    assert min(languages.values()) >= 5000
    categories = Counter(one.category for one in those)
    assert min(categories[name] for name in ABUSIVE | HARMLESS) >= 14
    assert 0.3 < sum(one.abusive for one in those) / len(those) < 0.65


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_each_file_is_a_category_in_a_language_and_each_line_a_message(path: Path) -> None:
    category, language = path.stem.split(".")
    assert category in ABUSIVE | HARMLESS | {"mixed"}
    assert language in ("en", "es", "de", "fr")
    for line in path.read_text("utf-8").splitlines():
        assert line[:2] in ("+ ", "- ")
        assert line[2:] == " ".join(line[2:].split()) != ""
        assert line[0] == "-" or category in ABUSIVE | {"mixed"}


def test_none_is_there_twice() -> None:
    often = Counter(bare(one.text) for one in rows("own"))
    assert [text for text, count in often.items() if count > 1] == []


def test_no_author_has_nearly_what_another_has() -> None:
    """Or else what is told of an author's messages, read by heads made without them, would be too good."""
    those = [(row, words) for row in rows("own") if len(words := frozenset(bare(row.text).split())) >= _LONG]
    often = Counter(word for _, words in those for word in words)
    with_word: dict[str, list[tuple[Row, frozenset[str]]]] = defaultdict(list)
    alike = []
    for row, words in those:
        rarest = sorted(words, key=lambda word: (often[word], word))
        # Two that are so alike have one of each other's rarest words in common.
        for word in rarest[: len(words) - math.ceil(_ALIKE * len(words)) + 1]:
            alike += [
                (other.text, row.text)
                for other, theirs in with_word[word]
                if other.author != row.author and len(words & theirs) >= _ALIKE * len(words | theirs)
            ]
            with_word[word].append((row, words))
    assert alike == []


def test_no_message_to_a_support_desk_stands_among_them() -> None:
    """They are what the reading is measured with."""
    try:
        support = {bare(row.text) for row in rows("support")}
    except NoDataError as missing:
        pytest.skip(str(missing))
    assert [row.text for row in rows("own") if bare(row.text) in support] == []


@pytest.mark.parametrize(("language", "sure"), [("en", 0.93), ("es", 0.95), ("de", 0.96), ("fr", 0.96)])
def test_precision_and_recall_hold(language: str, sure: float) -> None:
    pairs = Counter((found, row.abusive) for row, found in flagged() if row.language == language)
    hit, wrong, missed = pairs[(True, True)], pairs[(True, False)], pairs[(False, True)]
    assert hit / (hit + wrong) >= sure
    assert hit / (hit + missed) >= 0.68


def test_threats_are_found() -> None:
    found = [one for row, one in flagged() if row.category == "threat" and row.abusive]
    assert sum(found) / len(found) >= 0.7


def test_anger_is_never_punished() -> None:
    wrong = [row.text for row, found in flagged() if found and not row.abusive]
    harmless = sum(not row.abusive for row, _ in flagged())
    assert len(wrong) / harmless <= 0.02, wrong[:50]

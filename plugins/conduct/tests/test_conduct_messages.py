"""The plugin's own labelled messages are sound, and the detector does on them what the guide says."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from careengine_conduct import read

FOLDER = Path(__file__).parent.parent / "messages"
ABUSIVE = {"targeted_insult", "threat", "sexual_harassment", "hate_slur", "degrading", "obfuscated"}
HARMLESS = {
    *("angry", "criticism", "dialect", "distress", "identity", "legal_churn", "lookalike", "neutral", "nonnative"),
    *("praise", "product_profanity", "reclaimed", "reporting", "self"),
}
FILES = sorted(FOLDER.glob("*.jsonl"))
MESSAGES: list[dict[str, Any]] = [json.loads(line) for path in FILES for line in path.read_text("utf-8").splitlines()]


def words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.lower()))


def test_there_are_enough_and_they_are_spread() -> None:
    assert len(MESSAGES) >= 2000
    languages = Counter(one["lang"] for one in MESSAGES)
    assert set(languages) == {"en", "es", "de", "fr"}
    assert min(languages.values()) >= 150
    categories = Counter(one["category"] for one in MESSAGES)
    assert min(categories[name] for name in ABUSIVE | HARMLESS) >= 14
    assert 0.35 < sum(one["abusive"] for one in MESSAGES) / len(MESSAGES) < 0.65


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_is_labelled_and_in_its_file(path: Path) -> None:
    for line in path.read_text("utf-8").splitlines():
        one = json.loads(line)
        assert set(one) == {"text", "abusive", "category", "lang"}
        assert path.stem == f"{one['lang']}-{one['category']}"
        assert one["text"] == one["text"].strip() != ""
        if one["category"] != "mixed":
            assert one["abusive"] is (one["category"] in ABUSIVE)
            assert one["category"] in ABUSIVE | HARMLESS


def test_none_is_there_twice_or_nearly() -> None:
    by_word: dict[str, list[int]] = {}
    sets = [words(one["text"]) for one in MESSAGES]
    near = []
    for at, those in enumerate(sets):
        others = Counter(other for word in those for other in by_word.get(word, ()))
        near += [
            (MESSAGES[other]["text"], MESSAGES[at]["text"])
            for other, both in others.items()
            if len(those) >= 4 and both / len(those | sets[other]) > 0.8
        ]
        for word in those:
            by_word.setdefault(word, []).append(at)
    assert len({one["text"] for one in MESSAGES}) == len(MESSAGES)
    assert near == []


@pytest.mark.parametrize("language", ["en", "es", "de", "fr"])
def test_precision_and_recall_hold(language: str) -> None:
    pairs = Counter((read(one["text"]).severity > 0, one["abusive"]) for one in MESSAGES if one["lang"] == language)
    hit, wrong, missed = pairs[(True, True)], pairs[(True, False)], pairs[(False, True)]
    assert hit / (hit + wrong) >= 0.97
    assert hit / (hit + missed) >= 0.9


def test_threats_are_found() -> None:
    found = [read(one["text"]).severity > 0 for one in MESSAGES if one["category"] == "threat"]
    assert sum(found) / len(found) >= 0.92


def test_anger_is_never_punished() -> None:
    wrong = [one["text"] for one in MESSAGES if not one["abusive"] and read(one["text"]).severity > 0]
    harmless = sum(not one["abusive"] for one in MESSAGES)
    assert len(wrong) / harmless <= 0.02, wrong

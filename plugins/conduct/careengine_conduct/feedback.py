"""What reviews say of the signals: redacted lines to train on, and precision by language, category and rule."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Literal

from careengine_conduct.fold import fold
from careengine_conduct.tokens import tokenise
from careengine_conduct.unmask import unmask

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from careengine_conduct.language import Language

_HIDDEN = "…"
DOUBTFUL = "doubtful"  # no conduct, and a person was to look at it all the same
_TOLD = ("language", "category", "kind", "severity", "confidence", "target", "guards", "model")
_NO_CONDUCT = "complaint"  # excused because of it, the words were no conduct in the first place

Row = dict[str, str | int | float]


def judged(reviews: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """The reviews of what the signals showed as conduct or as doubtful, each with the signals."""
    for review in reviews:
        signals = review["signals"].get("conduct", {})
        if signals.get("category", "none") != "none":
            yield review, signals
        elif signals.get("needs_review"):
            yield review, {**signals, "category": DOUBTFUL}


def lines(reviews: Iterable[Mapping[str, Any]], languages: Sequence[Language]) -> Iterator[dict[str, Any]]:
    """A line for each review: what was shown, what a person made of it, and the marked words, redacted.

    No line says who wrote it, to whom, when or where.
    """
    by_code = {one.code: one for one in languages}
    for review, signals in judged(reviews):
        language = by_code.get(str(signals.get("language")))
        said = {"verdict": review["verdict"], "because_of": review["because_of"]}
        said |= {"judged_category": review["category"], "judged_severity": review["severity"]}
        marked = [[redacted(text, language), rule] for text, rule in _spans(signals)]
        yield {**{name: signals.get(name) for name in _TOLD}, **said, "spans": marked}


def redacted(text: str, language: Language | None) -> str:
    """A text of which only the words stay that the language's own lists hold; everything else is `…`.

    So no name, number or address stays, whatever it looks like. Disguised words stay as they were written.
    """
    kept: list[str] = []
    for token in unmask(tokenise(fold(text)), language) if language else ():
        known = token.kind == "word" and language is not None and token.word in language.vocabulary
        kept.append(text[token.start : token.end] if known else _HIDDEN)
    return " ".join(word for at, word in enumerate(kept) if word != _HIDDEN or kept[at - 1 : at] != [word]) or _HIDDEN


def precision(reviews: Iterable[Mapping[str, Any]]) -> dict[str, list[Row]]:
    """How often people agreed that it was conduct: `categories` by language and category, `rules` by language and rule.

    What was excused by distress or disability was conduct; what was the complaint itself was none.
    """
    categories: Counter[tuple[str, str, bool]] = Counter()
    rules: Counter[tuple[str, str, bool]] = Counter()
    for review, signals in judged(reviews):
        right = review["verdict"] != "rejected" and review["because_of"] != _NO_CONDUCT
        language = str(signals.get("language", "none"))
        categories[language, str(signals["category"]), right] += 1
        rules.update({(language, rule, right) for _, rule in _spans(signals)})
    return {"categories": _rows(categories, "category"), "rules": _rows(rules, "rule")}


def _spans(signals: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(text, rule) for _, _, text, rule in json.loads(str(signals.get("spans", "[]")))]


def _rows(counts: Counter[tuple[str, str, bool]], name: Literal["category", "rule"]) -> list[Row]:
    rows: list[Row] = []
    for language, key in sorted({(language, key) for language, key, _ in counts}):
        confirmed, reviewed = counts[language, key, True], counts[language, key, True] + counts[language, key, False]
        told: Row = {"language": language, name: key, "reviewed": reviewed, "confirmed": confirmed}
        rows.append({**told, "precision": round(confirmed / reviewed, 4)})
    return rows

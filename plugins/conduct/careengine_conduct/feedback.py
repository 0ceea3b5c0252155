"""What reviews say of the signals: redacted lines to train on, and precision by language, category and rule."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Literal

from careengine_conduct.fold import fold
from careengine_conduct.tokens import tokenise
from careengine_conduct.unmask import doubtful, unmask

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from careengine_conduct.language import Language

_HIDDEN = "…"
DOUBTFUL = "doubtful"  # no conduct, and a person was to look at it all the same
_TOLD = ("language", "category", "kind", "severity", "confidence", "target", "guards", "model")
_NO_CONDUCT = "complaint"  # excused because of it, the words were no conduct in the first place
_NEAR = 1  # steps of severity between the signal's and the reviewer's that are no disagreement
_AGREE = {  # what reviewers may call what a signal calls so; theirs are the categories of incidents
    "threat": {"threat", "violence"},
    "sexual_harassment": {"sexual"},
    "hate_slur": {"discrimination"},
    "targeted_insult": {"insult"},
    "degrading": {"insult", "harassment"},
}

Row = dict[str, str | int | float | None]
_Judgement = tuple[bool, bool | None]  # whether it was conduct; and as marked, where a reviewer said what it was


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
    tokens = tokenise(fold(text))
    for token in unmask(text, tokens, doubtful(tokens), language) if language else ():
        known = token.kind == "word" and language is not None and token.word in language.vocabulary
        kept.append(text[token.start : token.end] if known else _HIDDEN)
    return " ".join(word for at, word in enumerate(kept) if word != _HIDDEN or kept[at - 1 : at] != [word]) or _HIDDEN


def precision(reviews: Iterable[Mapping[str, Any]]) -> dict[str, list[Row]]:
    """How often people agreed: `categories` by language and category, `rules` by language and rule.

    `precision` is the share that was conduct of any kind: what was excused by distress or disability was, what was the
    complaint itself was not. `as_marked` is the share of those confirmed in which the reviewer's category agrees with
    the message's and the severity is within one step; None where nobody said what it was, or nothing was marked.
    """
    categories: Counter[tuple[str, str, _Judgement]] = Counter()
    rules: Counter[tuple[str, str, _Judgement]] = Counter()
    for review, signals in judged(reviews):
        right = review["verdict"] != "rejected" and review["because_of"] != _NO_CONDUCT
        found = right, _as_marked(review, signals)
        language = str(signals.get("language", "none"))
        categories[language, str(signals["category"]), found] += 1
        rules.update({(language, rule, found) for _, rule in _spans(signals)})
    return {"categories": _rows(categories, "category"), "rules": _rows(rules, "rule")}


def _as_marked(review: Mapping[str, Any], signals: Mapping[str, Any]) -> bool | None:
    agree, severity = _AGREE.get(str(signals["category"])), review["severity"]
    if review["verdict"] != "confirmed" or review["category"] is None or severity is None or agree is None:
        return None
    return review["category"] in agree and abs(severity - signals["severity"]) <= _NEAR


def _spans(signals: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(text, rule) for _, _, text, rule in json.loads(str(signals.get("spans", "[]")))]


def _rows(counts: Counter[tuple[str, str, _Judgement]], name: Literal["category", "rule"]) -> list[Row]:
    rows: list[Row] = []
    for language, key in sorted({(language, key) for language, key, _ in counts}):
        said = {found: count for (*at, found), count in counts.items() if at == [language, key]}
        reviewed, confirmed = sum(said.values()), sum(count for (right, _), count in said.items() if right)
        as_marked, otherwise = said.get((True, True), 0), said.get((True, False), 0)
        told: Row = {"language": language, name: key, "reviewed": reviewed, "confirmed": confirmed}
        told["precision"] = round(confirmed / reviewed, 4)
        told["as_marked"] = round(as_marked / (as_marked + otherwise), 4) if as_marked + otherwise else None
        rows.append(told)
    return rows

"""A reading as the flat signals that rules can test."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from careengine_conduct.reading import VULNERABLE

if TYPE_CHECKING:
    from careengine_conduct.reading import Reading, Span
    from careengine_conduct.second import Opinion

HEARD = ("frustration", "effort", "churn", "legal", "press", "human", "compliment")
_SURE = 0.5
_SPANS = 20  # told; the first ones show a reviewer where to look

Signals = dict[str, str | int | float | bool]


def told(reading: Reading, second: Opinion | None = None) -> Signals:
    """The signals of a reading. `category`, `target` and `vulnerability` are `none` when there is nothing.

    A `second` opinion can bring a message before a person, never make conduct of it; `second_opinion` says whether it
    was given, came too late or failed, and `none` where nobody was asked.

    `spans` is JSON: a list of `[start, end, text, rule]`, for each place the gravest rule that was found there. Rules
    test the rest; the spans are for whoever decides.
    """
    kinds = [kind for kind in VULNERABLE if reading.heard.get(kind, 0.0) >= _SURE]
    heard: Signals = {name: reading.heard.get(name, 0.0) >= _SURE for name in HEARD}
    return {
        "category": reading.category or "none",
        "kind": reading.kind or "none",
        "severity": reading.severity,
        "confidence": reading.confidence,
        "target": reading.target or "none",
        "needs_review": reading.needs_review or (second is not None and _doubts(reading, second)),
        "score": max(reading.score, second.score if second else 0.0),
        "second_opinion": second.state if second else "none",
        "spans": _spans(reading),
        "guards": " ".join(reading.guards),
        "profanity": any(one.category == "profanity" for one in reading.findings),
        "criticism": any(one.category == "criticism" for one in reading.findings),
        "sentiment": _sentiment(reading),
        **heard,
        "vulnerability": kinds[0] if kinds else "none",
        "care_first": bool(kinds),
        "language": reading.languages[0] if reading.languages else "none",
        "model": reading.model,
    }


def _doubts(reading: Reading, second: Opinion) -> bool:
    """Whether the second opinion speaks of abuse where no rule found any."""
    return reading.severity == 0 and second.score >= _SURE


def _spans(reading: Reading) -> str:
    shown: dict[tuple[int, int], Span] = {}
    for one in sorted(reading.findings, key=lambda one: (-one.severity, -one.confidence)):
        for span in one.spans if one.is_conduct else ():
            shown.setdefault((span.start, span.end), span)
    found = [[*place, shown[place].text, shown[place].rule] for place in sorted(shown)]
    return json.dumps(found[:_SPANS], separators=(",", ":"))  # escapes what no JSON reader could carry


def _sentiment(reading: Reading) -> float:
    """From -1 to 1: what was praised against what was complained of."""
    good = reading.heard.get("compliment", 0.0)
    bad = max(reading.heard.get("frustration", 0.0), reading.confidence)
    return round(good - bad, 4)

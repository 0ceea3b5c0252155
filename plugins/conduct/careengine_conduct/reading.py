"""What was read in a message."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# The categories of conduct, each with the severity that it has where no rule says another.
CONDUCT: Mapping[str, int] = {
    "targeted_insult": 2,
    "threat": 4,
    "sexual_harassment": 3,
    "hate_slur": 3,
    "degrading": 2,
}
VULNERABLE = ("self_harm", "domestic_abuse", "bereavement", "illness", "hardship")  # the most urgent first
HINT = "hint"  # the kind of what may well be meant harmlessly; the heads say whether it is anything
FLAGGED_FROM = 0.7
REVIEWED_FROM = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Evidence: `text` is what stands from `start` to `end` in the message; `rule` found it."""

    start: int
    end: int
    text: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a rule found, after guards.

    `severity` 0 (profanity, criticism) is never conduct. `confidence` is from 0 to 1; `target` is addressee, staff,
    group, third_party or unknown, with severity 0 company, product or self, too; `guards` lowered the confidence and
    say why.
    """

    category: str
    kind: str
    severity: int
    confidence: float
    target: str
    rule: str
    spans: tuple[Span, ...]
    guards: tuple[str, ...] = ()

    @property
    def is_conduct(self) -> bool:
        """Whether it is abuse of a person, sure enough to be shown as such."""
        return self.severity > 0 and self.confidence >= FLAGGED_FROM


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Everything found in one message.

    `category` is empty and `severity` 0 when no conduct was found; `target` then is what swearing or criticism is
    about, empty without either. `score` orders a review queue, from 0 to 1; it never makes conduct of what no rule has
    found. `confidence` and `score` are calibrated, `raw` is the score before that.
    `heard` holds the other signals by name.
    """

    category: str = ""
    kind: str = ""
    severity: int = 0
    confidence: float = 0.0
    target: str = ""
    needs_review: bool = False
    score: float = 0.0
    raw: float = 0.0
    findings: tuple[Finding, ...] = ()
    heard: Mapping[str, float] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    model: str = ""

    @property
    def spans(self) -> tuple[Span, ...]:
        """The evidence of the conduct that was found, in the order of the message."""
        found = {span for one in self.findings if one.is_conduct for span in one.spans}
        return tuple(sorted(found, key=lambda span: (span.start, span.end, span.rule)))

    @property
    def guards(self) -> tuple[str, ...]:
        """The contexts that lowered a confidence, each once."""
        return tuple(dict.fromkeys(guard for one in self.findings for guard in one.guards))

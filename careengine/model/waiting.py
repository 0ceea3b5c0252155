"""The questions how something that a person was asked stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Asks for the state and the role of a task, by its id: `{"state": "open", "role": "team-lead"}`."""

    task: str

    @property
    def key(self) -> str:
        """Such as `asked(t_1f00)`."""
        return f"asked({self.task})"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReview:
    """Asks whether a person was asked by a guard, such as `loop-guard`, to look at a case and has not answered yet.

    `source` is the CRM that numbers the case.
    """

    by: str
    customer: str
    source: str
    case: str

    @property
    def key(self) -> str:
        """Such as `open_review(loop-guard C-1 demo/T-1)`."""
        return f"open_review({self.by} {self.customer} {self.source}/{self.case})"

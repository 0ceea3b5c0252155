"""The question how something that a person was asked stands."""

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

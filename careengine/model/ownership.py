"""A case whose owner is locked: it is not passed on again until the case is over or a person lifts the lock."""

from __future__ import annotations

from dataclasses import dataclass

TRANSFERRED, RESOLVED = "case.transferred", "case.resolved"
OVER = ("resolved", "closed")  # of `case.status`


@dataclass(frozen=True, slots=True, kw_only=True)
class LockOf:
    """Asks for the lock of a case of a CRM: `{"policy": …, "owner": …, "since": …}`, None where there is none.

    `policy` is the one that locked it at the instant `since`; `owner` is the employee who took it over since then, None
    until somebody did.
    """

    source: str
    case: str

    @property
    def key(self) -> str:
        """See `careengine.model.state.Question`."""
        return f"lock({self.source} {self.case})"

"""What a review looks for in the rules themselves, and what it found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

OVERRIDDEN, GRANTED, EXCEPTION, SILENT = "overridden", "granted", "exception", "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """When a policy is put to its owner: any of these, counted in the time `within`; None: that is not looked for.

    `overridden` is a percentage of the times that the policy matched, `granted` one of the approvals that were decided
    for it; neither is looked at before there are `n_at_least` of them. `exceptions` is how often people gave the same
    reason for going another way, `silent_for` how long it did nothing. `kinds` are those that are watched (none:
    all).
    """

    within: timedelta
    n_at_least: int
    overridden: int | None = None
    granted: int | None = None
    exceptions: int | None = None
    silent_for: timedelta | None = None
    kinds: frozenset[str] = frozenset()

    def roles(self) -> Iterator[tuple[str, str]]:
        """It asks the owner of whichever policy it is, and so names no role."""
        return iter(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What was counted of one policy in the time of a watch.

    `fired`: how often it matched; a guardrail, how often it had a say. `overridden`: how often a person did otherwise.
    `asked` and `granted`: approvals that people decided, and those that they granted as they were. `exception` is the
    reason that was given most often, `exceptions` how often. `silent_for`: for how long it has done nothing; None where
    it has not been there long enough to say so.
    """

    fired: int = 0
    overridden: int = 0
    asked: int = 0
    granted: int = 0
    exceptions: int = 0
    exception: str = ""
    silent_for: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One thing that a review found of a policy, in data and in English."""

    sign: str
    says: str
    found: int
    of: int = 0

    def to_json(self) -> dict[str, object]:
        """As plain JSON values."""
        return {"sign": self.sign, "says": self.says, "found": self.found, **({"of": self.of} if self.of else {})}

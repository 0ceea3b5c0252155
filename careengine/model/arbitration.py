"""Which of several offers is made, where policies ask for more than one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import timedelta

# How the offers of one family become one: the largest, the first in order, or all of them.
MAX, BEST, ADD = "max", "best", "add"
PRIORITY, SEVERITY_FIT, CHOICE, COST, ID = "priority", "severity_fit", "choice", "cost", "id"
TIE_BREAKS = (PRIORITY, SEVERITY_FIT, CHOICE, COST, ID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arbitration:
    """How offers that are not owed are weighed; those that are owed always add up.

    `families` says by family how its offers become one. Of each group in `exclusive` (families and ids of policies) one
    is made; `pick` is how many are made at all. `order` are the tie-breaks, the id always last. While a failure of
    ours of the last `no_selling` stands open, nobody is sold anything.
    """

    families: Mapping[str, str] = field(default_factory=dict)
    exclusive: tuple[tuple[str, ...], ...] = ()
    pick: int | None = None
    order: tuple[str, ...] = TIE_BREAKS
    no_selling: timedelta | None = None

    def roles(self) -> Iterator[tuple[str, str]]:
        """See `Recovery.roles`: it names none."""
        return iter(())

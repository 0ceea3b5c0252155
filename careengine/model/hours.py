"""A calendar as policies hold it: hours that arithmetic can ask, whoever worked them out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


class Hours(Protocol):
    """When somebody works."""

    def spans(self, since: datetime, /) -> Iterator[tuple[datetime, datetime]]:
        """The stretches that are open from an instant on, in order and apart, in UTC."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """What a policy of the kind calendar is: its hours. What its file says is in the policy's document."""

    hours: Hours

    def roles(self) -> Iterator[tuple[str, str]]:
        """It names none."""
        return iter(())

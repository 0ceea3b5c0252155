"""A flag: somebody's conduct, which a person looks at who had no part in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.people.kind import Choice, Kind

if TYPE_CHECKING:
    from careengine.people.deciding import Deciding


def _confirm(deciding: Deciding) -> None:
    deciding.do()
    deciding.happened("incident.confirmed", incident={"reviewer": deciding.by.name})


def _reject(deciding: Deciding) -> None:
    deciding.let_be()
    deciding.happened("incident.rejected", incident={"reviewer": deciding.by.name})


FLAG = Kind(
    name="flag",
    names="flags",
    says="A report of a customer's conduct counts only when a person has confirmed it. A rejected one never does.",
    choices=(
        Choice(name="confirm", state="confirmed", says="it was as reported", follows=_confirm),
        Choice(name="reject", state="rejected", says="it was not; it leaves the counts", follows=_reject),
    ),
)

"""A restriction that the rules propose. A person imposes it, or does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.people.kind import Choice, Kind

if TYPE_CHECKING:
    from careengine.people.deciding import Deciding


def _impose(deciding: Deciding) -> None:
    deciding.do()


def _decline(deciding: Deciding) -> None:
    deciding.let_be()


RESTRICTION = Kind(
    name="restriction",
    names="restrictions",
    says="The rules only propose a restriction; a person of the role that the policy names imposes it.",
    choices=(
        Choice(name="impose", state="imposed", says="it begins now", follows=_impose),
        Choice(name="decline", state="declined", says="it does not begin", follows=_decline),
    ),
)

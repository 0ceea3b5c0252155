"""A review: something that the rules leave to a person to look at, such as what was withheld because a guard failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.people.kind import Choice, Kind

if TYPE_CHECKING:
    from careengine.people.deciding import Deciding


def _settle(deciding: Deciding) -> None:
    deciding.do()


def _dismiss(deciding: Deciding) -> None:
    deciding.let_be()


REVIEW = Kind(
    name="review",
    names="reviews",
    says="Something that the rules leave to a person to look at.",
    choices=(
        Choice(name="settle", state="settled", says="it was looked at, and what was due is done", follows=_settle),
        Choice(name="dismiss", state="dismissed", says="there is nothing to do", follows=_dismiss),
    ),
)

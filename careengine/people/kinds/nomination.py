"""A nomination: praise of an employee, which a person confirms with the customer's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.people.kind import Choice, Given, Kind

if TYPE_CHECKING:
    from careengine.people.deciding import Deciding

_QUOTE = Given(
    schema={
        "type": "string",
        "minLength": 3,
        "maxLength": 1000,
        "pattern": r"[^\s\x1c-\x1f\x85]",
        "description": "The customer's own words.",
    },
    expected="the customer's own words, in 3 to 1000 characters",
)


def _confirm(deciding: Deciding) -> None:
    deciding.do(quote=deciding.given["quote"])


def _decline(deciding: Deciding) -> None:
    deciding.let_be()


NOMINATION = Kind(
    name="nomination",
    names="nominations",
    says="Praise of an employee. It counts only with the customer's own words, and nobody confirms their own.",
    choices=(
        Choice(
            name="confirm",
            state="confirmed",
            says="it was as said, and this is the quote",
            follows=_confirm,
            takes={"quote": _QUOTE},
        ),
        Choice(name="decline", state="declined", says="it was not, or there is nothing to quote", follows=_decline),
    ),
)

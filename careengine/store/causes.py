"""Why something waits or was put aside, in a few classes: each stands at the beginning of the reason that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, case, not_, or_

if TYPE_CHECKING:
    from collections.abc import Mapping

REFUSED, REJECTED, NOT_FOUND = "refused", "rejected", "not-found"
UNSUPPORTED, INVALID, GAVE_UP, OTHER = "unsupported", "invalid", "gave-up", "other"
BEGINNINGS: Mapping[str, str] = {
    REFUSED: "credentials refused: ",
    REJECTED: "rejected: ",
    NOT_FOUND: "not found: ",
    UNSUPPORTED: "unsupported: ",
    INVALID: "not valid: ",
    GAVE_UP: "gave up after ",
}
CAUSES = (*BEGINNINGS, OTHER)  # the last one: what an older version put aside


def reason(cause: str, words: str) -> str:
    """The reason to keep."""
    return BEGINNINGS[cause] + words


def has(column: ColumnElement[Any], cause: str) -> ColumnElement[bool]:
    """Whether a column of reasons is of that class."""
    if cause == OTHER:
        return not_(or_(*(column.startswith(text) for text in BEGINNINGS.values())))
    return column.startswith(BEGINNINGS[cause])


def cause_of(column: ColumnElement[Any]) -> ColumnElement[str]:
    """The class of a column of reasons."""
    return case(*((column.startswith(text), cause) for cause, text in BEGINNINGS.items()), else_=OTHER)

"""Reads an event: its shape, the interaction schema, then the catalogue of fields."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from careengine.errors import PayloadError, PayloadProblem
from careengine.model.currency import PAYABLE
from careengine.model.due_event import CLOCK_DUE, OURS
from careengine.model.interaction import Interaction, without_nulls
from careengine.model.value import Money
from careengine.pipeline.complaints import complaints, known_part
from careengine.pipeline.identity import merge_problems
from careengine.pipeline.shape import MOST, shape_problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from careengine.model.catalogue import Catalogue

AHEAD = timedelta(minutes=5)  # by which the clock of a CRM may be ahead of ours


@dataclass(frozen=True, slots=True)
class Reader:
    """Checks events against one interaction schema, compiled once."""

    schema: Mapping[str, Any]
    catalogue: Catalogue
    max_depth: int
    _validator: jsonschema_rs.Draft202012Validator

    @classmethod
    def of(cls, schema: Mapping[str, Any], catalogue: Catalogue, max_depth: int = 40) -> Reader:
        """A reader for the interaction schema, a site's own fields merged into it."""
        validator = jsonschema_rs.Draft202012Validator(dict(schema), validate_formats=True, offline=True)
        return cls(schema, catalogue, max_depth, validator)

    def read(self, document: Any) -> Interaction:
        """The event, or PayloadError with every fault found (one a place, at most a hundred)."""
        if problems := shape_problems(document, self.max_depth):
            raise self._refusal(problems)
        present = without_nulls(document)
        if not self._validator.is_valid(present):
            raise self._refusal(_one_a_place(complaints(self._validator.iter_errors(present), self.schema)))
        interaction = Interaction.read(present, self.catalogue)
        if problems := merge_problems(interaction):
            raise self._refusal(problems)
        return interaction

    def read_outside(self, document: Any) -> Interaction:
        """`read`, of what somebody sends: it is refused, too, where it passes itself off as an event of our own.

        And where it tells of an offer that nobody can be paid. What is only measured, an order or what somebody spent,
        may be as fine as the sender counts.
        """
        interaction = self.read(document)
        if problems := [*_ours(interaction), *_unpayable(interaction)]:
            raise self._refusal(problems)
        return interaction

    def read_live(self, document: Any, now: datetime) -> Interaction:
        """`read_outside`, of what is said to have happened by now: what is yet to come is refused."""
        interaction = self.read_outside(document)
        if problems := list(_to_come(interaction, now)):
            raise self._refusal(problems)
        return interaction

    def _refusal(self, problems: Iterable[PayloadProblem]) -> PayloadError:
        return PayloadError([replace(each, place=known_part(each.pointer, self.schema)) for each in problems])


def _ours(interaction: Interaction) -> Iterator[PayloadProblem]:
    if interaction.type == CLOCK_DUE:
        message = f"`{CLOCK_DUE}` comes of the engine's own timers only; send what happened instead"
        yield PayloadProblem(pointer="/type", message=message)
    if interaction.id.startswith(OURS):
        message = f"ids that begin with `{OURS}` are the engine's own; choose one that begins otherwise"
        yield PayloadProblem(pointer="/id", message=message)


def _unpayable(interaction: Interaction) -> Iterator[PayloadProblem]:
    amount = interaction.fields.get("offer.amount")
    try:
        if isinstance(amount, Money):
            amount.payable()
    except ValueError:  # it quotes the value
        yield PayloadProblem(pointer="/offer/amount", message=f"expected {PAYABLE}")


def _to_come(interaction: Interaction, now: datetime) -> Iterator[PayloadProblem]:
    if interaction.occurred_at - now > AHEAD:
        message = (
            "expected an instant that has come; send it once it happened, and check clock and offset of the sender"
        )
        yield PayloadProblem(pointer="/occurred_at", message=message)


def _one_a_place(problems: Iterable[PayloadProblem]) -> list[PayloadProblem]:
    first: dict[str, PayloadProblem] = {}
    for problem in problems:
        first.setdefault(problem.pointer, problem)
        if len(first) == MOST:
            break
    return list(first.values())

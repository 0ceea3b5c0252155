"""`careengine authority`: what an employee may give now without asking."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from careengine.cli.output import format_option, say, say_json
from careengine.cli.program import pass_program
from careengine.cli.rules import rules_and_fields
from careengine.cli.tables import say_table
from careengine.cli.workspace import kept, settings_with
from careengine.decide.authority import left, scope_of
from careengine.decide.terms import say_within
from careengine.errors import ConfigError
from careengine.model.authority import Authority
from careengine.model.facts import Facts, RecordedHistory
from careengine.model.policy import AUTHORITY
from careengine.model.value import parse_instant, say_instant
from careengine.pipeline.state import StoredState
from careengine.policy import loader
from careengine.store import events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from careengine.cli.program import Program
    from careengine.model.authority import RoomLeft
    from careengine.model.policy import Policy, PolicySet

_HEADS = ("left", "of", "for each", "now for", "used", "policy", "above it")


class _Instant(click.ParamType[datetime]):
    """An instant such as `2026-03-02T09:30:00Z`."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read it. Fails for what is none."""
        if isinstance(value, datetime):
            return value
        try:
            return parse_instant(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command()
@click.argument("employee")
@click.option("--role", metavar="NAME", help="The employee's role; without it, the one that the latest event says.")
@click.option("--case", metavar="ID", help="What is left on this case; without it, on a new one.")
@click.option("--customer", metavar="ID", help="What is left for this customer; without it, for a new one.")
@click.option("--at", type=_Instant(), metavar="INSTANT", help="By the rules and the day of this instant; now.")
@format_option("text", "json")
@pass_program
def authority(
    program: Program,
    employee: str,
    role: str | None,
    case: str | None,
    customer: str | None,
    at: datetime | None,
    format_: str,
) -> None:
    """Say what EMPLOYEE (the CRM's id) may give now without asking, and who is asked above that."""
    settings, now = settings_with(program), at or datetime.now(UTC)
    paths, fields = rules_and_fields(program, ())
    policies = loader.load(paths, fields.catalogue)
    with kept(settings) as store, store.read() as reader:
        found = role or events.role_of(reader, settings.tenant, employee)
        if found is None:
            raise ConfigError(f"no event says which role `{employee}` has; name it with `--role`")
        about = {"employee.id": employee, "employee.role": found, "case.id": case, "customer.id": customer}
        rows = list(_rooms(reader, settings.tenant, policies, about, now))
    if format_ == "json":
        rooms = [{**room.to_json(), "above": [step.ask for step in of.above]} for room, of in rows]
        say_json({"employee": employee, "role": found, "as_of": say_instant(now), "may": rooms})
    elif rows:
        say(f"{employee}, {found}, may give without asking:")
        say_table(_HEADS, [_cells(room, of) for room, of in rows])
    else:
        say(f"no authority is written for the role `{found}`, so none binds {employee}")


def _rooms(
    reader: Connection, tenant: str, policies: PolicySet, about: dict[str, str | None], at: datetime
) -> Iterator[tuple[RoomLeft, Authority]]:
    known = {name: value for name, value in about.items() if value}
    facts = Facts(fields=known, as_of=at, history=RecordedHistory({}), state=StoredState(reader, tenant, at))
    for policy, mine in _of_role(policies, known["employee.role"], at):
        for room in mine.may:
            scope = scope_of(room, facts)
            stands = left(policy, room, facts, scope, Decimal(0))
            yield (stands if scope else replace(stands, left=room.amount)), mine


def _of_role(policies: PolicySet, role: str, at: datetime) -> Iterator[tuple[Policy, Authority]]:
    for policy in policies.of_kind(AUTHORITY):
        mine = policy.outcome
        if isinstance(mine, Authority) and mine.role == role and policy.in_effect(at):
            yield policy, mine


def _cells(room: RoomLeft, of: Authority) -> list[object]:
    first = of.above[0]
    above = f"{first.ask}{say_within(first.within, first.calendar)}"
    shadow = "" if room.status == "live" else f" ({room.status})"
    scope = room.scope or f"a new {room.per}"
    return [room.left, room.amount, room.per, scope, room.used or "", f"{room.policy}{shadow}", above]

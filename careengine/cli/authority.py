"""`careengine authority`: what an employee may give now without asking."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from careengine.cli.given import Name
from careengine.cli.output import format_option, say, say_json
from careengine.cli.program import pass_program
from careengine.cli.rules import rules_and_fields
from careengine.cli.tables import say_table
from careengine.cli.workspace import kept, settings_with
from careengine.decide.terms import say_within
from careengine.errors import ConfigError
from careengine.model.value import parse_instant
from careengine.people.authority import Asked, may
from careengine.policy import loader

if TYPE_CHECKING:
    from careengine.cli.program import Program
    from careengine.model.authority import Authority, RoomLeft

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
@click.argument("employee", type=Name())
@click.option(
    "--role", type=Name(), metavar="NAME", help="The employee's role; without it, the one that the latest event says."
)
@click.option("--case", type=Name(), metavar="ID", help="What is left on this case; without it, on a new one.")
@click.option(
    "--customer", type=Name(), metavar="ID", help="What is left for this customer; without it, for a new one."
)
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
    asked = Asked(employee=employee, at=now, role=role, case=case, customer=customer)
    with kept(settings) as store, store.read() as reader:
        found = may(reader, settings.tenant, loader.load(paths, fields.catalogue), asked)
    if found is None:
        raise ConfigError(f"no event says which role `{employee}` has; name it with `--role`")
    if format_ == "json":
        say_json(found.to_json())
    elif found.rooms:
        say(f"{employee}, {found.role}, may give without asking:")
        say_table(_HEADS, [_cells(room, of) for room, of in found.rooms])
    else:
        say(f"no authority is written for the role `{found.role}`, so none binds {employee}")


def _cells(room: RoomLeft, of: Authority) -> list[object]:
    first = of.above[0]
    above = f"{first.ask}{say_within(first.within, first.calendar)}"
    shadow = "" if room.status == "live" else f" ({room.status})"
    scope = room.scope or f"a new {room.per}"
    return [room.left, room.amount, room.per, scope, room.used or "", f"{room.policy}{shadow}", above]

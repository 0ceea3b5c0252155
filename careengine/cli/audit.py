"""`careengine audit`: what people decided, and what the program removed by its clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import orjson

from careengine.cli.output import format_option, say, say_json
from careengine.cli.program import pass_program
from careengine.cli.tables import say_table
from careengine.cli.workspace import kept, settings_with
from careengine.service.audit import told
from careengine.store import audit as kept_audit

if TYPE_CHECKING:
    from careengine.cli.program import Program

_HEADS = ("number", "at", "actor", "did", "subject", "reason", "before", "after")


@click.command()
@click.option("--actor", metavar="NAME", help="Only what this one did, such as `person:sam`.")
@click.option("--subject", metavar="TEXT", help="Only what was done to this, such as `action a_1f00`.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="How many entries.")
@format_option("text", "json")
@pass_program
def audit(program: Program, actor: str | None, subject: str | None, limit: int, format_: str) -> None:
    """Show who decided what, and why, the newest first. Nothing is ever taken out of the audit."""
    settings = settings_with(program)
    with kept(settings) as store, store.read() as reader:
        found = kept_audit.page(reader, settings.tenant, limit, actor=actor, subject=subject)
    rows = [told(entry) for entry in found]
    if format_ == "json":
        say_json(rows)
    elif not rows:
        say("the audit holds no such entry")
    else:
        say_table(_HEADS, [[_short(row[head]) for head in _HEADS] for row in rows])


def _short(value: object) -> object:
    return orjson.dumps(value).decode() if isinstance(value, dict) else value

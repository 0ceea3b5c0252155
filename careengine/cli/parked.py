"""`careengine parked`: what could not be delivered or worked off, and a person's word on all of it at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from careengine.cli.given import actor, reason_option
from careengine.cli.output import format_option, many, say, say_json, tell
from careengine.cli.program import pass_program
from careengine.cli.tables import say_table
from careengine.cli.workspace import kept, settings_with
from careengine.model.value import say_instant
from careengine.store import parked as heap
from careengine.store.causes import CAUSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from careengine.cli.program import Program


@click.group()
def parked() -> None:
    """List what is parked, try it again, or drop it. Only what `list` shows together is settled together."""


@parked.command("list")
@format_option("text", "json")
@pass_program
def list_(program: Program, format_: str) -> None:
    """Count what is parked, by adapter and cause."""
    settings = settings_with(program)
    with kept(settings) as store, store.read() as reader:
        found = heap.heaps(reader, settings.tenant)
    rows = [(one.what, one.adapter, one.cause, one.count, say_instant(one.since)) for one in found]
    heads = ("what", "adapter", "cause", "count", "since")
    if format_ == "json":
        say_json([dict(zip(heads, row, strict=True)) for row in rows])
    elif not rows:
        say("nothing is parked")
    else:
        say_table(heads, rows)


def _which(command: Callable[..., Any]) -> Callable[..., Any]:
    what = click.argument("what", type=click.Choice([heap.ACTIONS, heap.DELIVERIES]))
    adapter = click.option("--adapter", required=True, metavar="NAME", help="Only those of this adapter.")
    cause = click.option("--cause", type=click.Choice(CAUSES), help="Only those that were parked for this.")
    return what(adapter(cause(reason_option(command))))


@parked.command()
@_which
@pass_program
def retry(program: Program, what: str, adapter: str, cause: str | None, reason: str) -> int:
    """Try parked actions or deliveries again, from the first attempt. The exit code is 1 when there were none."""
    return _settle(program, what=what, adapter=adapter, cause=cause, reason=reason, do=heap.RETRY)


@parked.command()
@_which
@pass_program
def drop(program: Program, what: str, adapter: str, cause: str | None, reason: str) -> int:
    """Let parked actions or deliveries be, for good. The exit code is 1 when there were none."""
    return _settle(program, what=what, adapter=adapter, cause=cause, reason=reason, do=heap.DROP)


def _settle(program: Program, **said: Any) -> int:
    settings = settings_with(program)
    verdict = heap.Verdict(actor=actor(), **said)
    with kept(settings) as store:
        settled = heap.settle(store, settings.tenant, verdict, datetime.now(UTC))
        if settled and verdict.do == heap.DROP and not store.forget():
            tell("what was removed can be read in the database's log until nobody reads in it", fg="yellow")
    noun = verdict.what.removesuffix("s") if verdict.what == heap.ACTIONS else "delivery"
    done = "will be tried again" if verdict.do == heap.RETRY else "dropped"
    say(f"{many(settled, noun, verdict.what)} {done}")
    return 0 if settled else 1

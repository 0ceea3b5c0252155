"""`careengine tasks`: what people are asked to decide, one of it with what was done about it, and what they say."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from careengine import resources
from careengine.app import App
from careengine.cli.given import Name, actor, reason_option
from careengine.cli.output import format_option, say, say_json
from careengine.cli.pairs import Pair, read
from careengine.cli.program import pass_program
from careengine.cli.tables import say_table
from careengine.cli.workspace import settings_with, there_is_a_store
from careengine.people import KINDS, actor_of
from careengine.people.reporting import schema_of
from careengine.people.telling import told
from careengine.service.audit import told as told_entry
from careengine.store.tasks import OPEN, WITHDRAWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.cli.program import Program
    from careengine.people.kind import Choice
    from careengine.settings import Settings
    from careengine.store.tasks import Task

_ALL = "all"
_STATES = (OPEN, *dict.fromkeys(choice.state for kind in KINDS.values() for choice in kind.choices), WITHDRAWN, _ALL)
_REPORT = schema_of(resources.schema("interaction"))["properties"]
_HEADS = ("id", "kind", "role", "due", "customer", "asks")


@click.group()
def tasks() -> None:
    """List what people are asked to decide, show one of it, and decide it; report conduct, hand an appeal in."""


@tasks.command("list")
@click.option("--kind", type=click.Choice(list(KINDS)), help="Only those of this kind.")
@click.option("--state", type=click.Choice(_STATES), default=OPEN, show_default=True, help="Only those in this state.")
@click.option("--role", type=Name(), metavar="NAME", help="Only what this role decides.")
@click.option("--mine", is_flag=True, help="Only what you may decide by the roles that you fill.")
@click.option("--customer", type=Name(), metavar="ID", help="Only what is about this customer, under whichever id.")
@click.option("--employee", type=Name(), metavar="ID", help="Only what is about this employee.")
@click.option("--overdue", is_flag=True, help="Only what is past its time.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="How many.")
@format_option("text", "json")
@pass_program
def list_(program: Program, /, limit: int, state: str, mine: bool, format_: str, **asked: Any) -> None:  # noqa: FBT001  click's
    """List what waits for people: what is past its time first."""
    with _opened(program) as app:
        wanted = {**asked, "mine": actor_of(app.settings.people, actor()) if mine else None}
        found = app.people.page(app.settings.tenant, limit, state=None if state == _ALL else state, **wanted)
        rows = [_told(task, app) for task in found]
    if format_ == "json":
        say_json(rows)
    elif not rows:
        say("nothing of that waits for anybody" if state == OPEN else "there is nothing of that")
    else:
        say_table(_HEADS, [[_cell(row, head) for head in _HEADS] for row in rows])


def _cell(row: dict[str, Any], head: str) -> object:
    if head == "due":
        return f"{row['due_at'] or ''}{' (overdue)' if row['overdue'] else ''}"
    return row[head] or ""


@tasks.command()
@click.argument("name", type=Name(), metavar="ID")
@format_option("text", "json")
@pass_program
def show(program: Program, name: str, format_: str) -> None:
    """Show the task with this ID, and what people did about it."""
    with _opened(program) as app:
        task, entries = app.people.one(app.settings.tenant, name)
        found = {**_told(task, app), "audit": [told_entry(entry) for entry in entries]}
    if format_ == "json":
        say_json(found)
        return
    for head, value in found.items():
        if head not in ("audit", "params", "about", "outcomes") and value not in (None, "", []):
            say(f"{head.replace('_', ' ')}: {_plain(value)}")
    if standing := found["about"].get("standing"):
        say(f"the restriction: {_plain(standing)}")
    if draft := found["about"].get("notice"):
        say(_notice(draft))
    if incident := found["about"].get("incident"):
        evidence = found["about"].get("evidence", [])
        hidden = f"for `{task.role}` and who had a part in it"
        shown = hidden if evidence is None else evidence or "none is kept"
        say(f"the incident: {_plain(incident | {'evidence': shown})}")
    for choice in KINDS[task.kind].choices if task.state == OPEN else ():
        _say_choice(choice)
    for entry in found["audit"]:
        say(f"{entry['at']}  {entry['actor']}  {entry['did']}: {entry['reason']}")


def _notice(draft: dict[str, str | None]) -> str:
    if draft["text"] is None:
        return f"the notice cannot go out: {draft['needs']}"
    return f"the notice as it would go out now, in {draft['locale']}:\n{draft['text']}"


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(each)}" for name, each in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _say_choice(choice: Choice) -> None:
    say(f"  {choice.name}: {choice.says}")
    for name, given in choice.takes.items():
        say(f"    --with {name}=...: {given.expected}{'' if given.needed else ' (where it is needed)'}")


@tasks.command()
@click.argument("name", type=Name(), metavar="ID")
@click.argument("outcome", type=Name())
@reason_option
@click.option(
    "--with",
    "given",
    type=Pair("outcome", "reason", "even_though"),
    multiple=True,
    metavar="NAME=VALUE",
    help="What the outcome takes, such as `amount=20.00 GBP`; may be given several times.",
)
@click.option("--even-though", is_flag=True, help="Decide it although the facts changed since it was asked.")
@format_option("text", "json")
@pass_program
def decide(
    program: Program,
    name: str,
    outcome: str,
    reason: str,
    given: tuple[tuple[str, str], ...],
    even_though: bool,  # noqa: FBT001  click's
    format_: str,
) -> None:
    """Decide the task with this ID: OUTCOME is one of those that `show` names.

    You decide as the user of this machine; the setting `people.roles` says which roles you fill.
    """
    said = {"outcome": outcome, "reason": reason, "even_though": even_though}
    with _opened(program) as app:
        by, tenant = actor_of(app.settings.people, actor()), app.settings.tenant
        task, _ = app.people.one(tenant, name)
        choice = KINDS[task.kind].choice(outcome)
        takes = {each: what.schema for each, what in choice.takes.items()} if choice else {}
        task = app.people.decide(tenant, name, {**said, **read(given, takes)}, by)
        found = _told(task, app)
    if format_ == "json":
        say_json(found)
    else:
        say(f"{task.kind} `{task.id}` is {task.state}")


@tasks.command()
@click.argument("name", type=Name(), metavar="ID")
@reason_option
@format_option("text", "json")
@pass_program
def appeal(program: Program, name: str, reason: str, format_: str) -> None:
    """Hand in a customer's appeal against the restriction with this ID; --reason is what the customer says.

    Somebody hears it who had no part in the matter, least of all the one who imposed the restriction.
    """
    with _opened(program) as app:
        by = actor_of(app.settings.people, actor())
        task = app.people.appeal(app.settings.tenant, name, {"reason": reason}, by)
        found = _told(task, app)
    if format_ == "json":
        say_json(found)
    else:
        due = f" by {found['due_at']}" if found["due_at"] else ""
        say(f"{task.role} hears the appeal `{task.id}`{due}")


@tasks.command()
@click.option("--customer", type=Name(), required=True, metavar="ID", help="The CRM's id of the customer.")
@click.option(
    "--category", type=Name(), required=True, metavar="NAME", help="What it was, such as `insult` or `threat`."
)
@click.option("--severity", type=int, required=True, help="1 rude, 2 abusive, 3 frightening, 4 dangerous.")
@click.option(
    "--evidence", type=Name(), multiple=True, metavar="TEXT", help="A reference to what was said or done, or several."
)
@click.option(
    "--with",
    "given",
    type=Pair("customer", "category", "severity", "evidence"),
    multiple=True,
    metavar="NAME=VALUE",
    help="What else is known, such as `target=agent-7`, `case=T-1` or `credible=true`; may be given several times.",
)
@format_option("text", "json")
@pass_program
def report(program: Program, /, given: tuple[tuple[str, str], ...], format_: str, **said: Any) -> None:
    """Report a customer's conduct. The employee is supported at once; somebody who had no part in it judges it."""
    body = {**said, "evidence": list(said["evidence"]), **read(given, _REPORT)}
    with _opened(program) as app:
        made = app.people.report(app.settings.tenant, body, actor_of(app.settings.people, actor()))
        judged_by = [_told(task, app) for task in made.tasks]
    if format_ == "json":
        say_json({"incident": made.incident, "decision": made.decision, "incidents": judged_by})
        return
    for task in judged_by:
        say(f"{task['role']} judges `{made.incident}` by {task['due_at']} (`{task['id']}`)")


def _told(task: Task, app: App) -> dict[str, Any]:
    return told(task, KINDS.get(task.kind), app.clock(), actor_of(app.settings.people, actor()))


@contextmanager
def _opened(program: Program) -> Iterator[App]:
    settings: Settings = settings_with(program)
    there_is_a_store(settings)
    with App.open(settings, clock=lambda: datetime.now(UTC)) as app:
        yield app

"""`careengine export` and `careengine erase`: what is kept about one person, written out or removed."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from careengine.app.adapters import Adapters
from careengine.cli.failure import PROBLEMS
from careengine.cli.given import actor, reason_option
from careengine.cli.output import format_option, many, say, say_json, tell
from careengine.cli.program import pass_program
from careengine.cli.workspace import kept, settings_with
from careengine.host import Host
from careengine.model.masking import MASK, Masking, without
from careengine.model.value import say_instant
from careengine.policy.fields import site_catalogue
from careengine.store import audit, people

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from careengine.cli.program import Program
    from careengine.settings import Settings
    from careengine.store import Store

PERSON = "person"  # how the audit names one: never by a name
_TRIES, _PAUSE = 10, 0.2
_SHOWN = 20  # numbers told; the JSON has all


@click.command()
@click.argument("person")
@click.option("--masked", is_flag=True, help="Without personal data and words: for anybody but the person.")
@reason_option
@pass_program
def export(program: Program, person: str, masked: bool, reason: str) -> int:  # noqa: FBT001  click's
    """Write everything that is kept about PERSON (the CRM's id of the customer) as JSON.

    The audit keeps that it was done, by whom and why. The exit code is 1 when nothing is kept, or when deliveries wait
    of which it cannot be told whom they are about: they are not in it, and only their numbers are given (`untold`).
    """
    settings, now = settings_with(program), datetime.now(UTC)
    read = _adapters(settings).read
    with kept(settings) as store:
        with store.read() as reader:
            found = people.of_person(reader, settings.tenant, person, read)
            untold = people.untold(reader, settings.tenant, person, read)
        _note(store, settings, "export", reason, now, _counts(found))
    shown = _masked(settings, person, found) if masked else {"person": person, **found}
    made_at = say_instant(now.replace(microsecond=0))
    say_json({"made_at": made_at, "tenant": settings.tenant, **shown, "untold": untold})
    _tell_untold(untold, "export")
    return 0 if any(found.values()) and not untold else PROBLEMS


def _adapters(settings: Settings) -> Adapters:
    """They tell whom a delivery is about."""
    return Adapters.make(settings, Host.load(settings.plugins.disabled))


def _tell_untold(untold: Sequence[int], did: str) -> None:
    if untold:
        numbers = ", ".join(map(str, untold[:_SHOWN])) + (", …" if len(untold) > _SHOWN else "")
        what = many(len(untold), "delivery waits", "deliveries wait")
        tell(f"{what}, and it cannot be told about whom ({numbers}): untouched", fg="yellow")
        tell(f"{did} again once they are worked off; a parked one is tried again or dropped by a person", fg="yellow")


def _masked(settings: Settings, person: str, found: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Personal fields by their pointers; then their values wherever else they stand. What CRMs said is all words."""
    masking = Masking.of(site_catalogue(settings.rules.fields).catalogue)
    values = {value for event in found["events"] for value in masking.values(event["document"])}
    events = [{**event, "document": masking.document(event["document"])} for event in found["events"]]
    deliveries = [{**delivery, "content": MASK} for delivery in found["deliveries"]]
    actions = [{**action, "detail": action["detail"] and MASK} for action in found["actions"]]
    tasks = [{**task, "document": _unmarked(task["document"])} for task in found["tasks"]]
    decisions = [{**one, "facts": _unmarked_facts(one["facts"])} for one in found["decisions"]]
    shown = {**found, "events": events, "actions": actions, "deliveries": deliveries}
    shown |= {"tasks": tasks, "decisions": decisions}
    return {"person": MASK, **without(shown, frozenset({person, *values}))}


def _unmarked_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    fields = facts["fields"].items()
    hidden = {path: MASK for path, value in fields if path.startswith("signals.") and isinstance(value, str)}
    return {**facts, "fields": {**facts["fields"], **hidden}}


def _unmarked(document: Mapping[str, Any]) -> dict[str, Any]:
    """What a task tells without what plugins found in a message, which may quote it."""
    return {**document, "signals": MASK} if "signals" in document else dict(document)


@click.command()
@click.argument("person")
@reason_option
@format_option("text", "json")
@pass_program
def erase(program: Program, person: str, reason: str, format_: str) -> int:
    """Remove everything that is kept about PERSON (the CRM's id of the customer), for good.

    Events, history, decisions, actions and waiting deliveries go. The audit keeps that it was done, by whom and why,
    so let the reason name nobody. The exit code is 1 when nothing was kept, or when deliveries wait of which it cannot
    be told whom they are about: they stay, and their numbers are given. It is 1 as well, and nothing is removed, while
    a restriction of theirs is in force: lift it first.
    """
    settings, now = settings_with(program), datetime.now(UTC)
    read = _adapters(settings).read
    with kept(settings) as store:

        def work(transaction: Connection) -> tuple[list[int], dict[str, int]]:
            untold = people.untold(transaction, settings.tenant, person, read)
            removed = people.erase(transaction, settings.tenant, person, now, read)
            left = {"untold": len(untold)} if untold else {}
            deed = audit.Deed(actor=actor(), did="erase", subject=PERSON, reason=reason, after=left | removed)
            audit.add(transaction, settings.tenant, deed, now)
            return untold, removed

        untold, removed = store.transact(work)
        gone = _forgotten(store)
    if not gone:
        tell("it can be read in the database's log until nobody reads in it; erase again in a moment", fg="yellow")
    elif store.REMAINS and any(removed.values()):
        tell(store.REMAINS, fg="yellow")
    if format_ == "json":
        say_json({"removed": removed, "unreadable": gone and not store.REMAINS, "untold": untold})
    else:
        say("removed " + ", ".join(many(count, kind.removesuffix("s"), kind) for kind, count in removed.items()))
    _tell_untold(untold, "erase")
    return 0 if gone and any(removed.values()) and not untold else PROBLEMS


def _forgotten(store: Store) -> bool:
    for _ in range(_TRIES):
        if store.forget():
            return True
        time.sleep(_PAUSE)
    return False


def _note(store: Store, settings: Settings, did: str, reason: str, now: datetime, counts: dict[str, int]) -> None:
    deed = audit.Deed(actor=actor(), did=did, subject=PERSON, reason=reason, after=counts)
    with store.write() as transaction:
        audit.add(transaction, settings.tenant, deed, now)


def _counts(found: Mapping[str, list[dict[str, Any]]]) -> dict[str, int]:
    return {kind: len(rows) for kind, rows in found.items()}

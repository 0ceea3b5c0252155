"""Takes events out of the database with everything that was made of them. Only their marks stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select

from careengine.store import audit, erased, reservations
from careengine.store.restrictions import subject_of_restriction
from careengine.store.tables import actions, decisions, events, history, overrides, restrictions, tasks
from careengine.store.tasks import subject_of_task

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Select

_AT_ONCE = 500  # numbers in one statement


def remove_events(transaction: Connection, tenant: str, numbers: Collection[int], now: datetime) -> dict[str, int]:
    """Remove the events of these numbers, their history, decisions, actions and tasks; gives how many of each.

    An event that is removed is known by its mark when it comes again, and so is a decision that is asked for. The
    reasons that people gave for what they did with the actions, tasks and restrictions, and otherwise than the rules
    said, leave the audit. Decisions are never changed,
    but they go with their events: the database's own rule on removing an event is the one way out.
    """
    removed = dict.fromkeys(("events", "history", "decisions", "actions", "tasks"), 0)
    for some in _some(sorted(numbers)):
        mine = events.c.tenant == tenant, events.c.seq.in_(some)
        marks = [erased.mark_of_event(row.source, row.id) for row in transaction.execute(select(events).where(*mine))]
        made = list(transaction.scalars(_decisions_of(tenant, some)))
        did = list(transaction.scalars(_actions_of(tenant, some)))
        erased.add(transaction, tenant, [*marks, *map(erased.mark_of_decision, made)], now)
        asked = list(transaction.scalars(select(tasks.c.id).where(tasks.c.tenant == tenant, tasks.c.event.in_(some))))
        restricted = list(transaction.scalars(_restrictions_of(tenant, some)))
        subjects = [*map(subject_of_action, did), *map(subject_of_task, asked)]
        audit.empty_reasons(transaction, tenant, [*subjects, *map(subject_of_restriction, restricted)])
        audit.empty_overrides(transaction, tenant, *_overridden(transaction, tenant, some))
        past = transaction.scalar(select(func.count()).where(history.c.tenant == tenant, history.c.event.in_(some)))
        reservations.forget(transaction, tenant, some)
        transaction.execute(delete(events).where(*mine))
        for name, count in zip(removed, (len(marks), past or 0, len(made), len(did), len(asked)), strict=True):
            removed[name] += count
    return removed


def subject_of_action(action_id: str) -> str:
    """How the audit names an action."""
    return f"action {action_id}"


def subject_of_delivery(number: int) -> str:
    """How the audit names a delivery."""
    return f"delivery {number}"


def _some(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), _AT_ONCE):
        yield numbers[start : start + _AT_ONCE]


def _actions_of(tenant: str, numbers: Sequence[int]) -> Select[Any]:
    made = _decisions_of(tenant, numbers)
    return select(actions.c.id).where(actions.c.tenant == tenant, actions.c.decision.in_(made))


def _restrictions_of(tenant: str, numbers: Sequence[int]) -> Select[Any]:
    return select(restrictions.c.id).where(restrictions.c.tenant == tenant, restrictions.c.event.in_(numbers))


def _overridden(reader: Connection, tenant: str, numbers: Sequence[int]) -> tuple[set[str], set[str]]:
    """The policies that people did otherwise than, and the decisions in which."""
    mine = overrides.c.tenant == tenant, overrides.c.event.in_(numbers)
    found = reader.execute(select(overrides.c.policy, overrides.c.decision).where(*mine)).all()
    return {row.policy for row in found}, {row.decision for row in found}


def _decisions_of(tenant: str, numbers: Sequence[int]) -> Select[Any]:
    return select(decisions.c.id).where(decisions.c.tenant == tenant, decisions.c.event.in_(numbers))

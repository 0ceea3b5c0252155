"""The figures that reviews look at, counted when they are asked for, of all policies together."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, select

from careengine.model.watch import Counts
from careengine.store.tables import matches, overrides, rulesets, tasks
from careengine.store.tasks import OPEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

APPROVAL, APPROVED = "approval", "approved"
_DECIDED = (APPROVED, "declined", "amended")
_AT_ONCE = 1_000  # rows in memory


def counts(
    reader: Connection, tenant: str, since: datetime, now: datetime, policy: str | None = None
) -> dict[str, Counts]:
    """What happened in `(since, now]`, by policy: of all that anything happened to, or of one. Nothing on silence.

    What was done in shadow is not counted.
    """
    fired = dict(_grouped(reader, matches, func.count(), (*_in(matches, tenant, policy, since, now), matches.c.live)))
    # What people say again of one decision is not another case.
    cases, otherwise = func.count(overrides.c.decision.distinct()), _in(overrides, tenant, policy, since, now)
    overridden = dict(_grouped(reader, overrides, cases, otherwise))
    by_exception: dict[str, dict[str, int]] = defaultdict(dict)
    for name, exception, count in _grouped(reader, overrides, cases, otherwise, overrides.c.exception):
        by_exception[name][exception] = count
    states: dict[str, dict[str, int]] = defaultdict(dict)
    for name, state in _approvals(reader, tenant, policy, since, now):
        states[name][state] = states[name].get(state, 0) + 1
    return {
        name: _counts(fired.get(name, 0), overridden.get(name, 0), by_exception.get(name, {}), states.get(name, {}))
        for name in {*fired, *overridden, *states}
    }


def last_matches(reader: Connection, tenant: str) -> dict[str, datetime | None]:
    """When each policy matched last, while live; None where an older program kept it without its time."""
    mine = matches.c.tenant == tenant
    found = select(matches.c.policy, func.max(matches.c.at)).where(mine, matches.c.live).group_by(matches.c.policy)
    last: dict[str, datetime | None] = dict(reader.execute(found).all())
    undated = select(matches.c.policy).where(mine, matches.c.at.is_(None)).distinct()
    return last | dict.fromkeys(reader.scalars(undated))


def at_work_since(reader: Connection, tenant: str) -> dict[str, datetime]:
    """Since when each policy is live, by the rule sets that decided: the first that has it live."""
    found: dict[str, datetime] = {}
    for row in reader.execute(select(rulesets).where(rulesets.c.tenant == tenant).order_by(rulesets.c.kept_at)):
        for document in row.documents:
            if document.get("status") == "live":
                found.setdefault(document["id"], row.kept_at)
    return found


def asked(
    reader: Connection, tenant: str, kind: str, policy: str | None = None
) -> dict[str, tuple[bool, datetime | None]]:
    """Of the policies that were asked about, or of one: whether a task of that kind is open, and when one was closed.

    What was closed is told by the last time.
    """
    mine = tasks.c.tenant == tenant, tasks.c.kind == kind, *_only(tasks, policy)
    is_open = func.max(case((tasks.c.state == OPEN, 1), else_=0))
    closed = func.max(case((tasks.c.state != OPEN, tasks.c.changed_at)))
    found = select(tasks.c.policy, is_open, closed).where(*mine).group_by(tasks.c.policy)
    return {row[0]: (bool(row[1]), row[2]) for row in reader.execute(found)}


def _counts(fired: int, overridden: int, exceptions: Mapping[str, int], states: Mapping[str, int]) -> Counts:
    most = min(exceptions, key=lambda name: (-exceptions[name], name), default="")
    return Counts(
        fired=fired,
        overridden=overridden,
        asked=sum(states.values()),
        granted=states.get(APPROVED, 0),
        exception=most,
        exceptions=exceptions.get(most, 0),
    )


def _grouped(reader: Connection, table: Any, count: Any, where: tuple[Any, ...], *more: Any) -> list[Any]:
    by = table.c.policy, *more
    return [tuple(row) for row in reader.execute(select(*by, count).where(*where).group_by(*by))]


def _approvals(
    reader: Connection, tenant: str, policy: str | None, since: datetime, now: datetime
) -> Iterator[tuple[str, str]]:
    """How approvals were decided: for the policy that wished for it, and for the guardrails that asked."""
    mine = tasks.c.tenant == tenant, tasks.c.state.in_(_DECIDED), tasks.c.kind == APPROVAL
    asked = select(tasks.c.policy, tasks.c.state, tasks.c.document)
    asked = asked.where(*mine, tasks.c.changed_at > since, tasks.c.changed_at <= now)
    for row in reader.execute(asked.execution_options(yield_per=_AT_ONCE)):
        for name in dict.fromkeys((row.policy, *row.document.get("asked_by", ()))):
            if policy in (None, name):
                yield name, row.state


def _in(table: Any, tenant: str, policy: str | None, since: datetime, now: datetime) -> tuple[Any, ...]:
    return table.c.tenant == tenant, *_only(table, policy), table.c.at > since, table.c.at <= now


def _only(table: Any, policy: str | None) -> tuple[Any, ...]:
    return () if policy is None else (table.c.policy == policy,)

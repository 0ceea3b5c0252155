"""The figures of one policy that reviews look at, counted when they are asked for: exact, and from indexes alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from careengine.model.watch import Counts
from careengine.store.tables import matches, overrides, rulesets, tasks
from careengine.store.tasks import OPEN

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

APPROVAL, APPROVED = "approval", "approved"
_DECIDED = (APPROVED, "declined", "amended")


def counts(
    reader: Connection, tenant: str, policy: str, since: datetime, now: datetime, known_since: datetime | None
) -> Counts:
    """What happened to a policy in `(since, now]`. `known_since`: since when it is at work, as far as is known."""
    fired = select(func.count()).select_from(matches).where(*_in(matches, tenant, policy, since, now))
    mine = matches.c.tenant == tenant, matches.c.policy == policy
    last = select(func.max(matches.c.at)).where(*mine)
    # Of what an older program kept it is not known when it was.
    undated = reader.scalar(select(matches.c.policy).where(*mine, matches.c.at.is_(None)).limit(1))
    exception, exceptions = _most(reader, tenant, policy, since, now)
    states = _approvals(reader, tenant, policy, since, now)
    quiet_since = max((at for at in (reader.scalar(last), known_since) if at is not None), default=None)
    otherwise = select(func.count()).select_from(overrides).where(*_in(overrides, tenant, policy, since, now))
    return Counts(
        fired=reader.scalar(fired) or 0,
        overridden=reader.scalar(otherwise) or 0,
        asked=sum(states.values()),
        granted=states.get(APPROVED, 0),
        exception=exception,
        exceptions=exceptions,
        silent_for=None if known_since is None or quiet_since is None or undated else now - quiet_since,
    )


def at_work_since(reader: Connection, tenant: str) -> dict[str, datetime]:
    """Since when each policy is live, by the rule sets that decided: the first that has it live."""
    found: dict[str, datetime] = {}
    for row in reader.execute(select(rulesets).where(rulesets.c.tenant == tenant).order_by(rulesets.c.kept_at)):
        for document in row.documents:
            if document.get("status") == "live":
                found.setdefault(document["id"], row.kept_at)
    return found


def last_closed(reader: Connection, tenant: str, kind: str, policy: str) -> tuple[bool, datetime | None]:
    """Whether a task of that kind is open for a policy, and when one was last closed."""
    asked = select(tasks.c.state, func.max(tasks.c.changed_at)).where(
        tasks.c.tenant == tenant, tasks.c.kind == kind, tasks.c.policy == policy
    )
    states = {row[0]: row[1] for row in reader.execute(asked.group_by(tasks.c.state))}
    closed = [at for state, at in states.items() if state != OPEN]
    return OPEN in states, max(closed, default=None)


def _most(reader: Connection, tenant: str, policy: str, since: datetime, now: datetime) -> tuple[str, int]:
    """The exception that was made most often, and how often."""
    asked = select(overrides.c.exception, func.count()).where(*_in(overrides, tenant, policy, since, now))
    grouped = asked.group_by(overrides.c.exception).order_by(func.count().desc(), overrides.c.exception).limit(1)
    row = reader.execute(grouped).one_or_none()
    return ("", 0) if row is None else (row[0], row[1])


def _approvals(reader: Connection, tenant: str, policy: str, since: datetime, now: datetime) -> dict[str, int]:
    mine = tasks.c.tenant == tenant, tasks.c.state.in_(_DECIDED), tasks.c.kind == APPROVAL, tasks.c.policy == policy
    when = tasks.c.changed_at > since, tasks.c.changed_at <= now
    asked = select(tasks.c.state, func.count()).where(*mine, *when).group_by(tasks.c.state)
    return {row[0]: row[1] for row in reader.execute(asked)}


def _in(table: Any, tenant: str, policy: str, since: datetime, now: datetime) -> tuple[Any, ...]:
    return table.c.tenant == tenant, table.c.policy == policy, table.c.at > since, table.c.at <= now

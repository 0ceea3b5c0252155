"""Decisions, each with the facts it was made of. They are added and read, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, insert, select

from careengine.model.value import parse_instant
from careengine.store import identities
from careengine.store.prepared import Prepared
from careengine.store.tables import actions, decisions, events, matches

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Row, Select

_COLUMNS = ("tenant", "id", "event", "ruleset", "as_of", "recorded_at", "facts", "decision")
_ADD = Prepared(insert(decisions), _COLUMNS)
_ADD_MATCHES = Prepared(insert(matches), ("tenant", "decision", "policy", "kind", "at", "live"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDecision:
    """A decision as it is kept.

    `event` is the interaction's JSON as far as it was kept; `decision` is as in `decision.schema.json`; `facts` is
    a snapshot for `Facts.from_snapshot`; `ruleset` is the hash to ask `rulesets.get` for.
    """

    id: str
    tenant: str
    source: str
    event: dict[str, Any]
    decision: dict[str, Any]
    facts: dict[str, Any]
    ruleset: str
    recorded_at: datetime


def append(
    transaction: Connection,
    tenant: str,
    event: int,
    decision: Mapping[str, Any],
    facts: Mapping[str, Any],
    now: datetime,
    shadow: Collection[str] = (),
) -> None:
    """Keep a decision (its JSON) on the event of that number, and which policies matched or had a say as guardrails.

    Those in `shadow` only showed what they would do.
    """
    values = {
        "tenant": tenant,
        "id": decision["id"],
        "event": event,
        "ruleset": decision["ruleset"],
        "as_of": parse_instant(decision["as_of"]),
        "recorded_at": now,
        "facts": facts,
        "decision": decision,
    }
    _ADD.run(transaction, [values])
    key = {"tenant": tenant, "decision": decision["id"]}
    said = [*decision["matched"], *decision.get("restraints", ())]
    matched = {one["policy"]: one["kind"] for one in said}  # a table may match by several rows
    rows = [
        {**key, "policy": policy, "kind": kind, "at": now, "live": policy not in shadow}
        for policy, kind in matched.items()
    ]
    if rows:
        _ADD_MATCHES.run(transaction, rows)


def get(reader: Connection, tenant: str, decision_id: str) -> StoredDecision | None:
    """One decision by its id."""
    row = reader.execute(_all(tenant).where(decisions.c.id == decision_id)).one_or_none()
    return None if row is None else _stored(row)


def page(
    reader: Connection,
    tenant: str,
    after: str | None = None,
    limit: int = 50,
    *,
    kind: str | None = None,
    status: str | None = None,
    customer: str | None = None,
) -> list[StoredDecision]:
    """The newest decisions first, at most `limit`; `after` is the id of the last one seen before.

    `kind` keeps those in which a policy of that kind matched or, as a guardrail, had a say, `status` those with an
    action of that status, `customer` those on events of the person behind that id.
    """
    query = _all(tenant).order_by(decisions.c.seq.desc()).limit(limit)
    if after is not None:
        last = select(decisions.c.seq).where(decisions.c.tenant == tenant, decisions.c.id == after)
        query = query.where(decisions.c.seq < last.scalar_subquery())
    if kind is not None:
        query = query.where(exists().where(matches.c.kind == kind, *_of_decision(matches)))
    if status is not None:
        query = query.where(exists().where(actions.c.status == status, *_of_decision(actions)))
    if customer is not None:
        query = query.where(events.c.customer.in_(identities.ids_of(reader, tenant, customer)))
    return [_stored(row) for row in reader.execute(query)]


def _of_decision(table: Any) -> tuple[Any, Any]:
    return table.c.tenant == decisions.c.tenant, table.c.decision == decisions.c.id


def _all(tenant: str) -> Select[Any]:
    return (
        select(decisions, events.c.source, events.c.document)
        .join(events, decisions.c.event == events.c.seq)
        .where(decisions.c.tenant == tenant)
    )


def _stored(row: Row[Any]) -> StoredDecision:
    return StoredDecision(
        id=row.id,
        tenant=row.tenant,
        source=row.source,
        event=row.document,
        decision=row.decision,
        facts=row.facts,
        ruleset=row.ruleset,
        recorded_at=row.recorded_at,
    )

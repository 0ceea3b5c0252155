"""Writes everything about one event, inside the caller's transaction."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson

from careengine.model.facts import EntryHistory
from careengine.model.history import DECISIONS
from careengine.pipeline.consequences import care_first, entries_after
from careengine.pipeline.effects import Decided, keep_effects
from careengine.store import decisions, events, history, outbox, rulesets
from careengine.store.rejects import Reject

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from careengine.errors import PayloadError
    from careengine.model.decision import Decision
    from careengine.model.facts import Facts
    from careengine.model.policy import PolicySet
    from careengine.pipeline.arrival import Arrival
    from careengine.pipeline.privacy import Privacy


def record(
    transaction: Connection,
    arrival: Arrival,
    *,
    digest: str,
    facts: Facts,
    policies: PolicySet,
    decision: Decision,
    deliverable: Collection[str],
    privacy: Privacy,
    now: datetime,
    incident_reviewer: str,
) -> dict[str, Any]:
    """Keep the event, its past and the history it makes, the rule set, the decision with its facts, and the actions.

    Gives the decision's JSON.
    """
    tenant, interaction = arrival.tenant, arrival.interaction
    number = events.add(transaction, _event(arrival, digest, privacy, now))
    rulesets.keep(transaction, tenant, policies.hash, policies.documents, now)
    answer = decision.to_json()
    decisions.append(transaction, tenant, number, answer, privacy.snapshot(facts), now, policies.in_shadow)
    outbox.add(transaction, tenant, decision.id, interaction.source, answer["actions"], deliverable, now)
    if interaction.customer is not None:
        own = facts.history.own if isinstance(facts.history, EntryHistory) else ()
        made = [*arrival.past, *own, *care_first(facts), *entries_after(decision, facts)]
        history.add(transaction, tenant, interaction.customer, number, made)
    else:  # that it acted on a case of nobody that is known counts for the case
        acted = [entry for entry in entries_after(decision, facts) if entry.kind == DECISIONS and entry.case]
        history.add(transaction, tenant, history.NOBODY, number, acted)
    decided = Decided(
        tenant=tenant,
        event=number,
        interaction=interaction,
        facts=facts,
        policies=policies,
        decision=decision,
        answer=answer,
        now=now,
        deliverable=deliverable,
        past=arrival.past,
        incident_reviewer=incident_reviewer,
    )
    keep_effects(transaction, decided)
    return answer


def _event(arrival: Arrival, digest: str, privacy: Privacy, now: datetime) -> events.NewEvent:
    interaction = arrival.interaction
    return events.NewEvent(
        tenant=arrival.tenant,
        source=interaction.source,
        id=interaction.id,
        type=interaction.type,
        customer=interaction.customer,
        occurred_at=interaction.occurred_at,
        recorded_at=now,
        digest=digest,
        document=privacy.document(interaction.document),
    )


def digest_of(document: Mapping[str, Any]) -> str:
    """The sha256 of an event's JSON, whatever the order of its members."""
    return sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()


def source_of(body: Any) -> str:
    """The source that a refused event gives, as far as it can be stored; empty when it gives none."""
    source = body.get("source") if isinstance(body, dict) else None
    return _storable(source) if isinstance(source, str) else ""


def reject_of(error: PayloadError, body: Any, source: str, now: datetime) -> Reject:
    """What is kept of a refused event: its first fault in our words, size and hash, and the source if we know it."""
    raw = body if isinstance(body, bytes) else _raw(body)
    first = error.problems[0]
    return Reject(
        at=now,
        source=source,
        pointer=first.pointer if first.place is None else first.place,
        message=first.message,
        problems=len(error.problems),
        size=len(raw),
        sha256=sha256(raw).hexdigest(),
    )


def _raw(document: Any) -> bytes:
    try:
        return orjson.dumps(document)
    except TypeError:  # what no JSON text can hold: numbers without end, broken text, endless nesting
        return b""


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "?")

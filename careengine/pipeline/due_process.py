"""What a decision leaves behind about restrictions: what it proposes, lifts, has looked at again or contested."""

from __future__ import annotations

from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from careengine.decide.kinds.restrictions import vulnerabilities
from careengine.model.decision import EXECUTE, PROPOSE
from careengine.model.history import INCIDENTS, things_of
from careengine.model.protection import Protection
from careengine.model.restrictions import PROPOSED, Counted, Restrictions, Standing
from careengine.model.value import parse_instant, say_instant
from careengine.pipeline.asking import APPEAL, MEASURE, parties, task_of
from careengine.pipeline.ending import end, tasks_of
from careengine.store import history, identities, restrictions, tasks
from careengine.store.restrictions import Restricted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from careengine.model.policy import Policy
    from careengine.model.protection import Rung
    from careengine.pipeline.effects import Decided

CONFIRMED = "confirmed"


def restrictions_of(reader: Connection, tenant: str, asked: Restrictions) -> list[dict[str, Any]]:
    """The answer to `Restrictions`: those of every id of the person."""
    ids = identities.ids_of(reader, tenant, asked.customer)
    found = [one for customer in ids for one in restrictions.standing_of(reader, tenant, customer)]
    return [standing for _, standing in sorted(found, key=itemgetter(0))]


def keep_restrictions(transaction: Connection, decided: Decided) -> None:
    """Keep what is proposed to people, end what is lifted, and let appeals be heard."""
    for action in decided.answer["actions"]:
        kind = action["type"], action["status"]
        if kind == ("restrict", PROPOSE) and decided.interaction.customer is not None:
            _propose(transaction, decided, action, decided.interaction.customer)
        elif kind == ("alert", EXECUTE) and "restriction" in action["params"]:
            _look_again(transaction, decided, action["params"])
        elif kind == ("lift", EXECUTE):
            _lift(transaction, decided, action["params"])
        elif kind == ("appeal", PROPOSE):
            _hear(transaction, decided, action)


def _propose(transaction: Connection, decided: Decided, action: Mapping[str, Any], customer: str) -> None:
    params, policy = action["params"], decided.policies.get(action["policies"][0])
    as_of = parse_instant(params["as_of"]) if "as_of" in params else decided.facts.as_of
    standing = Standing(
        id=action["id"],
        customer=customer,
        policy=action["policies"][0],
        step=params["step"],
        state=PROPOSED,
        to=params["to"],
        incident=params.get("incident", ""),
        as_of=as_of,
        counted=_counted(transaction, decided, customer, policy, params),
        appeal_to=params.get("appeal_to", ""),
        appeal_answer=params.get("appeal_answer", ""),
    )
    outcome = policy.outcome if policy else None
    notice, appeal = (outcome.notice, outcome.appeal) if isinstance(outcome, Protection) else (None, None)
    document = {
        "decision": decided.decision.id,
        "source": decided.interaction.source,
        "target": action["target"],
        "policies": action["policies"],
        "params": params,
        "notice": dict(notice.texts) if notice else None,
        "address": appeal.address if appeal else "",
        "parties": parties(decided),
    }
    now = decided.now
    one = Restricted(customer=customer, event=decided.event, opened_at=now, standing=standing, document=document)
    restrictions.put(transaction, decided.tenant, one)


def _counted(
    reader: Connection, decided: Decided, customer: str, policy: Policy | None, params: Mapping[str, Any]
) -> tuple[Counted, ...]:
    """The incidents that the ladder looked at: confirmed, and told of in its longest window.

    None, where a threat led to the step. Of a step that stands in for another: those of the other that are left.
    """
    ladder, as_of = _ladder(policy), decided.facts.as_of
    if not ladder or not ladder[params["ladder_step"] - 1].incidents:
        return ()
    windows = [rung.within for rung in ladder if rung.within]
    ids = identities.ids_of(reader, decided.tenant, customer)
    entries = [one for each in ids for one in history.entries(reader, decided.tenant, each, as_of, {INCIDENTS: None})]
    things = [one for one in things_of(INCIDENTS, entries, as_of) if one.status == CONFIRMED]
    before = restrictions.get(reader, decided.tenant, params["instead_of"]) if "instead_of" in params else None
    if before is not None:
        left = {one.ref for one in things}
        return tuple(one for one in before.standing.counted if one.incident in left)
    recent = [one for one in things if one.at > as_of - max(windows)]
    return tuple(Counted(incident=one.ref, at=one.at, severity=one.severity) for one in recent)


def _ladder(policy: Policy | None) -> tuple[Rung, ...]:
    return policy.outcome.ladder if policy and isinstance(policy.outcome, Protection) else ()


def _lift(transaction: Connection, decided: Decided, params: Mapping[str, Any]) -> None:
    one = restrictions.get(transaction, decided.tenant, params["restriction"])
    if one is not None and one.standing.is_live:
        end(transaction, decided.tenant, one, params["why"], decided.now)


def _look_again(transaction: Connection, decided: Decided, params: Mapping[str, Any]) -> None:
    """Bring the next look forward to now, once for each vulnerability that is told of."""
    one = restrictions.get(transaction, decided.tenant, params["restriction"])
    if one is None:
        return
    looked_at_for = tuple(dict.fromkeys([*one.standing.looked_at_for, *vulnerabilities(decided.facts)]))
    standing = replace(one.standing, looked_at_for=looked_at_for)
    restrictions.change(transaction, decided.tenant, one, decided.now, standing=standing)
    for task in tasks_of(transaction, decided.tenant, one):
        if task.kind == MEASURE:
            soon, document = min(task.due_at or decided.now, decided.now), {**task.document, "because": params["why"]}
            kept = {"role": task.role, "due_at": soon, "document": document, "now": decided.now}
            tasks.move(transaction, decided.tenant, task.id, **kept)  # type: ignore[arg-type]


def _hear(transaction: Connection, decided: Decided, action: Mapping[str, Any]) -> None:
    """Open the appeal for somebody who had no part in the matter; who decided on it is known when it is heard."""
    one = restrictions.get(transaction, decided.tenant, action["params"]["restriction"])
    if one is None or one.standing.appeal:
        return
    task = task_of(decided, APPEAL, action["params"]["to"], action)
    barred = list(dict.fromkeys([*parties(decided), *one.document["parties"]]))
    about = {"not_by": barred, "restriction": one.standing.id, "made_at": say_instant(decided.facts.as_of)}
    tasks.put(transaction, decided.tenant, replace(task, document={**task.document, **about}))
    standing = replace(one.standing, appeal=task.id)
    restrictions.change(transaction, decided.tenant, one, decided.now, standing=standing)

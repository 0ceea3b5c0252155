"""Reviews of the rules: what they find, and the one question that it becomes for each rule's owner."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from careengine.decide.kinds.review import signs
from careengine.model.policy import LIVE, PROPOSING, REVIEW
from careengine.model.value import say_instant
from careengine.model.watch import Watch
from careengine.store import locks, tasks, watching
from careengine.store.tasks import Task, task_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from careengine.model.policy import Policy, PolicySet
    from careengine.model.watch import Sign

RULE_REVIEW, EXCEPTION = "rule-review", "exception"
_LOCK = "review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What reviews found of one policy. `reviews` are the ids of those that found it; `waits`: its owner is asked."""

    policy: Policy
    reviews: tuple[str, ...]
    signs: tuple[Sign, ...]
    waits: bool

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        told = [sign.to_json() for sign in self.signs]
        named = {"policy": self.policy.id, "owner": self.policy.owner, "reviews": list(self.reviews)}
        return {**named, "signs": told, "waits": self.waits}


def look(reader: Connection, tenant: str, policies: PolicySet, now: datetime) -> Iterator[Finding]:
    """What the live reviews find, by policy. What lies before a question was closed is not counted again."""
    reviews = [policy for policy in policies.of_kind(REVIEW) if policy.status == LIVE and policy.in_effect(now)]
    since = watching.at_work_since(reader, tenant) if reviews else {}
    for policy in policies.policies if reviews else ():
        if policy.status == LIVE and policy.kind in PROPOSING:
            waits, closed_at = watching.last_closed(reader, tenant, RULE_REVIEW, policy.id)
            found = list(_found(reader, tenant, policy, reviews, now, (since.get(policy.id), closed_at)))
            if found:
                told = {sign.says: sign for _, sign in found}
                named = tuple(sorted({review for review, _ in found}))
                yield Finding(policy=policy, reviews=named, signs=tuple(told.values()), waits=waits)


def _found(
    reader: Connection,
    tenant: str,
    policy: Policy,
    reviews: Sequence[Policy],
    now: datetime,
    known: tuple[datetime | None, datetime | None],
) -> Iterator[tuple[str, Sign]]:
    at_work, closed_at = known
    for review in reviews:
        watch = review.outcome
        assert isinstance(watch, Watch)  # noqa: S101  the reader of this kind made it
        if not watch.kinds or policy.kind in watch.kinds:
            since = max(now - watch.within, closed_at or now - watch.within)
            quiet = max(at_work, closed_at or at_work) if at_work else None
            counted = watching.counts(reader, tenant, policy.id, since, now, quiet)
            yield from ((review.id, sign) for sign in signs(watch, counted))


def open_reviews(transaction: Connection, tenant: str, policies: PolicySet, now: datetime) -> list[Finding]:
    """Ask the owner of every policy of which something was found, unless they are asked already; gives the new ones."""
    locks.hold(transaction, _LOCK, tenant)
    fresh = [found for found in look(transaction, tenant, policies, now) if not found.waits]
    for found in fresh:
        says = "; ".join(sign.says for sign in found.signs)
        asks = f"{found.policy.owner} looks at the rule {found.policy.id}: {says}"
        about = {"reviews": list(found.reviews), "signs": [sign.to_json() for sign in found.signs]}
        tasks.put(transaction, tenant, question(tenant, RULE_REVIEW, found.policy, asks, now, about))
    return fresh


def question(
    tenant: str, kind: str, policy: Policy, asks: str, now: datetime, about: dict[str, Any], **of: Any
) -> Task:
    """A task for the owner of a policy; `about` goes into its document."""
    return Task(
        id=task_id(tenant, kind, policy.id, say_instant(now), of.get("event", "")),
        kind=kind,
        role=policy.owner,
        policy=policy.id,
        opened_at=now,
        changed_at=now,
        document={"asks": asks, "rule": reading_of(policy), **about},
        **of,
    )


def reading_of(policy: Policy) -> str:
    """A hash of how a policy reads, to see later whether it was amended."""
    text = json.dumps(policy.document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()

"""Reviews of the rules: what they find, and the one question that it becomes for each rule's owner."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from careengine.decide.kinds.review import signs
from careengine.model.policy import LIVE, PROPOSING, RESTRAINING, REVIEW
from careengine.model.value import say_instant
from careengine.model.watch import Counts, Watch
from careengine.store import locks, tasks, watching
from careengine.store.tasks import Task, task_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from careengine.model.policy import Policy, PolicySet
    from careengine.model.watch import Sign
    from careengine.store import Store

    _Asked = tuple[bool, datetime | None]

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
    if not reviews:
        return
    figures = _Figures(reader, tenant, now)
    for policy in policies.policies:
        if policy.status == LIVE and policy.kind in (*PROPOSING, *RESTRAINING):
            found = list(_found(figures, policy, reviews))
            if found:
                told = {sign.says: sign for _, sign in found}
                named = tuple(sorted({review for review, _ in found}))
                waits = figures.asked(policy.id)[0]
                yield Finding(policy=policy, reviews=named, signs=tuple(told.values()), waits=waits)


def _found(figures: _Figures, policy: Policy, reviews: Sequence[Policy]) -> Iterator[tuple[str, Sign]]:
    for review in reviews:
        watch = review.outcome
        assert isinstance(watch, Watch)  # noqa: S101  the reader of this kind made it
        if not watch.kinds or policy.kind in watch.kinds:
            yield from ((review.id, sign) for sign in signs(watch, figures.of(policy.id, watch)))


class _Figures:
    """The figures of all policies, read together: one by one they would take thousands of rules minutes."""

    def __init__(self, reader: Connection, tenant: str, now: datetime) -> None:
        self._reader, self._tenant, self._now = reader, tenant, now
        self._at_work = watching.at_work_since(reader, tenant)
        self._last = watching.last_matches(reader, tenant)
        self._asked = watching.asked(reader, tenant, RULE_REVIEW)
        self._counted: dict[timedelta, dict[str, Counts]] = {}

    def asked(self, policy: str) -> tuple[bool, datetime | None]:
        """Whether the owner is asked at present, and when such a question was last closed."""
        return self._asked.get(policy, (False, None))

    def of(self, policy: str, watch: Watch) -> Counts:
        """What a review counts of one policy."""
        since, closed_at = self._now - watch.within, self.asked(policy)[1]
        if closed_at is not None and closed_at > since:  # anew from then on
            counted = watching.counts(self._reader, self._tenant, closed_at, self._now, policy)
        else:
            counted = self._since(watch.within)
        return replace(counted.get(policy, Counts()), silent_for=self._silent_for(policy))

    def _since(self, within: timedelta) -> dict[str, Counts]:
        if within not in self._counted:
            self._counted[within] = watching.counts(self._reader, self._tenant, self._now - within, self._now)
        return self._counted[within]

    def _silent_for(self, policy: str) -> timedelta | None:
        at_work = self._at_work.get(policy)
        if at_work is None or (policy in self._last and self._last[policy] is None):
            return None  # of what an older program kept it is not known when it was
        known = at_work, self._last.get(policy), self.asked(policy)[1]
        return self._now - max(at for at in known if at is not None)


def open_reviews(store: Store, tenant: str, policies: PolicySet, now: datetime) -> list[Finding]:
    """Ask the owner of every policy of which something was found, unless they are asked already; gives the new ones.

    It looks without holding anybody up; each question is a short transaction of its own. Raises StoreError.
    """
    with store.read() as reader:
        found = [one for one in look(reader, tenant, policies, now) if not one.waits]
        before = watching.asked(reader, tenant, RULE_REVIEW)
    return [one for one in found if store.transact(partial(_ask, tenant=tenant, found=one, before=before, now=now))]


def _ask(transaction: Connection, *, tenant: str, found: Finding, before: Mapping[str, _Asked], now: datetime) -> bool:
    """Open the question, unless somebody else did since it was looked."""
    name = found.policy.id
    locks.hold(transaction, _LOCK, tenant)
    if watching.asked(transaction, tenant, RULE_REVIEW, name).get(name) != before.get(name):
        return False
    says = "; ".join(sign.says for sign in found.signs)
    asks = f"{found.policy.owner} looks at the rule {name}: {says}"
    about = {"reviews": list(found.reviews), "signs": [sign.to_json() for sign in found.signs]}
    return tasks.put(transaction, tenant, question(tenant, RULE_REVIEW, found.policy, asks, now, about))


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

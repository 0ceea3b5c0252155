"""A case that was passed on although its owner is locked: it is given back, and whoever may lift the lock is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.decide.proposal import Proposal
from careengine.model.decision import EXECUTE
from careengine.model.ownership import TRANSFERRED, LockOf
from careengine.model.policy import ESCALATION, Escalation
from careengine.model.table import members
from careengine.model.value import parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from careengine.model.facts import Facts
    from careengine.model.policy import Policy, PolicySet


def broken_lock(policies: PolicySet, facts: Facts) -> tuple[Policy, str] | None:
    """The policy whose lock an event breaks, with why; None when it breaks none."""
    locking = [one for policy in policies.of_kind(ESCALATION) for one in members(policy) if _locks(one)]
    lock = _lock(facts) if locking and facts.event == TRANSFERRED else None
    policy = next((one for one in locking if lock and one.id == lock["policy"]), None)
    if lock is None or policy is None or not _broken(lock, facts):
        return None
    return policy, f"the case was passed on, and its owner {lock['owner']} is locked"


def _locks(policy: Policy) -> bool:
    return isinstance(policy.outcome, Escalation) and bool(policy.outcome.lock_owner)


def _lock(facts: Facts) -> Mapping[str, Any] | None:
    case, source = facts.fields.get("case.id"), facts.fields.get("source")
    return facts.state.ask(LockOf(source=str(source), case=case)) if isinstance(case, str) else None


def _broken(lock: Mapping[str, Any], facts: Facts) -> bool:
    """Whether it went to somebody else than its owner, or nobody tells to whom. What comes late of before breaks none.

    Until somebody takes it over there is no owner to whom it could be given back.
    """
    late = facts.as_of <= parse_instant(lock["since"])
    return not late and lock["owner"] is not None and facts.fields.get("case.owner") != lock["owner"]


def give_back(policy: Policy, escalation: Escalation, facts: Facts) -> Iterator[Proposal]:
    """The case goes back to its owner where it is known that somebody else has it; the lead is told in any case."""
    lock = _lock(facts) or {}
    owner, lead, now = lock.get("owner"), escalation.lock_owner, facts.fields.get("case.owner")
    why = f"{policy.id} locked it on {owner}, until the case is over or {lead} lifts the lock"
    if isinstance(now, str):
        text = f"give the case back to {owner}: {why}"
        yield Proposal(policy=policy, type="assign", status=EXECUTE, text=text, params={"to": owner, "why": why})
    whom = f"passed on to {now}" if isinstance(now, str) else "passed on, and nobody tells to whom"
    yield Proposal(
        policy=policy,
        type="alert",
        status=EXECUTE,
        text=f"tell {lead} at once: the case was {whom}, although {why}",
        merge=f"alert {lead} {policy.id}",
        params={"to": lead, "within": None},
    )

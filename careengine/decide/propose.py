"""What the matched policies ask for, before they are weighed against each other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from careengine.decide.doing import (
    say_alert,
    say_escalation,
    say_flag,
    say_lead,
    say_offer,
    say_restriction,
    say_step,
    say_support,
)
from careengine.model.decision import AWAIT_APPROVAL, EXECUTE, PROPOSE, Fault, Withheld
from careengine.model.history import DECISIONS, HistoryQuery
from careengine.model.policy import (
    ESCALATION,
    LIVE,
    PROTECTION,
    RECOVERY,
    AmountBy,
    Escalation,
    Protection,
    Recovery,
)
from careengine.model.value import Money, say_duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import timedelta

    from careengine.model.facts import Facts
    from careengine.model.policy import Offer, Policy, Verdict
    from careengine.model.value import Value


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """One thing that one policy asks for. `merge` names what may be joined with the same wish of other policies.

    How it stands to others is worked out once; the wishes of most policies are the same for every event.
    """

    policy: Policy
    type: str
    status: str
    text: str
    merge: str = ""
    place: int = 0  # among the wishes of its policy
    params: dict[str, Any] = field(default_factory=dict)
    amount: Money | None = None
    within: timedelta | None = None  # how soon somebody has to look

    @cached_property
    def contest(self) -> tuple[str, ...]:
        """What it asks for: of several wishes in one contest one stands, unless they are joined."""
        if self.merge:
            return ("merge", self.merge)
        if self.type == "offer":
            family = self.params["family"]
            # What is owed adds up: every entitlement is a contest of its own.
            return ("offer", family, self.policy.name if family == "entitlement" else "")
        return (self.type, self.policy.id if self.type == "review" else "")

    @cached_property
    def rank(self) -> tuple[int, int, Decimal, str, int]:
        """Who goes first: the highest level, then the highest priority, the largest amount, the id and the row."""
        policy, amount = self.policy, -self.amount.amount if self.amount else Decimal(0)
        return (-int(self.params.get("level") or 0), -policy.priority, amount, policy.id, policy.row)

    @cached_property
    def reading_order(self) -> tuple[int, int, str, int, int]:
        """The employee first, then who takes over, then the remedy; within a policy as its file has it."""
        kind = (PROTECTION, ESCALATION, RECOVERY).index(self.policy.kind)
        return (kind, -self.policy.priority, self.policy.id, self.policy.row, self.place)


def propose(verdicts: Sequence[Verdict], facts: Facts) -> tuple[list[Proposal], list[Withheld], list[Fault]]:
    """The wishes of every matched policy; a policy that has acted lately is withheld, a failed one is a fault."""
    proposals: list[Proposal] = []
    withheld: list[Withheld] = []
    faults: list[Fault] = []
    for verdict in verdicts:
        policy = verdict.policy
        if verdict.fault:
            faults.append(Fault(source=policy.id, why=verdict.fault))
            proposals += _after_fault(policy)
        elif verdict.result:
            if why := _acted_lately(policy, facts):
                withheld.append(Withheld(policy=policy.id, by=policy.id, why=why))
            else:
                proposals += _wishes(policy, facts)
    return proposals, withheld, faults


def _after_fault(policy: Policy) -> list[Proposal]:
    # Nobody is left unprotected because a rule broke, nor without what a table may owe them: a person looks instead.
    if policy.status != LIVE or (policy.kind != PROTECTION and not policy.row):
        return []
    what = "the conduct" if policy.kind == PROTECTION else "what is due"
    return [_review(policy, f"{policy.owner} looks at {what}, because the policy {policy.id} failed")]


def _review(policy: Policy, text: str) -> Proposal:
    return Proposal(policy=policy, type="review", status=PROPOSE, text=text, params={"to": policy.owner})


def _acted_lately(policy: Policy, facts: Facts) -> str:
    once = policy.once_per
    if once is None:
        return ""
    same = None if once.same == "customer" else once.same
    query = HistoryQuery(function="count", kind=DECISIONS, policy=policy.id, same=same, within=once.within)
    if facts.history.ask(query, facts.fields, facts.as_of):
        return f"it acted for the same {once.same} within {say_duration(once.within)}"
    return ""


def _wishes(policy: Policy, facts: Facts) -> Sequence[Proposal]:
    """The policy's wishes in order; made once where they are the same for every event."""
    kept: Sequence[Proposal] | None = policy.memo.get(Proposal)
    if kept is not None:
        return kept
    made = [replace(wish, place=place) for place, wish in enumerate(_asked(policy, facts))]
    return made if _depends_on_facts(policy) else policy.memo.setdefault(Proposal, made)


def _depends_on_facts(policy: Policy) -> bool:
    outcome = policy.outcome
    if isinstance(outcome, Recovery):
        return outcome.offer is not None and isinstance(outcome.offer.amount, AmountBy)
    return isinstance(outcome, Protection) and bool(outcome.support)  # support names the employee


def _asked(policy: Policy, facts: Facts) -> Iterator[Proposal]:
    if isinstance(policy.outcome, Recovery):
        return _recovery(policy, policy.outcome, facts)
    if isinstance(policy.outcome, Escalation):
        return iter((_escalation(policy, policy.outcome),))
    if isinstance(policy.outcome, Protection):
        return _protection(policy, policy.outcome, facts)
    return iter(())  # a table asks for nothing beside its rows


def _recovery(policy: Policy, recovery: Recovery, facts: Facts) -> Iterator[Proposal]:
    for step in recovery.steps:
        if step == "offer" and recovery.offer is not None:
            yield _offer(policy, recovery.offer, facts)
        else:
            yield Proposal(policy=policy, type=step, status=EXECUTE, text=say_step(step), merge=step)
    if recovery.lead:
        lead = recovery.lead
        yield Proposal(policy=policy, type="assign", status=EXECUTE, text=say_lead(lead), params={"to": lead})


def _offer(policy: Policy, offer: Offer, facts: Facts) -> Proposal:
    amount, why = _amount(offer, facts)
    # Over what a policy may say by itself is a question to a person, never a silent no.
    approver = offer.approver or (None if amount else policy.owner)
    what = f"{amount} as {offer.family}" if amount else f"{offer.family}; the amount is open because {why}"
    return Proposal(
        policy=policy,
        type="offer",
        status=AWAIT_APPROVAL if approver else EXECUTE,
        text=say_offer(what, offer.expires, approver),
        params={
            "family": offer.family,
            "amount": str(amount) if amount else None,
            "expires": say_duration(offer.expires) if offer.expires else None,
            "approver": approver,
        },
        amount=amount,
    )


def _amount(offer: Offer, facts: Facts) -> tuple[Money | None, str]:
    if not isinstance(offer.amount, AmountBy):
        return offer.amount, ""
    found = facts.fields.get(offer.amount.field)
    if found is None:
        return None, f"{offer.amount.field} is not known"
    key = _as_key(found)
    return offer.amount.amounts.get(key), f"none is set for {offer.amount.field} {key}"


def _as_key(found: Value) -> str:
    """A value as rule files write it for a key: `true`, and `2` also when a plugin says 2.0."""
    if isinstance(found, bool):
        return str(found).lower()
    return str(int(found)) if isinstance(found, float) and found.is_integer() else str(found)


def _escalation(policy: Policy, escalation: Escalation) -> Proposal:
    return Proposal(
        policy=policy,
        type="escalate",
        status=EXECUTE,
        text=say_escalation(escalation),
        params={
            "to": escalation.to,
            "level": escalation.level,
            "priority": escalation.priority,
            "respond_within": say_duration(escalation.respond_within) if escalation.respond_within else None,
            "next_update": say_duration(escalation.next_update) if escalation.next_update else None,
            "hand_over": escalation.hand_over,
        },
    )


def _protection(policy: Policy, protection: Protection, facts: Facts) -> Iterator[Proposal]:
    if protection.support:
        measures = list(protection.support)
        params = {"measures": measures, "employee": _employee(facts)}
        text = say_support(measures)
        yield Proposal(policy=policy, type="support", status=EXECUTE, text=text, merge="support", params=params)
    if protection.alert:
        to, within = protection.alert.to, protection.alert.within
        yield _within(within, _to(policy, "alert", EXECUTE, to, say_alert(protection.alert)))
    if protection.flag:
        to, within = protection.flag.review_by, protection.flag.within
        yield _within(within, _to(policy, "flag", PROPOSE, to, say_flag(protection.flag)))
    if protection.restrict:
        yield _restriction(policy, protection)


def _restriction(policy: Policy, protection: Protection) -> Proposal:
    restriction = protection.restrict
    assert restriction is not None  # noqa: S101  the caller asked
    step, to, expires = restriction.step, restriction.decided_by, say_duration(restriction.expires)
    review = say_duration(restriction.review_every) if restriction.review_every else None
    text = say_restriction(restriction)
    # Only the very same restriction is proposed once; between two that differ, a person chooses.
    merge = f"{step} {expires} {review}"
    return _to(policy, "restrict", PROPOSE, to, text, merge=merge, step=step, expires=expires, review_every=review)


def _to(policy: Policy, kind: str, status: str, to: str, text: str, *, merge: str = "", **params: Any) -> Proposal:
    """A wish addressed to a role; wishes of one type to one role are joined."""
    return Proposal(
        policy=policy,
        type=kind,
        status=status,
        text=text,
        merge=f"{kind} {to} {merge}",
        params={"to": to, **params},
    )


def _within(within: timedelta | None, wish: Proposal) -> Proposal:
    said = say_duration(within) if within else None
    return replace(wish, within=within, params={**wish.params, "within": said})


def _employee(facts: Facts) -> str | None:
    found = facts.fields.get("incident.target", facts.fields.get("employee.id"))
    return found if isinstance(found, str) else None

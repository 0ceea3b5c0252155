"""After the wishes are weighed: guardrails restrain those that stand. They only take away, and never what is owed.

Each kind of guardrail has a room of its own (`KEEPERS`); here is what they share. Where it is not known whether a
guardrail applies, it does. One that fails leaves every offer that it might have restrained to a person.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from careengine.decide.act import action_id
from careengine.decide.anti_deflection import keep_human_within_reach
from careengine.decide.authority import authority_left, keep_authority
from careengine.decide.contact_cap import keep_contact_cap
from careengine.decide.doing import say_alert
from careengine.decide.limits import keep_limit
from careengine.decide.logic import result_of
from careengine.decide.next_wish import hear_next
from careengine.decide.proposal import Proposal
from careengine.decide.recognition import keep_recognition
from careengine.model.decision import AWAIT_APPROVAL, EXECUTE, Fault, Withheld
from careengine.model.policy import (
    ANTI_DEFLECTION,
    AUTHORITY,
    BUDGET,
    CONTACT_CAP,
    ENTITLEMENT,
    LIMIT,
    LIVE,
    RECOGNITION,
)
from careengine.model.protection import Alert
from careengine.model.restraint import ADDED, ASKED, DEFERRED, NOTICED, WITHHELD, Reservation, Restraint
from careengine.model.value import say_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from careengine.decide.arbiter import Arbitrated
    from careengine.decide.arbitrate import Standing
    from careengine.decide.next_wish import GaveWay
    from careengine.model.authority import RoomLeft
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy, PolicySet
    from careengine.model.value import Money

    Keeper = Callable[["Policy", "Held"], None]

# Who keeps each kind of guardrail, in the order in which they are asked: whether at all, how much, and who may.
# The last one adds what is missing. A recognition only keeps its own count.
KEEPERS: Mapping[str, Keeper] = {
    RECOGNITION: keep_recognition,
    CONTACT_CAP: keep_contact_cap,
    LIMIT: keep_limit,
    BUDGET: keep_limit,
    AUTHORITY: keep_authority,
    ANTI_DEFLECTION: keep_human_within_reach,
}

# Of which wishes the next one is heard, when such a guardrail took away the one that went first.
_NEXT: Mapping[str, str] = {RECOGNITION: "nominate", CONTACT_CAP: "contact"}

# What a guardrail that fails half way must not leave behind.
_RESTORED = ("standing", "withheld", "restraints", "reserved", "authority", "_told", "_waiting")


@dataclass(slots=True)
class Held:
    """The wishes that stand while guardrails look at them, and what the guardrails did."""

    facts: Facts
    policies: PolicySet
    standing: list[Standing]
    withheld: list[Withheld] = field(default_factory=list)
    restraints: list[Restraint] = field(default_factory=list)
    reserved: list[Reservation] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    authority: list[RoomLeft] = field(default_factory=list)
    _told: list[Standing] = field(default_factory=list)
    _waiting: set[str] = field(default_factory=set)  # the actions for which there is no room

    def wishes(self, *types: str) -> Iterator[Standing]:
        """The wishes of these types that stand; without what is owed, which nobody restrains."""
        return iter([one for one in self.standing if one[0].type in types and not self._is_owed(*one)])

    def _is_owed(self, wish: Proposal, behind: Sequence[str]) -> bool:
        if is_owed_wish(wish):
            return True
        return len(behind) > 1 and any(owed.id in behind for owed in self.policies.of_kind(ENTITLEMENT))

    def ask(self, by: Policy, wish: Proposal, to: str, why: str, within: timedelta | None = None) -> None:
        """Let a person of a role say yes or no to a wish, instead of doing it, and say how soon."""
        self._note(by, wish, ASKED, why, to=to)
        if by.status == LIVE:
            if by.kind in (LIMIT, BUDGET, AUTHORITY):
                self._waiting.add(self._action_of(wish))
            approvers = [*wish.params.get("approvers", ()), *([] if to in wish.params.get("approvers", ()) else [to])]
            first = wish.params.get("approver") or to
            soon = {"within": say_duration(within)} if within else {}
            asked = {**soon, **wish.params, "approver": first, "approvers": approvers}
            status = AWAIT_APPROVAL if wish.status == EXECUTE else wish.status
            self._swap(wish, replace(wish, status=status, params=asked, text=f"{wish.text}; {to} decides: {why}"))

    def withhold(self, by: Policy, wish: Proposal, why: str) -> None:
        """Take a wish away for good."""
        self._note(by, wish, WITHHELD, why)
        self._take(by, wish, why)

    def defer(self, by: Policy, wish: Proposal, until: datetime, why: str) -> None:
        """Take a wish away until an instant, at which it is looked at again."""
        self._note(by, wish, DEFERRED, why, until=until)
        self._take(by, wish, why)

    def add(self, wish: Proposal, why: str = "") -> None:
        """Put a wish of the guardrail's own beside the others: somebody looks at what it took, or is brought in."""
        if why:
            self._note(wish.policy, wish, ADDED, why)
        self.standing.append((wish, (wish.policy.id,)))

    def amend(self, by: Policy, wish: Proposal, **params: object) -> None:
        """Let a wish go ahead, and tell more of it."""
        if by.status == LIVE:
            self._swap(wish, replace(wish, params={**wish.params, **params}))

    def notice(self, by: Policy, wish: Proposal, to: str, why: str) -> None:
        """Tell a role of something, and let the wish go ahead."""
        self._note(by, wish, NOTICED, why, to=to)
        if by.status == LIVE:
            text, params = f"{say_alert(Alert(to=to))}: {why}", {"to": to, "within": None}
            alert = Proposal(policy=by, type="alert", status=EXECUTE, text=text, merge=f"alert {to}", params=params)
            self._told.append((alert, (by.id,)))

    def waits(self, wish: Proposal) -> bool:
        """Whether there is no room for a wish, so that it takes up nothing until a person says yes."""
        return bool(self._waiting) and self._action_of(wish) in self._waiting

    def taken(self, by: Policy, scope: str) -> Decimal:
        """What the wishes so far take up of a room, beside those for which there is none."""
        mine = (one for one in self.reserved if (one.policy, one.scope) == (by.id, scope))
        return sum((one.amount.amount for one in mine if one.amount and one.action not in self._waiting), Decimal(0))

    def reserve(
        self, by: Policy, stands: Standing, scope: str, *, period: str, amount: Money | None, until: datetime | None
    ) -> None:
        """Set aside what a wish takes up. A guardrail in shadow counts for itself; a wish in shadow takes nothing."""
        if stands[0].policy.status == LIVE:
            action = action_id(*stands, self.facts)
            made = Reservation(policy=by.id, scope=scope, action=action, period=period, amount=amount, until=until)
            self.reserved.append(made)

    def copied(self) -> Mapping[str, Any]:
        """How it stands, for `undo`."""
        return {name: copy(getattr(self, name)) for name in _RESTORED}

    def undo(self, before: Mapping[str, Any]) -> None:
        """Let it stand as it did before a guardrail that failed."""
        for name, value in before.items():
            setattr(self, name, value)

    def finish(self) -> None:
        """The end: those who are told of something, and what takes up no room before a person says yes."""
        self.standing += self._told
        # What another guardrail took away after all takes up nothing.
        done = {action_id(*stands, self.facts) for stands in self.standing} if self.reserved else set()
        waiting = self._waiting
        self.reserved = [replace(one, waiting=one.action in waiting) for one in self.reserved if one.action in done]

    def _action_of(self, wish: Proposal) -> str:
        return action_id(wish, next(behind for one, behind in self.standing if one is wish), self.facts)

    def _note(self, by: Policy, wish: Proposal, did: str, why: str, **more: object) -> None:
        named = {"policy": by.id, "kind": by.kind, "status": by.status, "did": did, "type": wish.type}
        self.restraints.append(Restraint(**named, of=wish.policy.id, why=why, **more))  # type: ignore[arg-type]

    def _take(self, by: Policy, wish: Proposal, why: str) -> None:
        if by.status != LIVE:
            return
        behind = next(behind for one, behind in self.standing if one is wish)
        self.standing = [one for one in self.standing if one[0] is not wish]
        self.withheld += [Withheld(policy=policy, by=by.id, why=why) for policy in behind]

    def _swap(self, wish: Proposal, other: Proposal) -> None:
        self.standing = [(other, behind) if one is wish else (one, behind) for one, behind in self.standing]


def restrain(
    standing: Sequence[Standing], outweighed: GaveWay, facts: Facts, policies: PolicySet, before: Arbitrated
) -> tuple[Held, GaveWay]:
    """Have every guardrail of the set look at the wishes that stand, after what arbitration took away `before`.

    Beside them what gave way still, as a contact or a nomination that gave way may stand after all.
    """
    held = Held(facts, policies, list(standing), before.withheld, before.restraints, faults=before.faults)
    for kind, keep in KEEPERS.items():
        _keep_all(kind, keep, held)
        if kind in _NEXT:
            outweighed = hear_next(held, outweighed, _NEXT[kind], partial(_kept_alone, kind, keep, held))
    held.finish()
    _tell_authority(held)
    return held, outweighed


def _keep_all(kind: str, keep: Keeper, held: Held) -> None:
    for policy in held.policies.of_kind(kind):
        if held.standing or kind == ANTI_DEFLECTION:
            _keep(keep, policy, held)


def _kept_alone(kind: str, keep: Keeper, beside: Held, wish: Proposal) -> Held:
    held = Held(beside.facts, beside.policies, [(wish, (wish.policy.id,))])
    _keep_all(kind, keep, held)
    return held


def keep_humans_after(held: Held, left: Collection[str]) -> list[Standing]:
    """Look once more whether a human is within reach, when guards left only these actions; what has to be added.

    What stepped back for an escalation may not be lost with it.
    """
    held.standing = [stands for stands in held.standing if action_id(*stands, held.facts) in left]
    before = len(held.standing)
    added = {wish.policy.id for wish, _ in held.standing}
    for policy in held.policies.of_kind(ANTI_DEFLECTION):
        if policy.id not in added:
            _keep(keep_human_within_reach, policy, held)
    return held.standing[before:]


def _tell_authority(held: Held) -> None:
    try:
        held.authority += list(authority_left(held))
    except Exception as error:  # noqa: BLE001  what is only told must not stop care
        held.faults.append(Fault(source="authority", why=f"{error}" or "it failed"))


def applies(policy: Policy, facts: Facts) -> bool:
    """Whether a guardrail has a say on this event: it does unless it is known that it does not."""
    return policy.in_effect(facts.as_of) and result_of(policy, facts) is not False


def is_owed_wish(wish: Proposal) -> bool:
    """Whether the customer has a right to it."""
    return wish.policy.kind == ENTITLEMENT or (wish.type == "offer" and wish.params["family"] == "entitlement")


def _keep(keep: Keeper, policy: Policy, held: Held) -> None:
    before: Mapping[str, Any] = {}
    try:
        if applies(policy, held.facts):
            before = held.copied()
            keep(policy, held)
    except Exception as error:  # noqa: BLE001  a broken guardrail must not stop care, nor let offers slip past it
        held.faults.append(Fault(source=policy.id, why=f"{error}" or "it failed"))
        held.undo(before)
        for wish, _ in held.wishes("offer", "contact"):
            held.ask(policy, wish, policy.owner, "the guardrail failed")

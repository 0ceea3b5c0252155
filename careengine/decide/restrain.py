"""After the wishes are weighed: guardrails restrain those that stand. They only take away, and never what is owed.

Each kind of guardrail has a room of its own (`KEEPERS`); here is what they share. Where it is not known whether a
guardrail applies, it does. One that fails leaves every offer that it might have restrained to a person.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from careengine.decide.act import action_id
from careengine.decide.contact_cap import keep_contact_cap
from careengine.decide.logic import result_of
from careengine.model.decision import AWAIT_APPROVAL, EXECUTE, Fault, Withheld
from careengine.model.policy import CONTACT_CAP, LIVE
from careengine.model.restraint import ASKED, DEFERRED, NOTICED, WITHHELD, Reservation, Restraint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from careengine.decide.arbitrate import Standing
    from careengine.decide.proposal import Proposal
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy, PolicySet
    from careengine.model.value import Money

    Keeper = Callable[["Policy", "Held"], None]

# Who keeps each kind of guardrail, in the order in which they are asked: whether at all, how much, and who may.
KEEPERS: Mapping[str, Keeper] = {
    CONTACT_CAP: keep_contact_cap,
}


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

    def wishes(self, *types: str) -> Iterator[Standing]:
        """The wishes of these types that stand; without what is owed, which nobody restrains."""
        return iter([one for one in self.standing if one[0].type in types and not is_owed_wish(one[0])])

    def ask(self, by: Policy, wish: Proposal, to: str, why: str) -> None:
        """Let a person of a role say yes or no to a wish, instead of doing it."""
        self._note(by, wish, ASKED, why, to=to)
        if by.status == LIVE:
            approvers = [*wish.params.get("approvers", ()), *([] if to in wish.params.get("approvers", ()) else [to])]
            first = wish.params.get("approver") or to
            asked = {**wish.params, "approver": first, "approvers": approvers}
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

    def add(self, wish: Proposal) -> None:
        """Put a wish of the guardrail's own beside the others: somebody looks at what it took, or is brought in."""
        self.standing.append((wish, (wish.policy.id,)))

    def notice(self, by: Policy, wish: Proposal, to: str, why: str) -> None:
        """Tell a role of something, and let the wish go ahead."""
        self._note(by, wish, NOTICED, why, to=to)

    def reserve(
        self, by: Policy, stands: Standing, scope: str, *, period: str, amount: Money | None, until: datetime | None
    ) -> None:
        """Set aside what a wish takes up. Shadow sets nothing aside."""
        if by.status == LIVE and stands[0].policy.status == LIVE:
            action = action_id(*stands, self.facts)
            made = Reservation(policy=by.id, scope=scope, action=action, period=period, amount=amount, until=until)
            self.reserved.append(made)

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


def restrain(standing: Sequence[Standing], facts: Facts, policies: PolicySet) -> Held:
    """Have every guardrail of the set look at the wishes that stand."""
    held = Held(facts, policies, list(standing))
    for kind, keep in KEEPERS.items():
        for policy in policies.of_kind(kind):
            if held.standing and applies(policy, facts):
                _keep(keep, policy, held)
    return held


def applies(policy: Policy, facts: Facts) -> bool:
    """Whether a guardrail has a say on this event: it does unless it is known that it does not."""
    return policy.in_effect(facts.as_of) and result_of(policy, facts) is not False


def is_owed_wish(wish: Proposal) -> bool:
    """Whether the customer has a right to it."""
    return wish.type == "offer" and wish.params["family"] == "entitlement"


def _keep(keep: Keeper, policy: Policy, held: Held) -> None:
    before = list(held.standing)
    try:
        keep(policy, held)
    except Exception as error:  # noqa: BLE001  a broken guardrail must not stop care, nor let offers slip past it
        held.faults.append(Fault(source=policy.id, why=f"{error}" or "it failed"))
        held.standing = before
        for wish, _ in held.wishes("offer"):
            held.ask(policy, wish, policy.owner, "the guardrail failed")

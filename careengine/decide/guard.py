"""Guards that plugins bring: they can only take away, and what is owed they cannot touch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from careengine.decide.act import act, question
from careengine.decide.restrain import keep_humans_after
from careengine.model.decision import SHADOW, Fault, Veto, Withheld

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from careengine.decide.restrain import Held
    from careengine.model.decision import Action
    from careengine.model.facts import Facts
    from careengine.model.policy import PolicySet

    Guard = tuple[str, Callable[[Sequence[Action], Facts], Sequence[Veto]]]


@dataclass(slots=True)
class Guarded:
    """What the guards left over, what they took and why, what went wrong, and which guards failed altogether."""

    actions: list[Action]
    withheld: list[Withheld] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)


def ask_guards(held: Held, guards: Iterable[Guard]) -> Guarded:
    """Ask every guard about the same proposals. One that fails withholds every offer that is not owed.

    Where they take away the human whom a customer must reach, one is added.
    """
    facts = held.facts
    actions = act(held.standing, facts)
    guarded = Guarded(list(actions))
    for name, guard in guards:
        try:
            vetoes = [(str(veto.action), str(veto.why)) for veto in guard(tuple(actions), facts)]
        except Exception as error:  # noqa: BLE001  a broken guard must not stop care, nor let offers slip past it
            guarded.faults.append(Fault(source=name, why=f"{error}" or "it failed"))
            guarded.failed.add(name)
            vetoes = [(action.id, "the guard failed") for action in actions if action.type == "offer"]
        for action_id, why in vetoes:
            _take(guarded, name, action_id, why)
    if guarded.withheld:
        guarded.actions += act(keep_humans_after(held, {action.id for action in guarded.actions}), facts)
    guarded.actions += _ask_people(guarded, actions, facts, held.policies)
    return guarded


def _take(guarded: Guarded, name: str, action_id: str, why: str) -> None:
    action = next((one for one in guarded.actions if one.id == action_id), None)
    if action is None:
        return  # another guard took it already, or it never was
    if is_owed(action):
        guarded.faults.append(Fault(source=name, why=f"objected to an entitlement, which nothing withholds: {why}"))
        return
    if "transcript" in action.params:
        guarded.faults.append(Fault(source=name, why=f"objected to a human being brought in, which must be: {why}"))
        return
    guarded.actions.remove(action)
    guarded.withheld += [Withheld(policy=policy, by=name, why=why) for policy in action.policies]


def _ask_people(guarded: Guarded, actions: Sequence[Action], facts: Facts, policies: PolicySet) -> list[Action]:
    """An offer that was withheld because a guard failed is a question to the policy's owner, not a silent no."""
    kept = {action.id for action in guarded.actions}
    taken = {withheld.policy for withheld in guarded.withheld if withheld.by in guarded.failed}
    lost = [a for a in actions if a.id not in kept and a.type == "offer" and a.status != SHADOW]
    return [question(action, facts, policies) for action in lost if taken.intersection(action.policies)]


def is_owed(action: Action) -> bool:
    """Whether the customer has a right to it."""
    return action.type == "offer" and action.params["family"] == "entitlement"

"""What is to be done: the actions of a decision, each with its key and its place in the CRM."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from careengine.decide.english import say_note
from careengine.decide.letter import WithLetter
from careengine.model.decision import EXECUTE, PROPOSE, SHADOW, Action
from careengine.model.policy import LIVE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from careengine.decide.arbitrate import Standing
    from careengine.decide.proposal import Proposal
    from careengine.model.decision import Match
    from careengine.model.facts import Facts
    from careengine.model.policy import PolicySet

_OF_CUSTOMER = ("restrict", "lift")  # whatever the case was, everybody has to see them who serves the customer
_SHORT = 24  # hex digits of an id: 96 bits
_BETWEEN = "\x1f"


def act(standing: Sequence[Standing], facts: Facts) -> list[Action]:
    """The actions that the wishes that stand become; those of shadow policies only show what they would be."""
    about = _about(facts)
    return [_action(wish, behind, facts, about) for wish, behind in standing]


def action_id(wish: Proposal, behind: tuple[str, ...], facts: Facts) -> str:
    """The id of the action that a wish becomes; whether a person has to agree does not change it."""
    return _key(facts, wish.type, _status(wish), wish.params, behind, wish.policy.row)


def _status(wish: Proposal) -> str:
    return wish.status if wish.policy.status == LIVE else SHADOW


def _action(wish: Proposal, behind: tuple[str, ...], facts: Facts, about: Mapping[str, str]) -> Action:
    if "customer" in wish.params:  # it stands under another id of the same person
        about = {**about, "customer": wish.params["customer"]}
    params = {**wish.params, "text": wish.text, **about}
    known: dict[str, Any] = {
        "id": action_id(wish, behind, facts),
        "type": wish.type,
        "status": _status(wish),
        "target": _target(about, wish.type),
        "policies": behind,
        "because": "; ".join(dict.fromkeys([wish.policy.title, *behind[1:]])),
    }
    if wish.letter is None:
        return Action(params=params, **known)
    return Action.later(WithLetter(wish.letter, known["id"], params, facts), **known)


def unwritten(actions: Sequence[Action], facts: Facts, policies: PolicySet) -> list[Action]:
    """For every message that cannot be written the question to a person to write it: never a letter with a gap.

    What waits for a yes is looked at by a person anyway, who sees what the message needs.
    """
    lacking = [action for action in actions if action.status == EXECUTE and action.params.get("message_needs")]
    return [_unwritten(action, facts, policies) for action in lacking]


def _unwritten(action: Action, facts: Facts, policies: PolicySet) -> Action:
    why = action.params["message_needs"]
    does = f"writes the message to the customer that goes with `{action.type}`, because {why}"
    return _review(action, facts, policies, does, "the message could not be written", "message")


def question(action: Action, facts: Facts, policies: PolicySet) -> Action:
    """The question that an action becomes which was withheld because a guard failed."""
    does = f"looks at what was withheld because a guard failed: {action.params['text']}"
    return _review(action, facts, policies, does, "a guard failed")


def _review(
    action: Action, facts: Facts, policies: PolicySet, does: str, because: str, step: str | None = None
) -> Action:
    policy = policies.get(action.policies[0])
    owner = policy.owner if policy else ""
    about = _about(facts)
    params = {"to": owner, "text": f"{owner} {does}"}
    return Action(
        id=_key(facts, "review", PROPOSE, {"to": owner, "step": step}, action.policies),
        type="review",
        status=PROPOSE,
        target=_target(about),
        params={**params, **about},
        policies=action.policies,
        because=because,
    )


def note(actions: Sequence[Action], facts: Facts, name: Callable[[], str], matched: Sequence[Match]) -> list[Action]:
    """The one note that tells the case what was decided and why, when there is anything to tell.

    `name` gives the decision's id.
    """
    told = [action for action in actions if action.status != SHADOW]
    if all(action.type == "clock" for action in told):  # that a time begins to run is no news for the case
        return []
    behind = tuple(dict.fromkeys(policy for action in told for policy in action.policies))
    about = _about(facts)
    made = Action.later(
        _Note(told, facts.interaction, name, [match for match in matched if match.policy in behind], about),
        id=_key(facts, "note", EXECUTE, {}, behind),
        type="note",
        status=EXECUTE,
        target=_target(about),
        policies=behind,
        because="the decision, explained",
    )
    return [made]


@dataclass(slots=True)
class _Note:
    """Makes the text of the note, for which every reason of what it tells is read."""

    told: Sequence[Action]
    interaction: str
    name: Callable[[], str]
    matched: Sequence[Match]
    about: Mapping[str, str]

    def params(self) -> dict[str, Any]:
        return {"text": say_note(self.name(), self.interaction, self.told, self.matched), **self.about}


def decision_id(facts: Facts, as_of: str, ruleset: str) -> str:
    """The id of the decision on these facts, at that instant, by that set of rules."""
    return f"d_{_digest(facts, as_of, ruleset)}"


def _key(
    facts: Facts, kind: str, status: str, params: Mapping[str, Any], policies: tuple[str, ...], row: int = 0
) -> str:
    which = [params[name] for name in ("restriction", "instead_of") if name in params]
    parts = (
        kind,
        status == SHADOW,
        params.get("to"),
        params.get("step"),
        *policies[:1],
        *([row] if row else ()),
        *which,
    )
    return f"a_{_digest(facts, *parts)}"


def _digest(facts: Facts, *parts: object) -> str:
    of = (f"tenant={facts.tenant}",) if facts.tenant else ()
    named = [str(part) for part in (facts.fields.get("source"), facts.interaction, *parts, *of)]
    text = _BETWEEN.join(named)
    if text.count(_BETWEEN) >= len(named):  # a part has it inside; other parts must not run together to the same text
        text = json.dumps(named)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:_SHORT]


def _target(about: Mapping[str, str], kind: str = "") -> str:
    if kind in _OF_CUSTOMER and "customer" in about:
        return f"customer:{about['customer']}"
    return next((f"{name}:{value}" for name, value in about.items()), "")


def _about(facts: Facts) -> dict[str, str]:
    """The case and the customer that an action is about, as far as they are known; the first is its place."""
    named = (("case", facts.fields.get("case.id")), ("customer", facts.fields.get("customer.id")))
    return {name: value for name, value in named if value and isinstance(value, str)}

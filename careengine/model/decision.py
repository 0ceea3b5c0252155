"""A decision with its reasons, and its JSON form (`schemas/decision.schema.json`).

What `decide` gives has its parts built when they are first read (`OnDemand`); "to read" says what that costs.
`decide.tell` and `decide.act` build them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from careengine.model.on_demand import OnDemand

if TYPE_CHECKING:
    from collections.abc import Mapping

    from careengine.model.authority import RoomLeft
    from careengine.model.restraint import Reservation, Restraint
    from careengine.model.restrictions import Standing

# What may become of an action.
EXECUTE, AWAIT_APPROVAL, PROPOSE, SHADOW = "execute", "await_approval", "propose", "shadow"

# Every type of action; adapters declare which of these they carry out. The one `note` of a decision tells them all.
ACTION_TYPES = (
    "note",
    "apologise",
    "explain",
    "fix",
    "follow_up",
    "offer",
    "assign",
    "escalate",
    "contact",
    "nominate",
    "support",
    "alert",
    "flag",
    "restrict",
    "lift",
    "notice",
    "appeal",
    "review",
    "clock",
    "hold",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One test, what it needed, what it found, in data and in English. `result` is true, false or unknown."""

    test: str  # JSON pointer into the rule file
    says: str
    needed: Any
    found: Any
    result: str

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "test": self.test,
            "says": self.says,
            "needed": _plain(self.needed),
            "found": _plain(self.found),
            "result": self.result,
        }


@dataclass(frozen=True, kw_only=True)
class Match(OnDemand):
    """A policy whose conditions are all true, and why; of a table with the row that acts, from 1.

    To read: `because` asks every test of the policy again and puts it in words.
    """

    policy: str
    kind: str
    because: tuple[Reason, ...]
    row: int | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; only a row of a table has a `row`."""
        told = {"policy": self.policy, "kind": self.kind, "because": [reason.to_json() for reason in self.because]}
        return told if self.row is None else {**told, "row": self.row}


@dataclass(frozen=True, kw_only=True)
class Action(OnDemand):
    """Something to be done. `id` is the idempotency key: the same event, policy set and action give the same id.

    `target` is where the CRM keeps it: `case:T-1`, or `customer:C-1` when there is no case, or `` when neither is
    known. `params` are JSON values and always hold `text`, the action in plain English; whom it concerns is in
    `to`. `because` says why in plain English; `policies` are all that asked for it.

    To read: nothing; only the `params` of the note read the reasons of every match that it tells of.
    """

    id: str
    type: str
    status: str
    target: str
    params: Mapping[str, Any]
    policies: tuple[str, ...]
    because: str

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "id": self.id,
            "type": self.type,
            "status": self.status,
            "target": self.target,
            "params": _plain(self.params),
            "policies": list(self.policies),
            "because": self.because,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """An outcome that a matched policy asked for and that was not given: by whom (a policy, a guard, a law), why."""

    policy: str
    by: str
    why: str

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"policy": self.policy, "by": self.by, "why": self.why}


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """A policy that one change would have made match."""

    policy: str
    needs: tuple[Reason, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"policy": self.policy, "needs": [reason.to_json() for reason in self.needs]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A policy that could not be judged because facts are missing: their field paths and history keys."""

    policy: str
    missing: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"policy": self.policy, "missing": list(self.missing)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A policy or guard that failed while it was evaluated."""

    source: str
    why: str

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"source": self.source, "why": self.why}


@dataclass(frozen=True, kw_only=True)
class Decision(OnDemand):
    """What care an interaction is due, and every reason for it. Instants are RFC 3339 text in UTC.

    To read: `near_misses` and `unknown` look, together, at all that did not match, and cost the most; `actions` make
    their texts and keys; `matched` and `withheld` cost little, and what is not named here nothing.
    """

    id: str
    interaction: str
    as_of: str
    ruleset: str
    mode: str
    matched: tuple[Match, ...] = field(default_factory=tuple)
    actions: tuple[Action, ...] = field(default_factory=tuple)
    withheld: tuple[Withheld, ...] = field(default_factory=tuple)
    near_misses: tuple[NearMiss, ...] = field(default_factory=tuple)
    unknown: tuple[Unknown, ...] = field(default_factory=tuple)
    faults: tuple[Fault, ...] = field(default_factory=tuple)
    restraints: tuple[Restraint, ...] = field(default_factory=tuple)
    reserved: tuple[Reservation, ...] = field(default_factory=tuple)
    restrictions: tuple[Standing, ...] = field(default_factory=tuple)
    authority: tuple[RoomLeft, ...] = field(default_factory=tuple)

    def to_json(self) -> dict[str, Any]:
        """The whole decision as plain JSON values, as in `decision.schema.json`."""
        return {
            "id": self.id,
            "interaction": self.interaction,
            "as_of": self.as_of,
            "ruleset": self.ruleset,
            "mode": self.mode,
            "matched": [match.to_json() for match in self.matched],
            "actions": [action.to_json() for action in self.actions],
            "withheld": [withheld.to_json() for withheld in self.withheld],
            "near_misses": [miss.to_json() for miss in self.near_misses],
            "unknown": [unknown.to_json() for unknown in self.unknown],
            "faults": [fault.to_json() for fault in self.faults],
            # Only where there are any: decisions of a time before guardrails are made again as they were.
            **({"restraints": [restraint.to_json() for restraint in self.restraints]} if self.restraints else {}),
            **({"reserved": [one.to_json() for one in self.reserved]} if self.reserved else {}),
            **({"restrictions": [one.in_force() for one in self.restrictions]} if self.restrictions else {}),
            **({"authority": [room.to_json() for room in self.authority]} if self.authority else {}),
        }

    def complete(self) -> None:
        """Have every part built."""
        for part in (self, *self.matched, *self.actions):
            part.__getstate__()


def _plain(value: Any) -> Any:
    """A JSON value with lists for tuples."""
    if type(value) in _LEAVES:
        return value
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return {key: _plain(item) for key, item in value.items()} if isinstance(value, dict) else value


_LEAVES = frozenset({str, int, float, bool, type(None)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Veto:
    """A guard's objection to one proposed action, by the action's id."""

    action: str
    why: str

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
    "support",
    "alert",
    "flag",
    "restrict",
    "review",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One test, what it needed, what it found, in data and in English. `result` is true, false or unknown."""

    test: str  # JSON pointer into the rule file
    says: str
    needed: Any
    found: Any
    result: str


@dataclass(frozen=True, kw_only=True)
class Match(OnDemand):
    """A policy whose conditions are all true, and why; of a table with the row that acts, from 1.

    To read: `because` asks every test of the policy again and puts it in words.
    """

    policy: str
    kind: str
    because: tuple[Reason, ...]
    row: int | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """An outcome that a matched policy asked for and that was not given: by whom (a policy, a guard, a law), why."""

    policy: str
    by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """A policy that one change would have made match."""

    policy: str
    needs: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A policy that could not be judged because facts are missing: their field paths and history keys."""

    policy: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A policy or guard that failed while it was evaluated."""

    source: str
    why: str


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

    def to_json(self) -> dict[str, Any]:
        """The whole decision as plain JSON values, as in `decision.schema.json`. Only rows of tables have a `row`."""
        told: dict[str, Any] = _plain(self)
        told["matched"] = [{k: v for k, v in match.items() if v is not None} for match in told["matched"]]
        return told


def _plain(value: Any) -> Any:
    """Records as objects and tuples as lists; `dataclasses.asdict` copies every leaf and takes ten times as long."""
    kind = type(value)
    if kind is tuple or kind is list:
        return [item if type(item) in _LEAVES else _plain(item) for item in value]
    if kind is dict:
        return {key: item if type(item) in _LEAVES else _plain(item) for key, item in value.items()}
    if names := getattr(kind, "__dataclass_fields__", None):
        return {name: part if type(part := getattr(value, name)) in _LEAVES else _plain(part) for name in names}
    return value


_LEAVES = frozenset({str, int, float, bool, type(None)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Veto:
    """A guard's objection to one proposed action, by the action's id."""

    action: str
    why: str

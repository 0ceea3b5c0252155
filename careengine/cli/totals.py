"""Totals over many decisions, by kind and policy."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from careengine.cli.output import say, say_json
from careengine.cli.tables import say_table
from careengine.model.decision import AWAIT_APPROVAL, PROPOSE, SHADOW

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_COUNTED = ("matched", "acted", "for_a_person", "withheld", "shadow")
_SHOWN = 3  # missing facts a policy


@dataclass(slots=True)
class PolicyTotals:
    """One policy: how often it matched, acted, asked a person, was withheld, would have acted in shadow."""

    kind: str = ""
    matched: int = 0
    acted: int = 0
    for_a_person: int = 0
    withheld: int = 0
    shadow: int = 0


@dataclass(slots=True)
class Unjudged:
    """How often one policy could not be judged, and how often each missing fact was to blame."""

    times: int = 0
    missing: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Totals:
    """Filled decision by decision. `due` counts the decisions in which some policy matched."""

    decided: int = 0
    due: int = 0
    repeated: int = 0
    unreadable: int = 0
    faults: int = 0
    policies: dict[str, PolicyTotals] = field(default_factory=dict)
    unknown: dict[str, Unjudged] = field(default_factory=dict)

    def add(self, decision: Mapping[str, Any], *, duplicate: bool = False) -> None:
        """Count one decision; a repeated event is only counted as such."""
        if duplicate:
            self.repeated += 1
            return
        self.decided += 1
        self.due += bool(decision["matched"])
        self.faults += len(decision["faults"])
        for name, kind in {match["policy"]: match["kind"] for match in decision["matched"]}.items():
            one = self.policies.setdefault(name, PolicyTotals(kind=kind))
            one.matched += 1
            _count(one, name, decision)
        for unknown in decision["unknown"]:
            unjudged = self.unknown.setdefault(unknown["policy"], Unjudged())
            unjudged.times += 1
            unjudged.missing.update(unknown["missing"])

    def kinds(self) -> dict[str, int]:
        """How often policies of each kind matched."""
        count: Counter[str] = Counter()
        for policy in self.policies.values():
            count[policy.kind] += policy.matched
        return dict(sorted(count.items()))

    def rows(self) -> list[tuple[str, str, PolicyTotals]]:
        """By kind, the busiest policy first."""
        rows = [(one.kind, name, one) for name, one in self.policies.items()]
        return sorted(rows, key=lambda row: (row[0], -row[2].matched, row[1]))

    def unjudged(self) -> list[tuple[str, int, list[tuple[str, int]]]]:
        """The policies that could not be judged, how often, and what was missing; the most frequent first."""
        rows = [
            (name, one.times, sorted(one.missing.items(), key=lambda item: (-item[1], item[0])))
            for name, one in self.unknown.items()
        ]
        return sorted(rows, key=lambda row: (-row[1], row[0]))


def _count(one: PolicyTotals, policy: str, decision: Mapping[str, Any]) -> None:
    mine = [a["status"] for a in decision["actions"] if a["type"] != "note" and policy in a["policies"]]
    one.shadow += SHADOW in mine
    one.for_a_person += AWAIT_APPROVAL in mine or PROPOSE in mine
    one.acted += any(status != SHADOW for status in mine)
    one.withheld += any(withheld["policy"] == policy for withheld in decision["withheld"])


def say_totals(totals: Totals, format_: str) -> None:
    """Write the totals as text or as one JSON object."""
    if format_ == "json":
        say_json(_as_json(totals))
        return
    if totals.policies:
        found = totals.rows()
        numbers = {name.replace("_", " "): [getattr(one, name) for *_, one in found] for name in _COUNTED}
        shown = {name: column for name, column in numbers.items() if any(column)}
        names = ([kind for kind, *_ in found], [policy for _, policy, _ in found])
        say_table(("kind", "policy", *shown), zip(*names, *shown.values(), strict=True))
        say()
    if totals.unknown:
        rows = [(name, times, _blamed(missing)) for name, times, missing in totals.unjudged()]
        say_table(("could not be judged", "times", "for want of"), rows)
        say()
    kinds = ", ".join(f"{count} {kind}" for kind, count in totals.kinds().items())
    say(f"{totals.decided} interactions decided; {totals.due} called for care{f' ({kinds})' if kinds else ''}")
    for count, what in (
        (totals.repeated, "seen before and not acted on again"),
        (totals.unreadable, "could not be read"),
        (totals.faults, "faults; `careengine doctor` may know why"),
    ):
        if count:
            say(f"{count} {what}")


def _blamed(missing: Sequence[tuple[str, int]]) -> str:
    shown = ", ".join(f"{fact} ({times})" for fact, times in missing[:_SHOWN])
    return f"{shown}, …" if len(missing) > _SHOWN else shown


def _as_json(totals: Totals) -> dict[str, Any]:
    return {
        "decided": totals.decided,
        "due": totals.due,
        "repeated": totals.repeated,
        "unreadable": totals.unreadable,
        "faults": totals.faults,
        "kinds": totals.kinds(),
        "policies": [
            {"kind": kind, "policy": policy, **{name: getattr(one, name) for name in _COUNTED}}
            for kind, policy, one in totals.rows()
        ],
        "unknown": [
            {"policy": name, "times": times, "missing": dict(missing)} for name, times, missing in totals.unjudged()
        ],
    }

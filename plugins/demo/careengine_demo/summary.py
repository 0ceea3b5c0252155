"""What came of the day: counted, with three decisions in full and all that awaits a person."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rich.text import Text

from careengine_demo.conduct import ABUSIVE, IN_NEED, SWEARING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from careengine_demo.day import Day
    from careengine_demo.replay import Answers

Json = dict[str, Any]

_DUE = {
    "recovery": "interactions with something to put right (recovery)",
    "escalation": "interactions that somebody else must take up (escalation)",
    "protection": "interactions with an employee to look after (protection)",
}
KINDS = tuple(_DUE)
# A count over history is unknown when it asks for the same issue, case or employee, and the event names none.
_COUNTED = re.compile(r"(?:count|sum)\((\w+)")
_RULE = "\u2500"
_STATUS = {"await_approval": "approve", "propose": "decide"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The figures.

    `kinds`: for each kind, how many interactions matched a policy of it. `actions`: what the decisions sent to the
    CRM, by type; `delivered`: how many of these are not parked. `written`: what the CRM says that we wrote. `heard`:
    what three customers wrote, and what was due.
    """

    interactions: int
    today: int
    customers: int
    repeated: int
    matched: int
    kinds: Mapping[str, int]
    actions: Mapping[str, int]
    delivered: int
    parked: Sequence[Json]
    written: Mapping[str, int]
    withheld: int
    unknown: Sequence[Json]
    waiting: Sequence[Json]
    explained: Sequence[Json]
    heard: Sequence[Json]
    refused: Sequence[str]

    @property
    def fine(self) -> bool:
        """Whether everything was answered and delivered."""
        return not self.refused and not self.parked

    def to_json(self) -> Json:
        """The figures as JSON."""
        return asdict(self)


def sum_up(
    day: Day,
    answers: Answers,
    *,
    waiting: Sequence[Json],
    parked: Sequence[Json],
    written: Mapping[str, int],
    sent: frozenset[str],
) -> Summary:
    """Count. `sent` are the types of action that go to the CRM."""
    decisions = [decision for _, decision in answers.decided]
    kinds = {kind: sum(_has(decision, kind) for decision in decisions) for kind in KINDS}
    actions = Counter(
        action["type"]
        for decision in decisions
        for action in decision["actions"]
        if action["status"] == "execute" and action["type"] in sent and action["target"]
    )
    return Summary(
        interactions=len(decisions),
        today=day.today,
        customers=len(day.customers),
        repeated=answers.repeated,
        matched=sum(any(match["kind"] != "standard" for match in decision["matched"]) for decision in decisions),
        kinds=kinds,
        actions=dict(actions.most_common()),
        delivered=actions.total() - len(parked),
        parked=list(parked),
        written=dict(written),
        withheld=sum(len(decision["withheld"]) for decision in decisions),
        unknown=_unknown(decisions),
        waiting=list(waiting),
        explained=_examples(answers.decided),
        heard=_heard(answers.decided),
        refused=answers.refused,
    )


def _has(decision: Json, kind: str) -> bool:
    return any(match["kind"] == kind for match in decision["matched"])


def _unknown(decisions: Sequence[Json]) -> list[Json]:
    """The policies that could not be judged: how often, and the facts that were missing."""
    found = [one for decision in decisions for one in decision["unknown"]]
    times = Counter(one["policy"] for one in found)
    return [
        {
            "policy": policy,
            "times": count,
            "missing": sorted({m for u in found if u["policy"] == policy for m in u["missing"]}),
        }
        for policy, count in times.most_common()
    ]


def _examples(decided: Sequence[tuple[Json, Json]]) -> list[Json]:
    """For each kind, the decision that has the most to tell."""
    best = []
    for kind in KINDS:
        fitting = [(one, decision) for one, decision in decided if _has(decision, kind)]
        if fitting:
            interaction, decision = max(fitting, key=lambda pair: len(pair[1]["actions"]))
            best.append({"kind": kind, "interaction": interaction, "decision": decision, "text": _note(decision)})
    return best


def _heard(decided: Sequence[tuple[Json, Json]]) -> list[Json]:
    """Abuse, strong words that are none, and somebody in need: by what rules each was answered, and how."""
    found = {one.get("text"): decision for one, decision in decided}
    return [
        {
            "text": text,
            "policies": [match["policy"] for match in found[text]["matched"]],
            "does": [action["params"]["text"] for action in found[text]["actions"] if action["type"] != "note"],
        }
        for text in (ABUSIVE, SWEARING, IN_NEED)
        if text in found
    ]


def _note(decision: Json) -> str:
    return next((action["params"]["text"] for action in decision["actions"] if action["type"] == "note"), "")


def show(summary: Summary, console: Console) -> None:
    """Print it for people."""
    _heading(console, "What was due")
    _kinds(summary, console)
    _heading(console, "Written back to the CRM")
    _written(summary, console)
    _heading(console, "Three decisions in full, as the CRM's case shows them")
    for one in summary.explained:
        _explain(one, console)
    _heading(console, "What customers' words came to")
    _words(summary, console)
    _heading(console, "What awaits a person")
    _waiting(summary, console)
    _heading(console, "What could not be judged")
    _not_judged(summary, console)


def _heading(console: Console, text: str) -> None:
    console.print()
    console.print(Text(text, style="bold"))
    console.print(Text(_RULE * len(text), style="dim"))


def _kinds(summary: Summary, console: Console) -> None:
    rows = [(count, _DUE[kind]) for kind, count in summary.kinds.items()]
    rows.append((summary.interactions - summary.matched, "interactions that need nothing beyond good service"))
    rows.append((summary.withheld, "outcomes withheld: done once already, or another policy is better"))
    for count, what in rows:
        console.print(Text(f"{count:>4}  {what}"))


def _written(summary: Summary, console: Console) -> None:
    total = sum(summary.actions.values())
    by_type = ", ".join(f"{count} {name}" for name, count in summary.actions.items())
    written = ", ".join(f"{count} {name}" for name, count in summary.written.items())
    console.print(Text(f"{summary.delivered} of {total} actions delivered: {by_type}"))
    console.print(Text(f"The CRM says it holds of ours: {written}"))
    for action in summary.parked:
        console.print(Text(f"Not delivered: {action['type']} to {action['target']}: {action['reason']}", style="red"))
    for refused in summary.refused:
        console.print(Text(f"Refused: {refused}", style="red"))


def _explain(one: Json, console: Console) -> None:
    interaction = one["interaction"]
    customer = interaction.get("customer", {})
    console.print()
    who = f"{customer.get('name', 'somebody')} ({customer.get('id', 'not known')}), {interaction['occurred_at']}"
    console.print(Text(f"{one['kind'].capitalize()}: {interaction['type']}, {who}", style="bold"))
    if "text" in interaction:
        console.print(Text(f"  \u201c{interaction['text']}\u201d", style="italic"))
    for line in one["text"].splitlines():
        console.print(Text(f"  {line}"))


def _words(summary: Summary, console: Console) -> None:
    for one in summary.heard:
        console.print(Text(f"\u201c{one['text']}\u201d", style="italic"))
        for does in one["does"]:
            console.print(Text(f"  - {does}"))


def _waiting(summary: Summary, console: Console) -> None:
    """What awaits whom, the same wish for several cases told once."""
    alike: dict[tuple[str, str], list[str]] = {}
    for action in summary.waiting:
        params = action["params"]
        who = params.get("approver") or params.get("to") or "somebody"
        wish = f"{who} must {_STATUS.get(action['status'], 'look at')}: {params['text']}"
        alike.setdefault((wish, action["because"]), []).append(action["target"])
    if not alike:
        console.print(Text("Nothing."))
    for (wish, why), targets in alike.items():
        console.print(Text(f"- {wish}"))
        console.print(Text(f"  for {', '.join(targets)}; why: {why}", style="dim"))


def _not_judged(summary: Summary, console: Console) -> None:
    if not summary.unknown:
        console.print(Text("Nothing."))
    for one in summary.unknown:
        times = "once" if one["times"] == 1 else f"{one['times']} times"
        console.print(Text(f"- {one['policy']}, {times}, for want of {', '.join(map(_fact, one['missing']))}"))


def _fact(missing: str) -> str:
    """`count(interactions direction=inbound …)` as people say it; a field's path stays as rules write it."""
    counted = _COUNTED.match(missing)
    return f"what the {counted[1]} have in common" if counted else missing

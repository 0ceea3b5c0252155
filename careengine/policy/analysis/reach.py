"""Whether every customer reaches a human: the paths past a bot on which nobody is brought in, whatever the facts are.

A path is a customer's contact on a channel and then a bot's turns that lead nowhere, one after the other; on another
one the customer asks for a human. Everything else about the event may be as it likes, but stays the same on the way,
and nobody was brought in before. A path is stuck when on none of its events a human is brought in: by a live
escalation, or by a live anti-deflection policy. What may be withheld (`once_per`) or over is not relied on.

The search begins with as few facts as there can be. Where a policy brings somebody in, it looks for all ways in which
that policy does not: each leaves fewer events. When nothing is left, every path reaches a human.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from careengine.model.anti_deflection import ON_THE_WAY, AntiDeflection
from careengine.model.condition import AllOf, FieldTest, HistoryTest, Not
from careengine.model.facts import Facts, RecordedHistory
from careengine.model.history import ESCALATIONS, SAME
from careengine.model.policy import LIVE, Escalation
from careengine.model.table import Table
from careengine.policy.analysis.box import Box
from careengine.policy.analysis.example import example_of
from careengine.policy.analysis.finding import Finding
from careengine.policy.analysis.normal import spread
from careengine.policy.analysis.values import Range, Tags
from careengine.policy.verify import compile_condition

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from careengine.model.catalogue import Catalogue
    from careengine.model.condition import Condition, Test
    from careengine.model.policy import Policy
    from careengine.policy.analysis.example import Example
    from careengine.policy.analysis.subject import Subject
    from careengine.policy.analysis.values import Values

    Ask = Any  # what `compile_condition` gives

_MANY = 256  # ways in which one condition has another answer
_MOST = 2_000  # boxes that are looked at for one path; beyond it nothing is proven
_CONTACT, _TURN = "interaction.received", "bot.turn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """What happens one after the other: the fields that each event has for certain."""

    events: tuple[Mapping[str, Any], ...]
    says: str

    @property
    def fixed(self) -> frozenset[str]:
        """The fields that the path itself decides."""
        return frozenset(name for event in self.events for name in event) | _OF_A_PATH


_OF_A_PATH = frozenset(
    {"id", "source", "type", "occurred_at", "direction", "actor.type", "bot.unresolved_turns", "bot.human_requested"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bringer:
    """A policy that brings in a human on some events: when what must be so is so, and what must not be is not.

    Of a guardrail `must` is its trigger, and what else keeps it back (`but`) has to be known.
    """

    policy: Policy
    events: frozenset[str]
    must: Condition
    but: tuple[tuple[Condition, bool], ...]  # a condition, and the answer with which it keeps the policy back
    asks: Mapping[int, Ask] = field(repr=False)

    def brings(self, facts: Facts) -> bool:
        """Whether it does on this event."""
        if facts.event not in self.events or self.asks[id(self.must)](facts) is not True:
            return False
        return not any(self._keeps_back(condition, answer, facts) for condition, answer in self.but)

    def _keeps_back(self, condition: Condition, answer: bool, facts: Facts) -> bool:  # noqa: FBT001
        found = self.asks[id(condition)](facts)
        return found is answer or (found is None and not self.is_guardrail)

    @property
    def is_guardrail(self) -> bool:
        """Whether it applies unless it is known that it does not."""
        return isinstance(self.policy.outcome, AntiDeflection)

    def ways_round(self, fixed: frozenset[str]) -> Iterator[Box]:
        """All that keeps it from bringing anybody in."""
        yield from not_so(self.must, True, fixed)
        for condition, answer in self.but:
            if self.is_guardrail:
                yield from spread([Box()], [(condition, answer)])
            else:
                yield from not_so(condition, not answer, fixed)


def not_so(condition: Condition, wanted: bool, fixed: frozenset[str]) -> list[Box]:  # noqa: FBT001
    """Boxes that hold every event on which a condition has another answer than this one, or none."""
    if isinstance(condition, Not):
        return not_so(condition.item, not wanted, fixed)
    if isinstance(condition, (FieldTest, HistoryTest)):
        missing = [Box(missing=frozenset({name})) for name in sorted({*_asked(condition)} - fixed)]
        return [*spread([Box()], [(condition, not wanted)]), *missing]
    several = [not_so(item, wanted, fixed) for item in condition.items]
    if isinstance(condition, AllOf) is wanted:
        return [box for boxes in several for box in boxes]
    met = [Box()]
    for boxes in several:
        met = [both for one in met for other in boxes if not (both := one.meet(other)).empty]
        if len(met) > _MANY:
            raise _TooManyError
    return met


class _TooManyError(Exception):
    """There are more ways than can be looked at."""


def stuck_paths(policies: Sequence[Policy], catalogue: Catalogue) -> Iterator[Finding]:
    """A finding for each live anti-deflection policy whose promise does not hold, with a path that shows it."""
    live = [policy for policy in policies if policy.status == LIVE]
    promises = [policy for policy in live if isinstance(policy.outcome, AntiDeflection) and policy.outcome.reach]
    bringers = [bringer for policy in live if (bringer := _bringer(policy))] if promises else []
    for policy in promises:
        for path in _paths(policy, catalogue):
            found = _Search(bringers, catalogue, path).run()
            if found is not None:
                yield found.finding(policy)
                break


def _bringer(policy: Policy) -> Bringer | None:
    outcome = policy.outcome
    if policy.once_per or policy.effective_from or policy.effective_until or isinstance(outcome, Table):
        return None
    if isinstance(outcome, Escalation):
        but = ((policy.unless, True),) if policy.unless is not None else ()
        return _made(policy, policy.events, policy.when, but)
    if isinstance(outcome, AntiDeflection):
        exception = ((policy.unless, True),) if policy.unless is not None else ()
        return _made(policy, ON_THE_WAY, outcome.condition, ((policy.when, False), *exception))
    return None


def _made(policy: Policy, events: frozenset[str], must: Condition, but: tuple[tuple[Condition, bool], ...]) -> Bringer:
    asks = {id(condition): compile_condition(condition) for condition in (must, *(one for one, _ in but))}
    return Bringer(policy=policy, events=events, must=must, but=but, asks=asks)


def _paths(policy: Policy, catalogue: Catalogue) -> Iterator[Path]:
    reach = policy.outcome.reach  # type: ignore[union-attr]  # the caller asked
    assert reach is not None  # noqa: S101  the caller asked
    known = catalogue.get("channel")
    for channel in reach.channels or (known.allowed if known else ()):
        for asked in (True, False):
            yield _path(channel, reach.within_turns, asked=asked)


def _path(channel: str, turns: int, *, asked: bool) -> Path:
    shared = {"channel": channel, "bot.human_requested": asked}
    contact = {**shared, "type": _CONTACT, "direction": "inbound", "actor.type": "customer"}
    if asked:
        says = f"on {channel}, a customer who asks the bot for a human"
        return Path(events=({**shared, "type": _TURN, "actor.type": "bot", "bot.unresolved_turns": 0},), says=says)
    led_nowhere = [
        {**shared, "type": _TURN, "actor.type": "bot", "bot.unresolved_turns": turn} for turn in range(1, turns + 1)
    ]
    said = "1 bot turn that leads" if turns == 1 else f"{turns} bot turns that lead"
    return Path(events=(contact, *led_nowhere), says=f"on {channel}, a contact and then {said} nowhere")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """A path on which nobody is brought in, or for which that could not be ruled out."""

    path: Path
    example: Example | None
    proven: bool

    def finding(self, policy: Policy) -> Finding:
        """What `check` says of it."""
        facts = self.example.fields if self.example else {}
        more = [f"`{name}` is {_say(value)}" for name, value in sorted(facts.items()) if name not in self.path.fixed]
        given = f", when {' and '.join(more)}" if more and self.proven else ""
        said = "nobody is brought in" if self.proven else "it could not be proven that somebody is brought in"
        return Finding(
            code="CE376",
            policy=policy,
            pointer="/reach",
            message=f"{self.path.says}{given}: {said}",
            suggestion="mend what keeps humans away, or write an escalation for it",
            example=self.example,
            severity="error" if self.proven else "warning",
        )


@dataclass(slots=True)
class _Search:
    """Looks for facts with which a path is stuck."""

    bringers: Sequence[Bringer]
    catalogue: Catalogue
    path: Path
    looked_at: int = 0
    unsure: bool = False

    def run(self) -> Stuck | None:
        """The facts, or None when there are none: then the path is safe."""
        waiting = [Box()]
        while waiting and self.looked_at < _MOST:
            self.looked_at += 1
            box = waiting.pop()
            example = example_of(box, self.catalogue)
            if example is None:
                self.unsure = True  # no event could be thought of, which does not say that there is none
                continue
            found = self._brought_in(example)
            if found is None:
                return Stuck(path=self.path, example=self._shown(example), proven=True)
            try:
                waiting += self._ways_round(*found, box)
            except _TooManyError:
                self.unsure = True
        return Stuck(path=self.path, example=None, proven=False) if waiting or self.unsure else None

    def _brought_in(self, example: Example) -> tuple[Bringer, Mapping[str, Any]] | None:
        """Who brings somebody in on the way, and on which event."""
        for event in self.path.events:
            fields = {**example.fields, **event}
            facts = Facts(fields=fields, as_of=example.as_of, history=_Fresh(dict(example.history)))
            for bringer in self.bringers:
                if bringer.brings(facts):
                    return bringer, event
        return None

    def _ways_round(self, bringer: Bringer, event: Mapping[str, Any], box: Box) -> Iterator[Box]:
        """What is left of a box where nobody is brought in so."""
        for way in (box.meet(way) for way in bringer.ways_round(self.path.fixed)):
            if way.empty or not all(
                _goes_with(subject, values, event, self.path) for subject, values in way.sets.items()
            ):
                continue
            left = self._free(way)
            if left == box:
                self.unsure = True  # what is different about it cannot be told, so nothing is known of it
            else:
                yield left

    def _free(self, box: Box) -> Box:
        """A box without what the path itself decides."""
        fixed = self.path.fixed
        sets = {
            subject: values
            for subject, values in box.sets.items()
            if not (subject.field and subject.field.path in fixed) and not _of_escalations(subject)
        }
        return replace(box, sets=sets, present=box.present - fixed, missing=box.missing - fixed)

    def _shown(self, example: Example) -> Example:
        return replace(example, fields={**example.fields, **self.path.events[-1]})


def _goes_with(subject: Subject, values: Values, event: Mapping[str, Any], path: Path) -> bool:
    """Whether a fact may be so on an event of the path."""
    if _of_escalations(subject):
        return isinstance(values, Range) and values.has(0)  # nobody was brought in before
    if subject.field is None or subject.field.path not in path.fixed:
        return True
    found = event.get(subject.field.path)
    return found is not None and not isinstance(values, Tags) and values.has(found)


def _of_escalations(subject: Subject) -> bool:
    return subject.query is not None and subject.query.kind == ESCALATIONS


class _Fresh(RecordedHistory):
    """A history in which nobody was brought in before; what nothing was said of is unknown."""

    def ask(self, query: Any, fields: Mapping[str, Any], as_of: Any) -> Any:
        """The recorded answer."""
        return 0 if query.kind == ESCALATIONS else super().ask(query, fields, as_of)


def _asked(test: Test) -> Iterator[str]:
    """The fields that must be known for an answer."""
    if isinstance(test, FieldTest) and test.operator != "present":
        yield test.field.path
    elif isinstance(test, HistoryTest) and test.query.kind != ESCALATIONS:
        yield "customer.id"
        if test.query.same:
            yield SAME[test.query.same]


def _say(value: Any) -> str:
    return (
        str(value).lower() if isinstance(value, bool) else ", ".join(value) if isinstance(value, tuple) else str(value)
    )

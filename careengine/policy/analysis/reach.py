"""Whether every customer reaches a human: the paths past a bot on which nobody is brought in, whatever the facts are.

A path is a customer's contact on a channel and then a bot's turns that lead nowhere, one after the other; on another
one the customer asks for a human. Everything else about the event may be as it likes, but stays the same on the way,
and nobody was brought in before. A path is stuck when on none of its events a human is brought in: by a live
escalation to somebody who is no bot, or by a live anti-deflection policy. What may be withheld (`once_per`), or is not
in effect for as long as the promise, is not relied on, and no escalation where one to a bot goes first. Bots tell more
or less of a turn, so each path comes in several manners.

The search begins with as few facts as there can be. Where a policy brings somebody in, it looks for all ways in which
that policy does not: each leaves fewer events. When nothing is left, every path reaches a human.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from careengine.model.anti_deflection import ON_THE_WAY, AntiDeflection
from careengine.model.condition import AllOf, AnyOf, FieldTest, HistoryTest, Not
from careengine.model.facts import Facts, RecordedHistory
from careengine.model.history import ESCALATIONS, SAME
from careengine.model.policy import ESCALATION, LIVE, Escalation
from careengine.model.table import COLLECT, FIRST, Table, members
from careengine.policy.analysis.box import Box
from careengine.policy.analysis.example import example_of
from careengine.policy.analysis.finding import Finding
from careengine.policy.analysis.normal import ALWAYS_THERE, spread
from careengine.policy.analysis.values import Range, Tags
from careengine.policy.verify import compile_condition

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from careengine.model.anti_deflection import Reach
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

    Of a guardrail `must` is its trigger, and what else keeps it back (`but`) has to be known. An escalation is lost
    where one that goes first, to whoever is no human, is known to act (`above`).
    """

    policy: Policy
    events: frozenset[str]
    must: Condition
    but: tuple[tuple[Condition, bool], ...]  # a condition, and the answer with which it keeps the policy back
    asks: Mapping[int, Ask] = field(repr=False)
    above: tuple[Condition, ...] = ()

    def brings(self, facts: Facts) -> bool:
        """Whether it does on this event."""
        if facts.event not in self.events or self.asks[id(self.must)](facts) is not True:
            return False
        if any(self._keeps_back(condition, answer, facts) for condition, answer in self.but):
            return False
        return not any(self.asks[id(condition)](facts) is True for condition in self.above)

    def _keeps_back(self, condition: Condition, answer: bool, facts: Facts) -> bool:  # noqa: FBT001
        found = self.asks[id(condition)](facts)
        return found is answer or (found is None and not self.is_guardrail)

    def reaches_a_human(self, bots: Collection[str], roles: Collection[str]) -> bool:
        """Whether whoever it brings in is no bot, and somebody."""
        outcome = self.policy.outcome
        to = outcome.to if isinstance(outcome, (Escalation, AntiDeflection)) else ""
        return to not in bots and (not roles or to in roles)

    @property
    def is_guardrail(self) -> bool:
        """Whether it applies unless it is known that it does not."""
        return isinstance(self.policy.outcome, AntiDeflection)

    def ways_round(self, known: _Known) -> Iterator[Box]:
        """All that keeps it from bringing anybody in on an event."""
        yield from not_so(self.must, True, known)
        for condition, answer in self.but:
            if self.is_guardrail:
                yield from spread([Box()], [(condition, answer)])
            else:
                yield from not_so(condition, not answer, known)
        yield from spread([Box()], [(AnyOf(pointer="", items=self.above), True)]) if self.above else ()

    def beside(self, others: Sequence[Bringer]) -> Iterator[Bringer]:
        """The same, event by event, beside escalations to whoever is no human: of several, one stands."""
        first = [one for one in others if _goes_first(one.policy, self.policy)]
        if self.is_guardrail or not first:
            yield self
            return
        for event in sorted(self.events & {_CONTACT, _TURN}):
            above = tuple(one.acts for one in first if event in one.events)
            asks = {**self.asks, **{id(one): compile_condition(one) for one in above}}
            yield replace(self, events=frozenset({event}), above=above, asks=asks)

    @property
    def acts(self) -> Condition:
        """When it does, in one condition."""
        but = (condition if not answer else Not(pointer="", item=condition) for condition, answer in self.but)
        return AllOf(pointer="", items=(self.must, *but))


def _goes_first(one: Policy, other: Policy) -> bool:
    """Whether of two escalations the first one stands; see `Proposal.rank`."""
    mine, theirs = (
        (-p.outcome.level if isinstance(p.outcome, Escalation) else 0, -p.priority, p.id, p.row) for p in (one, other)
    )
    return mine < theirs


@dataclass(frozen=True, slots=True)
class _Known:
    """The fields that an event of a path has for certain, and those that it has for certain not."""

    there: frozenset[str]
    absent: frozenset[str]

    @classmethod
    def of(cls, event: Mapping[str, Any], path: Path) -> _Known:
        there = ALWAYS_THERE | event.keys()
        return cls(there, path.fixed - there)

    def fits(self, box: Box) -> bool:
        """Whether the event is as a box has it, as far as its fields are there or not."""
        return not (box.missing & self.there or box.present & self.absent)


def not_so(condition: Condition, wanted: bool, known: _Known) -> list[Box]:  # noqa: FBT001
    """Boxes that hold every event on which a condition has another answer than this one, or none."""
    if isinstance(condition, Not):
        return not_so(condition.item, not wanted, known)
    if isinstance(condition, (FieldTest, HistoryTest)):
        asked = {*_asked(condition)}
        if asked & known.absent:
            return [Box()]  # there is no answer, whatever else is so
        missing = [Box(missing=frozenset({name})) for name in sorted(asked - known.there)]
        return [*spread([Box()], [(condition, not wanted)]), *missing]
    several = [not_so(item, wanted, known) for item in condition.items]
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


def stuck_paths(
    policies: Sequence[Policy], catalogue: Catalogue, as_of: datetime, roles: Collection[str] = ()
) -> Iterator[Finding]:
    """A finding for each live anti-deflection policy whose promise does not hold, with a path that shows it.

    Promises that are over at the instant are left out. `roles` are those that somebody fills; none: any.
    """
    live = [policy for policy in policies if policy.status == LIVE]
    for policy in live:
        outcome = policy.outcome
        if not isinstance(outcome, AntiDeflection) or not outcome.reach or _is_over(policy, as_of):
            continue
        lasting = [one for one in live if not one.once_per and _lasts(one, policy, as_of)]
        to_nobody = list(_to_nobody(live, outcome.bots, roles, as_of))
        humans = [one for other in lasting for one in _bringers(other) if one.reaches_a_human(outcome.bots, roles)]
        bringers = [one for human in humans for one in human.beside(to_nobody)]
        for path in _paths(outcome.reach, catalogue):
            found = _Search(bringers, catalogue, path).run()
            if found is not None:
                yield found.finding(policy)
                break


def _to_nobody(
    live: Sequence[Policy], bots: Collection[str], roles: Collection[str], as_of: datetime
) -> Iterator[Bringer]:
    """Escalations that reach no human, and may keep one away that does."""
    for policy in live:
        if policy.kind == ESCALATION and not _is_over(policy, as_of):
            yield from (one for one in _bringers(policy) if not one.reaches_a_human(bots, roles))


def _is_over(policy: Policy, as_of: datetime) -> bool:
    return policy.effective_until is not None and policy.effective_until <= as_of


def _lasts(policy: Policy, promise: Policy, as_of: datetime) -> bool:
    """Whether a policy is in effect all the time that a promise is, from now on."""
    start = max(as_of, promise.effective_from or as_of)
    ends = policy.effective_until
    lasts = ends is None or (promise.effective_until is not None and ends >= promise.effective_until)
    return lasts and (policy.effective_from is None or policy.effective_from <= start)


def _bringers(policy: Policy) -> Iterator[Bringer]:
    """What of a policy brings a human in: itself, or the rows of a table as its hit policy has them act."""
    outcome = policy.outcome
    exception = ((policy.unless, True),) if policy.unless is not None else ()
    if isinstance(outcome, Escalation):
        yield _made(policy, policy.events, policy.when, exception)
    if isinstance(outcome, AntiDeflection):
        yield _made(policy, ON_THE_WAY, outcome.condition, ((policy.when, False), *exception))
    if isinstance(outcome, Table):
        rows = members(policy)
        for row in rows:
            before = [] if outcome.hit == COLLECT else rows[: row.row - 1] if outcome.hit == FIRST else rows
            others = tuple((other.when, True) for other in before if other is not row)
            if isinstance(row.outcome, Escalation):
                yield _made(row, row.events, row.when, (*others, *exception))


def _made(policy: Policy, events: frozenset[str], must: Condition, but: tuple[tuple[Condition, bool], ...]) -> Bringer:
    asks = {id(condition): compile_condition(condition) for condition in (must, *(one for one, _ in but))}
    return Bringer(policy=policy, events=events, must=must, but=but, asks=asks)


def _paths(reach: Reach, catalogue: Catalogue) -> Iterator[Path]:
    known = catalogue.get("channel")
    for channel in reach.channels or (known.allowed if known else ()):
        yield from (_asking(channel, told) for told in _told_when_asked(reach.within_turns))
        yield from (_led_nowhere(channel, reach.within_turns, told) for told in _TOLD)


_TURN_OF_A_BOT: Mapping[str, Any] = {"type": _TURN, "actor.type": "bot"}
_OUT: Mapping[str, Any] = {"direction": "outbound"}
# What bots tell of a turn that leads nowhere, beside how many those are.
_TOLD: tuple[Mapping[str, Any], ...] = (
    {"bot.human_requested": False},
    {"bot.human_requested": False, **_OUT},
    {},
)


def _told_when_asked(turns: int) -> Iterator[Mapping[str, Any]]:
    """What bots tell beside the wish for a human, which may come early or late."""
    yield {"bot.unresolved_turns": 0}
    yield {"bot.unresolved_turns": turns - 1, **_OUT}
    yield {}


def _asking(channel: str, told: Mapping[str, Any]) -> Path:
    event = {**_TURN_OF_A_BOT, "channel": channel, "bot.human_requested": True, **told}
    return Path(events=(event,), says=f"on {channel}, a customer who asks the bot for a human")


def _led_nowhere(channel: str, turns: int, told: Mapping[str, Any]) -> Path:
    contact = {"channel": channel, "type": _CONTACT, "direction": "inbound", "actor.type": "customer"}
    event = {**_TURN_OF_A_BOT, "channel": channel, **told}
    led_nowhere = [{**event, "bot.unresolved_turns": turn} for turn in range(1, turns + 1)]
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
        known = _Known.of(event, self.path)
        for way in (box.meet(way) for way in bringer.ways_round(known)):
            facts = (_goes_with(subject, values, event, self.path) for subject, values in way.sets.items())
            if way.empty or not known.fits(way) or not all(facts):
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

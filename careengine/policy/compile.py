"""Compiles policies into a plan that finds the matching ones without asking each of them.

Policies are partitioned by event, and within a partition reached by the value of a field that many name (`dispatch`).
In what is left, each field has an index from its value to the mask of the policies that stay possible (`index`); the
masks of all fields are ANDed, and only the policies that remain are asked the tests that no index takes (`verify`):
history, words, nested conditions. Conditions are never expanded, so the plan is linear in the size of the rules.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING

from careengine.model.condition import FieldTest, HistoryTest
from careengine.model.operators import ask_field, distance
from careengine.model.policy import LIVE, SHADOW, Verdict
from careengine.model.table import members
from careengine.policy.dispatch import Group
from careengine.policy.index import ORDERED, TAGS, FieldIndex, build, kind_of
from careengine.policy.masks import bits_of, mask_of
from careengine.policy.verify import CompiledPolicy, compile_policy, top_conditions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from careengine.model.facts import Facts
    from careengine.model.policy import Policy
    from careengine.model.value import Value


def compile_plan(policies: Sequence[Policy]) -> CompiledPlan:
    """Build the plan of all live and shadow policies."""
    running = [member for policy in policies if policy.status in (LIVE, SHADOW) for member in members(policy)]
    running.sort(key=lambda p: p.id)  # stable: the rows of a table stay in their order
    by_event: defaultdict[str, list[Policy]] = defaultdict(list)
    for policy in running:
        for event in policy.events:
            by_event[event].append(policy)
    return CompiledPlan({event: _partition(members) for event, members in by_event.items()})


@dataclass(frozen=True, slots=True)
class CompiledPlan:
    """The partitions by event type."""

    by_event: Mapping[Value, Partition]

    def match(self, facts: Facts) -> Matches:
        """See `Plan.match`. A policy that fails becomes a fault and does not disturb the others."""
        fields = facts.fields
        partition = self.by_event.get(fields["type"], _NOBODY)
        numbers = partition.group.possible(fields.get)
        if len(numbers) > 1:
            numbers.sort()
        verdicts = [verdict for number in numbers if (verdict := partition.verdict(number, facts))]
        return Matches(verdicts, partition, facts)


@dataclass(slots=True)  # not frozen: one is made for every event, and freezing costs more than finding the matches
class Matches:
    """What matched or failed, by policy id; what was near or unknown is found when it is asked for."""

    verdicts: Sequence[Verdict]
    partition: Partition
    facts: Facts

    def others(self, near: int) -> tuple[list[Verdict], list[Verdict]]:
        """The policies that could not be judged, and the nearest misses."""
        survey = self.partition.survey(self.facts)
        told = {verdict.policy.id for verdict in self.verdicts}
        judged = [(number, self.partition.judge(number, self.facts)) for number in bits_of(survey.open)]
        open_ = [(number, verdict) for number, verdict in judged if verdict and verdict.policy.id not in told]
        unknown = [verdict for _, verdict in open_ if verdict.result is None]
        missed = [(self._gap(verdict), number) for number, verdict in open_ if verdict.result is False]
        close = sorted([*survey.close, *(miss for miss in missed if miss[0] < 1)])
        far = survey.far | sum(1 << number for gap, number in missed if gap >= 1)
        return unknown, self._nearest(chain((number for _, number in close), bits_of(far)), near)

    def _nearest(self, ranked: Iterable[int], near: int) -> list[Verdict]:
        judged = (self.partition.judge(number, self.facts) for number in ranked)
        return list(islice((verdict for verdict in judged if verdict and verdict.result is False), near))

    def _gap(self, verdict: Verdict) -> float:
        (condition,) = verdict.open
        if isinstance(condition, FieldTest):
            return distance(condition, self.facts.fields.get(condition.field.path))
        if isinstance(condition, HistoryTest):
            found = self.facts.history.ask(condition.query, self.facts.fields, self.facts.as_of)
            return distance(condition, found)
        return 1.0


@dataclass(frozen=True, slots=True)
class Survey:
    """What did not match, by the indexed tests.

    `open` is the mask of policies with no false one. Those that are false on a single field and unknown on none are
    either `close`, by how far they are from true and their number, or `far`, a mask: nothing is further than they.
    """

    open: int
    close: Sequence[tuple[float, int]]
    far: int


@dataclass(frozen=True, slots=True)
class Partition:
    """The policies of one event.

    `group` finds those whose indexed tests are all true; `verified` are the numbers of those that have other tests
    beside.
    """

    policies: Sequence[Policy]
    indexes: Sequence[FieldIndex]
    group: Group
    verified: frozenset[int]
    _sure: dict[int, Verdict] = field(default_factory=dict)
    _compiled: dict[int, CompiledPolicy] = field(default_factory=dict)

    @property
    def everyone(self) -> int:
        """The mask of all policies."""
        return (1 << len(self.policies)) - 1

    def verdict(self, number: int, facts: Facts) -> Verdict | None:
        """The verdict on a policy whose indexed tests are all true, when it matches or fails."""
        sure = self._sure.get(number)
        if sure is not None:
            return sure
        if number not in self.verified:
            return self._sure.setdefault(number, Verdict(policy=self.policies[number], result=True))
        verdict = self.judge(number, facts)
        return verdict if verdict is not None and (verdict.result or verdict.fault) else None

    def survey(self, facts: Facts) -> Survey:
        """Look at what did not match."""
        once = twice = unknown = 0
        falses = []
        for index in self.indexes:
            true, false = index.look(facts.fields.get(index.path))
            twice |= once & false
            once |= false
            unknown |= ~(true | false)
            falses.append(false)
        everyone = (1 << len(self.policies)) - 1
        near = everyone & once & ~twice & ~unknown
        close = [
            miss
            for index, false in zip(self.indexes, falses, strict=True)
            if index.kind == ORDERED and near & false
            for miss in _close(index, near & false, facts)
        ]
        return Survey(everyone & ~once, close, near & ~mask_of((number for _, number in close), len(self.policies)))

    def judge(self, number: int, facts: Facts) -> Verdict | None:
        """One policy, by all its conditions; None when it plainly does not match or is not in effect."""
        policy = self.policies[number]
        if not policy.in_effect(facts.as_of):
            return None
        compiled = self._compiled.get(number)
        try:
            if compiled is None:  # built when first needed: of many policies few are ever asked
                compiled = self._compiled[number] = compile_policy(policy)
            return compiled.judge(facts)
        except Exception as error:  # noqa: BLE001  whatever one policy does, the others are judged
            return Verdict(policy=policy, result=None, fault=f"{error}" or "it failed")


def _close(index: FieldIndex, missed: int, facts: Facts) -> Iterator[tuple[float, int]]:
    """How far the policies that fail on this field are from true, of those that are near at all."""
    value = facts.fields.get(index.path)
    for number in bits_of(missed):
        gap = max(distance(test, value) for test in index.rules[number] if not ask_field(test, facts))
        if gap < 1:
            yield gap, number


_NOBODY = Partition((), (), Group((), ()), frozenset())


def _partition(policies: Sequence[Policy]) -> Partition:
    by_field: defaultdict[tuple[str, str], dict[int, list[FieldTest]]] = defaultdict(dict)
    verified = set()
    for number, policy in enumerate(policies):
        if not _file(policy, number, by_field) or policy.effective_from or policy.effective_until:
            verified.add(number)
    size = len(policies)
    indexes = [build(path, kind, rules, size) for (path, kind), rules in by_field.items()]
    indexes.sort(key=lambda index: (index.other | index.missing).bit_count())  # the most telling first
    return Partition(policies, indexes, Group(range(size), indexes), frozenset(verified))


def _file(policy: Policy, number: int, by_field: Mapping[tuple[str, str], dict[int, list[FieldTest]]]) -> bool:
    """File a policy's tests under their fields; whether the indexes take all of them."""
    complete = True
    for condition in top_conditions(policy):
        kind = kind_of(condition) if isinstance(condition, FieldTest) else ""
        if not kind or not isinstance(condition, FieldTest):
            complete = False
            continue
        filed = by_field[condition.field.path, kind].setdefault(number, [])
        if kind == TAGS and condition.operator != "present" and any(t.operator != "present" for t in filed):
            complete = False  # one membership a rule: the index ORs tags and cannot AND two tests
        else:
            filed.append(condition)
    return complete

"""Compiles policies into a plan that finds the matching ones without asking each of them.

Policies are partitioned by event, and within a partition reached by the value of a field that many name (`dispatch`).
The few that are left are asked by one compiled expression each (`expression`); where many are left, each field has an
index from its value to the mask of the policies that stay possible (`index`), and the masks of all fields are ANDed
first. Conditions are never expanded, so the plan is linear in the size of the rules. What was near or unknown is found
by the same indexes and by asking three-valued closures (`verify`), only when somebody wants to know.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import chain, islice
from operator import attrgetter
from typing import TYPE_CHECKING

from careengine.model.condition import FieldTest
from careengine.model.distance import how_far
from careengine.model.policy import LIVE, SHADOW, Verdict
from careengine.model.table import members
from careengine.policy.dispatch import Group, Members, failed
from careengine.policy.index import ORDERED, TAGS, FieldIndex, build, kind_of
from careengine.policy.masks import bits_of, mask_of
from careengine.policy.verify import CompiledPolicy, compile_policy, top_conditions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from careengine.model.facts import Facts
    from careengine.model.policy import Policy
    from careengine.model.value import Value


_ID = attrgetter("policy.id")


def compile_plan(policies: Sequence[Policy]) -> CompiledPlan:
    """Build the plan of all live and shadow policies."""
    running = [member for policy in policies if policy.status in (LIVE, SHADOW) for member in members(policy)]
    running.sort(key=lambda policy: (policy.id, policy.row))
    by_event: defaultdict[str, list[Policy]] = defaultdict(list)
    for policy in running:
        for event in policy.events:
            by_event[event].append(policy)
    return CompiledPlan({event: _partition(members) for event, members in by_event.items()})


@dataclass(frozen=True, slots=True)
class CompiledPlan:
    """The partitions by event type."""

    by_event: Mapping[Value, Partition]

    def match(self, facts: Facts) -> list[Verdict]:
        """See `Plan.match`. A policy that fails becomes a fault and does not disturb the others."""
        fields = facts.fields
        partition = self.by_event.get(fields["type"], _NOBODY)
        found: list[Verdict] = []
        try:
            partition.group.find(fields.get, facts, found.append)
        except Exception:  # noqa: BLE001  whatever one policy does, the others are judged
            found = partition.find_with_care(facts)
        if len(found) > 1:
            found.sort(key=_ID)
        return found

    def others(self, facts: Facts, found: Sequence[Verdict], near: int) -> tuple[list[Verdict], list[Verdict]]:
        """See `Plan.others`."""
        return self.by_event.get(facts.fields["type"], _NOBODY).others(facts, found, near)


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
    """The policies of one event, with an index of each field that they test, and the group that finds who matches."""

    policies: Sequence[Policy]
    indexes: Sequence[FieldIndex]
    group: Group
    _compiled: dict[int, CompiledPolicy] = field(default_factory=dict)

    def find_with_care(self, facts: Facts) -> list[Verdict]:
        """What matches and what fails, when something does: one policy at a time."""
        try:
            numbers: Iterable[int] = self.group.reached(facts.fields.get)
        except Exception:  # noqa: BLE001  a value that no type of field has
            numbers = range(len(self.policies))
        judged = (self.judge(number, facts) for number in numbers)
        return [verdict for verdict in judged if verdict and (verdict.result or verdict.fault)]

    def others(self, facts: Facts, found: Sequence[Verdict], near: int) -> tuple[list[Verdict], list[Verdict]]:
        """The policies that could not be judged, and the nearest misses."""
        survey = self.survey(facts)
        told = {verdict.policy.id for verdict in found}
        left = [number for number in bits_of(survey.open) if self.policies[number].id not in told]
        judged = {number: verdict for number in left if (verdict := self.judge(number, facts))}
        unknown = [verdict for verdict in judged.values() if verdict.result is None]
        missed = [(_gap(verdict, facts), number) for number, verdict in judged.items() if verdict.result is False]
        close = sorted([*survey.close, *(miss for miss in missed if miss[0] < 1)])
        far = survey.far | sum(1 << number for gap, number in missed if gap >= 1)
        ranked = chain((number for _, number in close), bits_of(far))
        each = (judged[number] if number in judged else self.judge(number, facts) for number in ranked)
        return unknown, list(islice((verdict for verdict in each if verdict and verdict.result is False), near))

    def survey(self, facts: Facts) -> Survey:
        """Look at what did not match."""
        once = twice = unknown = 0
        falses, get = [], facts.fields.get
        for index in self.indexes:
            true, false = index.look(get(index.path))
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
            return failed(policy, error)


def _gap(verdict: Verdict, facts: Facts) -> float:
    (condition,) = verdict.open
    return how_far(condition, facts)


def _close(index: FieldIndex, missed: int, facts: Facts) -> Iterator[tuple[float, int]]:
    """How far the policies that fail on this field are from true, of those that are near at all."""
    for number in bits_of(missed):
        gap = max(how_far(test, facts) for test in index.rules[number])
        if gap < 1:
            yield gap, number


def _partition(policies: Sequence[Policy]) -> Partition:
    by_field: defaultdict[tuple[str, str], dict[int, list[FieldTest]]] = defaultdict(dict)
    for number, policy in enumerate(policies):
        for condition in top_conditions(policy):
            if isinstance(condition, FieldTest) and (kind := kind_of(condition)):
                tests = by_field[condition.field.path, kind].setdefault(number, [])
                if not (kind == TAGS and any(test.operator != "present" for test in tests)):
                    tests.append(condition)  # of several memberships a tag index takes one: it cannot AND two
    size = len(policies)
    indexes = [build(path, kind, rules, size) for (path, kind), rules in by_field.items()]
    group = Group(Members(policies, indexes), range(size))
    group.make_ready()
    return Partition(policies, indexes, group)


_NOBODY = _partition(())

"""Compiles policies into a plan that finds the matching ones without asking each of them.

Policies are partitioned by event. In a partition each field has an index from its value to the mask of the policies
that stay possible; the masks of all fields are ANDed, and only the policies that remain are asked the tests that no
index takes: history, words, nested conditions. Indexes never expand a condition, so the plan is linear in the rules.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from careengine.model.condition import FieldTest
from careengine.model.policy import LIVE, SHADOW, Verdict
from careengine.policy.index import TAGS, FieldIndex, build, kind_of
from careengine.policy.masks import bits_of
from careengine.policy.verify import CompiledPolicy, compile_policy, top_conditions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from careengine.model.facts import Facts
    from careengine.model.policy import Policy


def compile_plan(policies: Sequence[Policy]) -> CompiledPlan:
    """Build the plan of all live and shadow policies."""
    running = sorted((p for p in policies if p.status in (LIVE, SHADOW)), key=lambda p: p.id)
    by_event: defaultdict[str, list[Policy]] = defaultdict(list)
    for policy in running:
        for event in policy.events:
            by_event[event].append(policy)
    return CompiledPlan({event: _partition(members) for event, members in by_event.items()})


@dataclass(frozen=True, slots=True)
class CompiledPlan:
    """The partitions by event type."""

    by_event: Mapping[str, Partition]

    def match(self, facts: Facts) -> Matches:
        """See `Plan.match`. A policy that fails becomes a fault and does not disturb the others."""
        partition = self.by_event.get(facts.event, _NOBODY)
        verdicts = []
        for number in bits_of(partition.possible(facts)):
            if number in partition.verified:
                verdict = partition.judge(number, facts)
                if verdict is not None and (verdict.result or verdict.fault):
                    verdicts.append(verdict)
            else:
                verdicts.append(partition.sure[number])
        return Matches(verdicts=verdicts, partition=partition, facts=facts)


@dataclass(frozen=True, slots=True)
class Matches:
    """What matched or failed, by policy id; what was near or unknown is found when it is asked for."""

    verdicts: Sequence[Verdict]
    partition: Partition
    facts: Facts

    def others(self) -> list[Verdict]:
        """The policies that could not be judged and those that one change would have made match, by policy id."""
        told = {verdict.policy.id for verdict in self.verdicts}
        judged = (self.partition.judge(number, self.facts) for number in bits_of(self.partition.nearby(self.facts)))
        return [verdict for verdict in judged if verdict is not None and verdict.policy.id not in told]


@dataclass(frozen=True, slots=True)
class Partition:
    """The policies of one event: `verified` are the numbers of those that have tests beside the indexed ones."""

    policies: Sequence[Policy]
    indexes: Sequence[FieldIndex]
    verified: frozenset[int]
    sure: Sequence[Verdict]
    _compiled: dict[int, CompiledPolicy] = field(default_factory=dict)

    @property
    def everyone(self) -> int:
        """The mask of all policies."""
        return (1 << len(self.policies)) - 1

    def possible(self, facts: Facts) -> int:
        """The policies whose indexed tests are all true."""
        mask = self.everyone
        fields = facts.fields
        for index in self.indexes:
            mask &= index.look(fields.get(index.path))[0]
            if not mask:
                return 0
        return mask

    def nearby(self, facts: Facts) -> int:
        """The policies of whose indexed tests none is false, or those of one field only, with none unknown."""
        once = twice = unknown = 0
        for index in self.indexes:
            true, false = index.look(facts.fields.get(index.path))
            twice |= once & false
            once |= false
            unknown |= ~(true | false)
        return self.everyone & (~once | (~twice & ~unknown))

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


_NOBODY = Partition((), (), frozenset(), ())


def _partition(policies: Sequence[Policy]) -> Partition:
    by_field: defaultdict[tuple[str, str], dict[int, list[FieldTest]]] = defaultdict(dict)
    verified = set()
    for number, policy in enumerate(policies):
        if not _file(policy, number, by_field) or policy.effective_from or policy.effective_until:
            verified.add(number)
    size = len(policies)
    indexes = [build(path, kind, rules, size) for (path, kind), rules in by_field.items()]
    indexes.sort(key=lambda index: (index.other | index.missing).bit_count())  # the most telling first
    sure = [Verdict(policy=policy, result=True) for policy in policies]
    return Partition(policies, indexes, frozenset(verified), sure)


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

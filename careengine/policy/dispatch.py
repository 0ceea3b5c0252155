"""Goes straight to the policies that one event can match: by the value of a field that many of them name.

A group of policies is split by the fields whose values tell most of them apart (a product, a region). What no field
tells apart is asked one by one, each by one compiled expression; when that would be many, their field indexes are
weighed first. So the cost of an event grows with the policies for its product, not with all policies. A group is made
ready when the first event reaches it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from careengine.model.policy import Verdict
from careengine.policy.expression import Writer, in_portions, needs, shared_fields, size
from careengine.policy.index import values_of
from careengine.policy.masks import bits_of, mask_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from careengine.model.condition import Condition
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy
    from careengine.model.value import Value
    from careengine.policy.expression import Add, Find, Get
    from careengine.policy.index import FieldIndex

    Splits = list[tuple[str, Mapping[Value | None, "Group"]]]

_SMALL = 12  # so few policies are asked as fast as they are split
_TELLING = 4  # a field that names fewer values splits too little
_WIDE = 8  # a policy that names more values of a field is not told apart by it: it would be in as many groups
_WORTH = 4  # and one that spares fewer than one policy in so many
_MANY = 256  # so many are worth weighing masks, when they are
_PART = 64  # at least one in so many of all policies: a mask is as long as all are many
_GO_ON = "if group is not None: group.find(get, facts, add)"


@dataclass(frozen=True, slots=True)
class Members:
    """The policies of one event, by number, with an index of each field that they test."""

    policies: Sequence[Policy]
    indexes: Sequence[FieldIndex]


class Group:
    """Some of the members, by their numbers; `settled` are the fields that the way to it has answered.

    `find(get, facts, add)` adds the verdicts of all whose conditions are true, in no order. It raises what a condition
    raises; `reached` then says whom to ask with more care.
    """

    __slots__ = ("_groups", "_many", "_members", "_numbers", "_rest", "_settled", "find")

    def __init__(self, members: Members, numbers: Sequence[int], settled: frozenset[str] = frozenset()) -> None:
        """Remember; nothing is made before the first event comes, or `make_ready` is called."""
        self._members, self._numbers, self._settled = members, numbers, settled
        self.find: Find = self._find_first

    def reached(self, get: Get) -> list[int]:
        """The numbers of the policies that an event's plain fields lead to."""
        numbers = list(self._rest) if self._many is None else self._many.possible(get)
        for path, groups in self._groups:
            group = groups.get(get(path))
            numbers += group.reached(get) if group is not None else []
        return numbers

    def _find_first(self, get: Get, facts: Facts, add: Add) -> None:
        self.make_ready()
        self.find(get, facts, add)

    def make_ready(self) -> None:
        """Split the group and write its function."""
        # Two threads may come here at once: they make the same, and `find` is put in place last.
        self._groups, self._rest = self._split()
        many = len(self._rest) > _MANY and len(self._rest) * _PART > len(self._members.policies)
        self._many = Many(self._members, self._rest, self._settled) if many else None
        self.find = self._written()

    def _split(self) -> tuple[Splits, Sequence[int]]:
        """Groups by the value of each field that tells enough, and the policies that none takes."""
        rest = self._numbers
        groups: Splits = []
        while len(rest) > _SMALL and (told := self._telling(rest)):
            path, by_value = told
            settled = self._settled | {path}
            groups.append((path, {value: Group(self._members, own, settled) for value, own in by_value.items()}))
            named = frozenset[int]().union(*by_value.values())
            rest = [number for number in rest if number not in named]
        return groups, rest

    def _telling(self, numbers: Sequence[int]) -> tuple[str, Mapping[Value | None, Sequence[int]]] | None:
        """The field that tells most of the policies apart, with the policies that name each of its values."""
        members = frozenset(numbers)
        # Below the first split a policy goes one way only: the ways would multiply.
        most = 1 if self._settled else _WIDE
        best: tuple[int, str, Mapping[Value | None, Sequence[int]]] | None = None
        for index in self._members.indexes:
            if str not in index.types or index.path in self._settled:
                continue
            by_value: defaultdict[Value | None, list[int]] = defaultdict(list)
            named = 0
            for number in members & index.rules.keys():
                values = values_of(index.rules[number])
                if 0 < len(values) <= most:
                    named += 1
                    for value in values:
                        by_value[value].append(number)
            spared = named - max(map(len, by_value.values()), default=0)
            if len(by_value) >= _TELLING and spared > len(numbers) // _WORTH and (best is None or spared > best[0]):
                best = (spared, index.path, dict(by_value))
        return None if best is None else best[1:]

    def _written(self) -> Find:
        rest = [] if self._many else [self._members.policies[number] for number in self._rest]
        portions = list(in_portions([(policy, needs(policy, self._settled)) for policy in rest], _weight))
        alone = portions.pop() if len(portions) == 1 else []
        writer = Writer(shared_fields(needed for _, needed in alone))
        for path, groups in self._groups:
            writer.lines += [f"group = {writer.callee(groups.get)}({writer.read(path)})", _GO_ON]
        _write(writer, alone)
        for portion in portions:
            part = Writer(shared_fields(needed for _, needed in portion))
            _write(part, portion)
            writer.lines.append(f"{writer.callee(part.function())}(get, facts, add)")
        if self._many is not None:
            writer.lines.append(f"{writer.callee(self._many.find)}(get, facts, add)")
        return writer.function()


def _weight(asked: tuple[Policy, Sequence[Condition]]) -> int:
    return sum(map(size, asked[1]))


def _write(writer: Writer, asked: Iterable[tuple[Policy, Sequence[Condition]]]) -> None:
    for policy, needed in asked:
        writer.add(policy, needed)


class Many:
    """Policies that are weighed by field indexes before the few that remain are asked."""

    def __init__(self, members: Members, numbers: Sequence[int], settled: frozenset[str]) -> None:
        """Choose the indexes that say something about these policies."""
        self._policies = members.policies
        self._settled = settled
        self._mask = mask_of(numbers, len(members.policies))
        telling = [index for index in members.indexes if not index.rules.keys().isdisjoint(numbers)]
        self._indexes = [index for index in telling if index.path not in settled]
        self._asks: dict[int, Find] = {}

    def find(self, get: Get, facts: Facts, add: Add) -> None:
        """See `Group`."""
        for number in self.possible(get):
            ask = self._asks.get(number)
            if ask is None:
                ask = self._asks[number] = self._written(number)
            ask(get, facts, add)

    def _written(self, number: int) -> Find:
        """What no index has answered is asked."""
        policy = self._policies[number]
        answered = {id(test) for index in self._indexes for test in index.rules.get(number, ())}
        writer = Writer()
        writer.add(policy, [one for one in needs(policy, self._settled) if id(one) not in answered])
        return writer.function()

    def possible(self, get: Get) -> list[int]:
        """Those that no plain test of a field rules out."""
        mask = self._mask
        for index in self._indexes:
            mask &= index.look(get(index.path))[0]
            if not mask:
                return []
        return list(bits_of(mask))


def failed(policy: Policy, error: Exception) -> Verdict:
    """The verdict on a policy that could not be asked."""
    return Verdict(policy=policy, result=None, fault=f"{error}" or "it failed")

"""Goes straight to the policies that one event can match: by the value of a field that many of them name.

A group of policies is split by the field whose values tell most of them apart (a product, a region); those that do
not name it form a group of their own, split by the next field. What is left of a group in the end is weighed with its
field indexes. So the cost of an event grows with the policies for its product, not with all policies. A group for one
value is made when the first event with that value comes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from careengine.policy.generate import weigher
from careengine.policy.index import build
from careengine.policy.masks import bits_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from careengine.model.value import Value
    from careengine.policy.generate import Weigh
    from careengine.policy.index import FieldIndex

    Get = Callable[[str], Value | None]

_SMALL = 12  # so few policies are weighed at once as fast as they are split
_TELLING = 4  # a field that names fewer values splits too little
_WORTH = 4  # and one that spares fewer than one policy in so many


@dataclass(slots=True)
class Group:
    """Some policies, by their numbers. Either split by `key` into `buckets` and `rest`, or weighed as they are.

    `settled` are the fields that the way to this group has answered already.
    """

    numbers: Sequence[int]
    indexes: Sequence[FieldIndex]
    settled: frozenset[str] = frozenset()
    key: str = ""
    buckets: Mapping[str, Sequence[int]] = field(default_factory=dict)
    rest: Group | None = None
    _groups: dict[str, Group] = field(default_factory=dict)
    _weigh: Weigh | None = None

    def __post_init__(self) -> None:
        """Split, when a field tells enough of the policies apart."""
        chosen = None if len(self.numbers) <= _SMALL else _telling(self.numbers, self.indexes, self.settled)
        if chosen is not None:
            self.key, self.buckets = chosen
            named = {number for bucket in self.buckets.values() for number in bucket}
            others = [number for number in self.numbers if number not in named]
            self.rest = Group(others, self.indexes, self.settled)

    def possible(self, get: Get) -> list[int]:
        """The policies whose indexed tests are all true, by number, in no order."""
        if self.rest is None:
            weigh = self._weigh or self._ready()
            mask = weigh(get)
            return [self.numbers[bit] for bit in bits_of(mask)] if mask else []
        found = self.rest.possible(get)
        value = get(self.key)
        if type(value) is str and value in self.buckets:
            group = self._groups.get(value)
            if group is None:
                settled = self.settled | {self.key}
                group = self._groups.setdefault(value, Group(self.buckets[value], self.indexes, settled))
            found += group.possible(get)
        return found

    def _ready(self) -> Weigh:
        place = {number: bit for bit, number in enumerate(self.numbers)}
        own = []
        for index in self.indexes:
            if index.path not in self.settled:
                rules = {place[number]: index.rules[number] for number in self.numbers if number in index.rules}
                own += [build(index.path, index.kind, rules, len(place))] if rules else []
        self._weigh = weigher(own, (1 << len(place)) - 1)
        return self._weigh


def _telling(
    numbers: Sequence[int], indexes: Sequence[FieldIndex], settled: frozenset[str]
) -> tuple[str, Mapping[str, Sequence[int]]] | None:
    """The field that tells most of the policies apart, with the policies that name each of its values."""
    members = frozenset(numbers)
    best: tuple[int, str, Mapping[str, Sequence[int]]] | None = None
    for index in indexes:
        if str not in index.types or index.path in settled:
            continue
        buckets = {value: own for value, bits in index.named.items() if (own := members.intersection(bits))}
        if len(buckets) < _TELLING:
            continue
        named = len(frozenset[int]().union(*buckets.values()))
        spared = named - max(len(bucket) for bucket in buckets.values())
        if spared > len(members) // _WORTH and (best is None or spared > best[0]):
            best = (spared, index.path, {value: sorted(own) for value, own in buckets.items()})
    return None if best is None else best[1:]

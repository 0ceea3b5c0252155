"""One person behind several ids of CRMs: who they are as long as merges say so, and what is known of each id."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from careengine.model.value import Value

MERGED, UNMERGED = "customer.merged", "customer.unmerged"
CONSENT = "customer.consent"
# What was said of one id holds for the person: nobody loses a protection because two records became one.
FOLLOWS = ("customer.vulnerability", "customer.adjustments")
TAGS = (CONSENT, *FOLLOWS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Two ids that are one person since `at`; the person goes by the one that `stays`."""

    stays: str
    other: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The person whom a customer's id stands for.

    `id` is the one that they go by. `joined` has the other ids, each with the instant since which it and the customer's
    are one person; `known` holds, by id, the tags of `FOLLOWS` and `CONSENT` that were told last.
    """

    id: str
    customer: str
    joined: Mapping[str, datetime] = field(default_factory=dict)
    known: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)

    @property
    def ids(self) -> tuple[str, ...]:
        """Every id of the person, the customer's own first."""
        return (self.customer, *sorted(self.joined))

    def agreed_by_all(self, consent: Sequence[str]) -> tuple[str, ...]:
        """Of what one id agreed to, all that no other id of the person says otherwise of."""
        told = [set(self.known[each][CONSENT]) for each in self.joined if CONSENT in self.known.get(each, {})]
        return tuple(tag for tag in consent if all(tag in given for given in told))

    def lay_over(self, fields: Mapping[str, Value]) -> dict[str, Value]:
        """The fields of an event of theirs: the strictest consent, and all that protects them."""
        others = [self.known.get(each, {}) for each in self.joined]
        laid = dict(fields)
        consent = fields.get(CONSENT)
        if isinstance(consent, tuple):
            laid[CONSENT] = self.agreed_by_all(consent)
        for path in FOLLOWS:
            own = fields.get(path, self.known.get(self.customer, {}).get(path, ()))
            tags = [
                *(own if isinstance(own, (tuple, list)) else ()),
                *(tag for one in others for tag in one.get(path, ())),
            ]
            if tags:
                laid[path] = tuple(dict.fromkeys(tags))
        return laid


def alone(customer: str) -> Person:
    """A person with one id."""
    return Person(id=customer, customer=customer)


def groups_of(merges: Iterable[Merge]) -> dict[str, tuple[str, frozenset[str]]]:
    """For every id that is merged: the id that the person goes by, and all their ids. `merges` are in their order."""
    found: dict[str, tuple[str, frozenset[str]]] = {}
    for merge in merges:
        stays, other = (found.get(each, (each, frozenset({each}))) for each in (merge.stays, merge.other))
        whole = (stays[0], stays[1] | other[1])
        found.update(dict.fromkeys(whole[1], whole))
    return found


def joined_with(customer: str, merges: Iterable[Merge]) -> dict[str, datetime]:
    """The ids that are one person with a customer, each since when. `merges` are in their order."""
    since: dict[str, datetime] = {}
    before: list[Merge] = []
    for merge in merges:
        groups = groups_of(before)
        mine = {customer, *since}
        for one, other in ((merge.stays, merge.other), (merge.other, merge.stays)):
            if one in mine and other not in mine:
                _, ids = groups.get(other, (other, frozenset({other})))
                since |= dict.fromkeys(sorted(ids), merge.at)
        before.append(merge)
    return since


def said_in(document: Mapping[str, Any]) -> dict[str, list[str]]:
    """`tags_of` an event's JSON."""
    return tags_of({f"customer.{name}": value for name, value in document.get("customer", {}).items()})


def tags_of(fields: Mapping[str, Any]) -> dict[str, list[str]]:
    """What an event says of its customer that the person keeps, as JSON values."""
    return {path: list(fields[path]) for path in TAGS if isinstance(fields.get(path), (tuple, list))}

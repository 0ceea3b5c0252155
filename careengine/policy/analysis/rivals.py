"""What two live policies do to each other: one says what the other says, always goes first, or clashes with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from careengine.model.policy import ESCALATION, AmountBy, Escalation, Recovery
from careengine.policy.analysis.example import shown_by
from careengine.policy.analysis.finding import Finding
from careengine.policy.analysis.shelf import MAX_RIVALS
from careengine.policy.masks import bits_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterator, Mapping

    from careengine.model.catalogue import Catalogue
    from careengine.model.policy import Offer, Policy
    from careengine.model.value import Money
    from careengine.policy.analysis.example import Example
    from careengine.policy.analysis.shelf import Entry, Shelf

_OWED = "entitlement"  # what is owed adds up, so none gives way


def sorts_of(policy: Policy) -> list[Hashable]:
    """The sorts under which a policy's boxes are found by the checks below."""
    outcome, priority = policy.outcome, policy.priority
    # A policy that acted lately is withheld, so only one without `once_per` can be relied on.
    sorts: list[Hashable] = [] if policy.once_per else [("says", _saying(policy))]
    if isinstance(outcome, Escalation):
        sorts += [("escalate", outcome.level, priority), outcome]
        if not policy.once_per:
            sorts.append(("first", "escalate", (outcome.level, priority)))
    if isinstance(outcome, Recovery):
        if outcome.offer and outcome.offer.family != _OWED:
            sorts += [("offer", outcome.offer.family, priority), str(outcome.offer)]
            if not policy.once_per:
                sorts.append(("first", outcome.offer.family, (0, priority)))
        if outcome.lead:
            sorts += [("lead", priority), ("lead", outcome.lead)]
    return sorts


def _who(policy: Policy) -> str:
    return f"row {policy.row}" if policy.row else "this policy"


def _saying(policy: Policy) -> Hashable:
    return f"{policy.kind} {policy.outcome}"


@dataclass(frozen=True, slots=True)
class Rivals:
    """Compares each policy of a shelf with those that the shelf finds for it."""

    shelf: Shelf
    catalogue: Catalogue
    _higher: dict[tuple[str, tuple[int, int]], int] = field(default_factory=dict)  # by contest and rank

    def findings(self, entry: Entry) -> Iterator[Finding]:
        """What is to be said of one policy. The plainest comes first and stands for the rest."""
        if not entry.boxes:
            return  # it never matches, and that is said already
        for look in (self._redundant, self._never_first):
            found = next(look(entry), None)
            if found:
                yield found
                return
        if not entry.policy.row:  # whether a row acts beside another policy also depends on the rows above it
            yield from self._clashes(entry)

    def cut_short(self, told: Collection[str]) -> Iterator[Finding]:
        """That some may clash unnoticed, told once; those of whom something was `told`, by id, are left out."""
        cut = {entry.policy.id: entry.policy for entry in self.shelf.cut if entry.policy.id not in told}
        for policy in islice(cut.values(), 1):
            others = f" ({len(cut) - 1} more of the set, too)" if len(cut) > 1 else ""
            yield Finding(
                code="CE716",
                policy=policy,
                pointer="/id",
                message=f"it may meet so many others that it was compared with {MAX_RIVALS} of them only{others}",
                suggestion="name a field in which they differ, such as `customer.region`, in each of them",
            )

    def _redundant(self, entry: Entry) -> Iterator[Finding]:
        policy = entry.policy
        if isinstance(policy.outcome, Recovery) and policy.outcome.offer and policy.outcome.offer.family == _OWED:
            return
        other = self._containing(entry, self.shelf.sort(("says", _saying(policy))), _may_replace)
        if other:
            yield self._finding(
                entry,
                other,
                "CE703",
                "/id",
                f"whenever {_who(policy)} matches, so does `{other.policy.id}`, which asks for the same",
                "set one of the two to `retired`, or change what this one asks for",
            )

    def _never_first(self, entry: Entry) -> Iterator[Finding]:
        rank = _rank(entry.policy)
        if rank is None:
            return
        if rank not in self._higher:
            self._higher[rank] = self.shelf.sorts(lambda sort: _goes_first(sort, *rank))
        other = self._containing(entry, self._higher[rank], lambda _, __: True)
        if not other:
            return
        escalation = entry.policy.kind == ESCALATION
        what = "its escalation" if escalation else "its offer"
        higher_by = "a higher level or priority" if escalation else "a higher `priority`"
        who = _who(entry.policy)
        yield self._finding(
            entry,
            other,
            "CE704",
            "/escalate" if escalation else "/offer",
            f"{what} can never win: whenever {who} matches, so does `{other.policy.id}`, with {higher_by}",
            "compare the thresholds, levels and priorities of the two",
        )

    def _clashes(self, entry: Entry) -> Iterator[Finding]:
        for rivals, allies, pointer, torn, what in _contests(entry.policy):
            found = self._clash(entry, self.shelf.sort(rivals) & ~self.shelf.sort(allies), torn)
            if found:
                other, example = found
                both = f"this policy and `{other.policy.id}`"
                yield Finding(
                    code="CE705",
                    policy=entry.policy,
                    pointer=pointer,
                    message=f"{both} can match one event and {what}: only their ids decide",
                    suggestion="give one of them a higher `priority`, or let their conditions exclude each other",
                    example=example,
                )

    def _clash(
        self, entry: Entry, among: int, torn: Callable[[Policy, Policy, Mapping[str, object]], bool]
    ) -> tuple[Entry, Example] | None:
        before = among & ((1 << entry.places.start) - 1)  # of two that clash, the later one is told
        for place in entry.places:
            for other_place, both in self.shelf.meeting(place, before):
                other = self.shelf.owners[other_place]
                if torn(entry.policy, other.policy, {}):
                    example = shown_by([both], self.catalogue, entry.policy, other.policy)
                    if example and torn(entry.policy, other.policy, example.fields):
                        return other, example
        return None

    def _containing(self, entry: Entry, among: int, fits: Callable[[Entry, Entry], bool]) -> Entry | None:
        """Another policy that matches whenever this one does; every box of this one lies in one of that one."""
        for place in entry.places:
            among &= sum(1 << p for o in self._owners(place, among) if o is not entry for p in o.places)
            if not among:
                return None
        owners = {self.shelf.owners[place].policy.id: self.shelf.owners[place] for place in bits_of(among)}
        return next((other for other in owners.values() if fits(entry, other)), None)

    def _owners(self, place: int, among: int) -> list[Entry]:
        found = {}
        for other in self.shelf.containing(place, among):
            found[id(self.shelf.owners[other])] = self.shelf.owners[other]
        return list(found.values())

    def _finding(self, entry: Entry, other: Entry, code: str, pointer: str, message: str, hint: str) -> Finding:
        met = (mine.meet(theirs) for mine in entry.boxes for theirs in other.boxes)
        return Finding(
            code=code,
            policy=entry.policy,
            pointer=pointer,
            message=message,
            suggestion=hint,
            example=shown_by((both for both in met if not both.empty), self.catalogue, entry.policy, other.policy),
        )


def _goes_first(sort: object, contest: str, mine: tuple[int, int]) -> bool:
    return isinstance(sort, tuple) and sort[:2] == ("first", contest) and sort[2] > mine


def _may_replace(entry: Entry, other: Entry) -> bool:
    """Whether nothing is lost without the first. Of two that are the same in all, the one with the later id goes."""
    if other.policy.priority != entry.policy.priority:
        return other.policy.priority > entry.policy.priority
    same = all(any(box.within(mine) for mine in entry.boxes) for box in other.boxes)
    replaceable = not entry.policy.once_per  # otherwise the other way round was never an alternative
    return not (same and replaceable) or entry.policy.id > other.policy.id


def _rank(policy: Policy) -> tuple[str, tuple[int, int]] | None:
    if isinstance(policy.outcome, Escalation):
        return "escalate", (policy.outcome.level, policy.priority)
    if isinstance(policy.outcome, Recovery) and policy.outcome.offer and policy.outcome.offer.family != _OWED:
        return policy.outcome.offer.family, (0, policy.priority)
    return None


# The sort of the rivals, that of those who want the same, where it is asked for, when an event tears two apart, words.
_Contest = tuple["Hashable", "Hashable", str, "Callable[[Policy, Policy, Mapping[str, object]], bool]", str]


def _contests(policy: Policy) -> list[_Contest]:
    """What a policy may have to fight for."""
    outcome, priority = policy.outcome, policy.priority
    found: list[_Contest] = []
    if isinstance(outcome, Escalation):
        words = f"escalate differently at level {outcome.level} and priority {priority}"
        found.append((("escalate", outcome.level, priority), outcome, "/escalate", _always, words))
    if isinstance(outcome, Recovery) and outcome.offer and outcome.offer.family != _OWED:
        words = f"offer a different {outcome.offer.family} of equal worth at priority {priority}"
        rivals = ("offer", outcome.offer.family, priority)
        found.append((rivals, str(outcome.offer), "/offer", _equal_worth, words))
    if isinstance(outcome, Recovery) and outcome.lead:
        words = f"name different leads at priority {priority}"
        found.append((("lead", priority), ("lead", outcome.lead), "/lead", _always, words))
    return found


def _always(_: Policy, __: Policy, ___: Mapping[str, object]) -> bool:
    return True


def _equal_worth(one: Policy, other: Policy, fields: Mapping[str, object]) -> bool:
    """Whether the worth of two offers does not decide between them on an event; without one: whether it may not."""
    if not (isinstance(one.outcome, Recovery) and isinstance(other.outcome, Recovery)):
        return False
    mine, theirs = one.outcome.offer, other.outcome.offer
    if mine is None or theirs is None:
        return False
    if not fields and (isinstance(mine.amount, AmountBy) or isinstance(theirs.amount, AmountBy)):
        return True
    have, want = _amount(mine, fields), _amount(theirs, fields)
    return have is not None and want is not None and (have.currency != want.currency or have.amount == want.amount)


def _amount(offer: Offer, fields: Mapping[str, object]) -> Money | None:
    if not isinstance(offer.amount, AmountBy):
        return offer.amount
    found = fields.get(offer.amount.field)
    return offer.amount.amounts.get(str(found).lower() if isinstance(found, bool) else str(found))

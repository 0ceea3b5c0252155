"""Weighs offers as an arbitration policy has it, before all else is weighed; every loser is told why.

Without one that applies nothing happens here. Of several, the one of the highest priority and then of the first id
decides, and one in shadow only shows whom it would have let lose.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from careengine.decide.logic import tests_of
from careengine.decide.restrain import applies, is_owed_wish
from careengine.model.arbitration import ADD, BEST, CHOICE, COST, ID, MAX, PRIORITY, SEVERITY_FIT, Arbitration
from careengine.model.condition import FieldTest
from careengine.model.contact import CELEBRATION, MARKETING
from careengine.model.decision import Fault, Withheld
from careengine.model.history import HistoryQuery
from careengine.model.policy import ARBITRATION, LIVE, AmountBy, Recovery
from careengine.model.restraint import WITHHELD, Restraint
from careengine.model.value import say_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from careengine.decide.proposal import Proposal
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy, PolicySet

_SELLING = (CELEBRATION, MARKETING)
_SEVERITY = "failure.severity"
_OURS = ("company", "third_party", "unknown")  # whose fault it is; of a third party it is ours to the customer


@dataclass(slots=True)
class Arbitrated:
    """The wishes that are left, and what became of the others."""

    proposals: Sequence[Proposal]
    withheld: list[Withheld] = field(default_factory=list)
    restraints: list[Restraint] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Lost:
    """A wish that is not done, in whose favour (None: in nobody's), and why."""

    wish: Proposal
    winner: Proposal | None
    why: str


def choose(proposals: Sequence[Proposal], facts: Facts, policies: PolicySet) -> Arbitrated:
    """Let the arbitration policies of the set settle which offers are made."""
    done = Arbitrated(proposals)
    if not proposals or not (among := policies.of_kind(ARBITRATION)):
        return done
    decided = False
    for policy in sorted(among, key=lambda one: (-one.priority, one.id)):
        if (policy.status == LIVE and decided) or not applies(policy, facts):
            continue
        decided = _ask(policy, proposals, facts, done) or decided
    return done


def _ask(policy: Policy, proposals: Sequence[Proposal], facts: Facts, done: Arbitrated) -> bool:
    """Have one policy settle it; whether it did. One that fails leaves all as it is without it."""
    try:
        left, lost = _settled(policy, proposals, facts)
    except Exception as error:  # noqa: BLE001  a broken guardrail must not stop care
        done.faults.append(Fault(source=policy.id, why=f"{error}" or "it failed"))
        return False
    done.restraints += [_told(policy, one) for one in lost]
    if policy.status != LIVE:
        return False
    by = [(one, one.winner.policy.id if one.winner else policy.id) for one in lost]
    done.withheld += [Withheld(policy=one.wish.policy.id, by=who, why=one.why) for one, who in by]
    done.proposals = left
    return True


def _told(policy: Policy, one: _Lost) -> Restraint:
    named = {"policy": policy.id, "kind": policy.kind, "status": policy.status, "did": WITHHELD}
    about = {"type": one.wish.type, "of": one.wish.policy.id, "why": one.why}
    return Restraint(**named, **about)  # type: ignore[arg-type]  # all of these are text


def _settled(policy: Policy, proposals: Sequence[Proposal], facts: Facts) -> tuple[list[Proposal], list[_Lost]]:
    rule: Arbitration = policy.outcome  # type: ignore[assignment]  # the reader of this kind made it
    lost = list(_not_sold(rule, proposals, facts))
    for live in (True, False):  # live ones compete with each other, and so do those in shadow
        offers = [one for one in proposals if _is_given(one) and (one.policy.status == LIVE) == live]
        lost += _Contest(policy, rule, facts).lost(offers) if offers else []
    gone = [one.wish for one in lost]
    left = [one for one in proposals if all(one is not other for other in gone)]
    # What is left of the offers is settled: it does not compete with its own family again.
    return [replace(one, settled=True) if _is_given(one) else one for one in left], lost


def _is_given(wish: Proposal) -> bool:
    return wish.type == "offer" and not is_owed_wish(wish)


def _not_sold(rule: Arbitration, proposals: Sequence[Proposal], facts: Facts) -> Iterable[_Lost]:
    selling = [one for one in proposals if one.params.get("purpose") in _SELLING]
    if rule.no_selling is not None and selling and _stands_open(rule, facts):
        why = f"a failure within {say_duration(rule.no_selling)} is not known to be put right, so nothing is sold"
        yield from (_Lost(one, None, f"{one.text}: {why}") for one in selling)


def _stands_open(rule: Arbitration, facts: Facts) -> bool:
    """Whether a failure of ours is not put right, as far as is known; where nothing is known, it may be."""
    fields = facts.fields
    if fields.get("failure.fault") in _OURS and "failure.fixed_at" not in fields and facts.event != "failure.fixed":
        return True
    query = HistoryQuery(function="count", kind="open_failures", within=rule.no_selling)
    found = facts.history.ask(query, fields, facts.as_of)
    return found is None or found != 0


@dataclass(frozen=True, slots=True)
class _Contest:
    """One policy's way of choosing among offers that are given."""

    policy: Policy
    rule: Arbitration
    facts: Facts

    def lost(self, offers: Sequence[Proposal]) -> list[_Lost]:
        """Those that are not made: all but one of a family, then what may not stand beside one that goes first."""
        lost: list[_Lost] = []
        left: list[Proposal] = []
        for family in dict.fromkeys(one.params["family"] for one in offers):
            rivals = [one for one in offers if one.params["family"] == family]
            left += self._of_family(rivals, self.rule.families.get(family, BEST), lost)
        self._beside_each_other(left, lost)
        return lost

    def _of_family(self, rivals: Sequence[Proposal], how: str, lost: list[_Lost]) -> Sequence[Proposal]:
        """What a family puts forward."""
        if how == ADD:
            return rivals
        breaks = self._breaks(rivals, largest=how == MAX)
        first, *others = _ranked(rivals, breaks)
        lost += [self._lost(breaks, one, first) for one in others]
        return [first]

    def _beside_each_other(self, offers: Sequence[Proposal], lost: list[_Lost]) -> None:
        """One after the other: what shares a group with one that is made, or comes when enough are, is not made."""
        breaks = self._breaks(offers, largest=False)
        made: list[Proposal] = []
        for one in _ranked(offers, breaks):
            rival = next((other for other in made if self._exclude(one, other)), None)
            if rival is None and self.rule.pick is not None and len(made) >= self.rule.pick:
                rival = made[-1]
            if rival is None:
                made.append(one)
            else:
                lost.append(self._lost(breaks, one, rival))

    def _exclude(self, one: Proposal, other: Proposal) -> bool:
        """Whether a group has both of two offers."""
        mine, theirs = ({wish.params["family"], wish.policy.id} for wish in (one, other))
        return any(mine & set(group) and theirs & set(group) for group in self.rule.exclusive)

    def _lost(self, breaks: Sequence[_Break], one: Proposal, winner: Proposal) -> _Lost:
        why = f"{one.text}: {winner.policy.name} goes first ({winner.text}), {_decided(breaks, one, winner)}"
        return _Lost(one, winner, f"{why}, as {self.policy.id} has it")

    def _breaks(self, rivals: Sequence[Proposal], *, largest: bool) -> list[_Break]:
        """What is compared, in order: a name, what of a wish is compared, the lower first, and how it is shown."""
        comparable = len({one.amount.currency for one in rivals if one.amount}) <= 1  # no rate of exchange is assumed
        choice = self.facts.fields.get("offer.choice")
        known: dict[str, _Break] = {
            PRIORITY: ("by priority", lambda one: -one.policy.priority, lambda one: str(one.policy.priority)),
            SEVERITY_FIT: ("by fit to the severity", lambda one: not _fits(one.policy), None),
            CHOICE: ("by the customer's choice", lambda one: one.params["family"] != choice, None),
            COST: ("by cost", _cost if comparable else lambda _: 0, lambda one: str(one.amount)),
            ID: ("by id, because all else is the same", lambda one: (one.policy.id, one.policy.row), None),
        }
        size: _Break = ("by amount", lambda one: -_worth(one), lambda one: str(one.amount))
        return [*([size] if largest and comparable else []), *(known[name] for name in self.rule.order)]


def _ranked(offers: Sequence[Proposal], breaks: Sequence[_Break]) -> list[Proposal]:
    return sorted(offers, key=lambda one: [key(one) for _, key, _ in breaks])


def _decided(breaks: Sequence[_Break], one: Proposal, winner: Proposal) -> str:
    name, _, shown = next(each for each in breaks if each[1](one) != each[1](winner))
    return f"{name} ({shown(winner)} against {shown(one)})" if shown else name


_Break = tuple[str, "Callable[[Proposal], Any]", "Callable[[Proposal], str] | None"]


def _worth(wish: Proposal) -> Decimal:
    return wish.amount.amount if wish.amount else Decimal(0)


def _cost(wish: Proposal) -> tuple[bool, Decimal]:
    """The cheaper first; what has no amount yet may cost anything."""
    return wish.amount is None, _worth(wish)


def _fits(policy: Policy) -> bool:
    """Whether a policy looks at how severe the failure is: in its conditions, or for its amount."""
    found: bool | None = policy.memo.get(SEVERITY_FIT)
    if found is None:
        tests = tests_of(policy.when)
        asked = any(isinstance(test, FieldTest) and test.field.path == _SEVERITY for test in tests)
        offer = policy.outcome.offer if isinstance(policy.outcome, Recovery) else None
        by = offer is not None and isinstance(offer.amount, AmountBy) and offer.amount.field == _SEVERITY
        found = policy.memo[SEVERITY_FIT] = asked or by
    return found

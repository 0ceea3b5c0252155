"""Which offers an arbitration policy lets stand, and what the others are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careengine.decide import decide
from careengine.model.arbitration import ADD, BEST, MAX, TIE_BREAKS, Arbitration
from careengine.model.condition import AllOf
from careengine.model.contact import Contact, Outreach
from careengine.model.facts import Facts, RecordedHistory
from careengine.model.history import Entry
from careengine.model.policy import Offer, Policy, Recovery
from careengine.model.value import Money
from tests.decide.worlds import NOW, facts, field_test, policy, policy_set

if TYPE_CHECKING:
    from careengine.model.decision import Decision

LATE = field_test("failure.type", "is", "late_delivery")
SEVERE = field_test("failure.severity", "at_least", 1)
WORLD: dict[str, Any] = {"failure.type": "late_delivery", "failure.severity": 2, "failure.fault": "customer"}
ALWAYS = AllOf(pointer="", items=())
DAY = timedelta(days=1)


def offers(policy_id: str, amount: str, family: str = "goodwill", currency: str = "GBP", **more: Any) -> Policy:
    offer = Offer(family=family, amount=Money(Decimal(amount), currency))
    when = more.pop("when", LATE)
    return policy(policy_id, "recovery", when, Recovery(steps=("offer",), offer=offer), **more)


def arbiter(
    policy_id: str = "chooser", when: Any = ALWAYS, priority: int = 50, status: str = "live", **rule: Any
) -> Policy:
    more = {"events": frozenset(), "priority": priority, "status": status}
    return policy(policy_id, "arbitration", when, Arbitration(**rule), **more)


def made(*policies: Policy, past: Any = (), **world: Any) -> Decision:
    return decide(
        facts(WORLD | {key.replace("_", "."): value for key, value in world.items()}, past), policy_set(policies)
    )


def given_by(decision: Decision) -> list[str]:
    return sorted(action.policies[0] for action in decision.actions if action.type == "offer")


SMALL, LARGE = offers("small", "5.00", priority=60), offers("large", "10.00", priority=40)
GESTURE = offers("gesture", "3.00", "gesture", priority=30)


def test_without_an_arbitration_all_is_as_it_was() -> None:
    decision = made(SMALL, LARGE, GESTURE)
    assert given_by(decision) == ["gesture", "small"]
    assert "restraints" not in decision.to_json()


def test_the_largest_or_the_first_in_order() -> None:
    assert given_by(made(SMALL, LARGE, arbiter(families={"goodwill": MAX}))) == ["large"]
    assert given_by(made(SMALL, LARGE, arbiter(families={"goodwill": BEST}))) == ["small"]
    assert given_by(made(SMALL, LARGE, arbiter(families={"goodwill": ADD}))) == ["large", "small"]


def test_a_loser_is_told_what_decided() -> None:
    decision = made(SMALL, LARGE, arbiter(families={"goodwill": MAX}))
    (told,) = decision.withheld
    assert (told.policy, told.by) == ("small", "large")
    assert "large goes first" in told.why
    assert told.why.endswith("by amount (10.00 GBP against 5.00 GBP), as chooser has it")
    (restraint,) = decision.restraints
    assert (restraint.policy, restraint.did, restraint.of) == ("chooser", "withheld", "small")


@pytest.mark.parametrize(
    ("order", "world", "winner", "told"),
    [
        (("priority",), {}, "small", "by priority (60 against 40)"),
        (("severity_fit", "priority"), {}, "large", "by fit to the severity"),
        (("cost", "severity_fit"), {}, "small", "by cost (5.00 GBP against 10.00 GBP)"),
        (("choice", "severity_fit"), {"offer_choice": "goodwill"}, "large", "by fit to the severity"),
        (("id",), {}, "large", "by id, because all else is the same"),
    ],
)
def test_tie_breaks_decide_in_their_order(order: Any, world: Any, winner: str, told: str) -> None:
    fitting = replace(LARGE, when=AllOf(pointer="/when", items=(LATE, SEVERE)))
    rest = tuple(name for name in TIE_BREAKS if name not in order)
    decision = made(SMALL, fitting, arbiter(order=(*order, *rest)), **world)
    assert given_by(decision) == [winner]
    assert told in decision.withheld[0].why


def test_the_customers_choice_decides_between_families() -> None:
    rule = arbiter(pick=1, order=("choice", "priority", "id"))
    assert given_by(made(SMALL, GESTURE, rule, offer_choice="gesture")) == ["gesture"]
    assert given_by(made(SMALL, GESTURE, rule, offer_choice="goodwill")) == ["small"]
    assert given_by(made(SMALL, GESTURE, rule)) == ["small"]


def test_one_of_an_exclusive_group_is_made() -> None:
    assert given_by(made(SMALL, GESTURE, arbiter(exclusive=(("goodwill", "gesture"),)))) == ["small"]
    assert given_by(made(SMALL, GESTURE, arbiter(exclusive=(("small", "gesture"),)))) == ["small"]
    assert given_by(made(SMALL, GESTURE, arbiter(exclusive=(("other", "gesture"),)))) == ["gesture", "small"]


def test_what_is_owed_adds_up_beside_whatever_is_picked() -> None:
    owed = [offers(f"owed-{n}", "30.00", "entitlement") for n in range(3)]
    decision = made(SMALL, LARGE, GESTURE, *owed, arbiter(pick=1))
    assert given_by(decision) == ["owed-0", "owed-1", "owed-2", "small"]


def test_amounts_in_several_currencies_are_not_compared() -> None:
    yen = offers("yen", "1000", currency="JPY", priority=70)
    assert given_by(made(LARGE, yen, arbiter(families={"goodwill": MAX}))) == ["yen"]


def test_the_highest_priority_decides_and_then_the_first_id() -> None:
    largest, first = arbiter("a", families={"goodwill": MAX}), arbiter("b", families={"goodwill": BEST})
    assert given_by(made(SMALL, LARGE, largest, first)) == ["large"]
    assert given_by(made(SMALL, LARGE, largest, replace(first, priority=60))) == ["small"]
    elsewhere = arbiter("0", when=field_test("failure.type", "is", "outage"), families={"goodwill": BEST}, priority=90)
    assert given_by(made(SMALL, LARGE, largest, elsewhere)) == ["large"]


def test_one_in_shadow_only_shows_who_would_lose() -> None:
    decision = made(SMALL, LARGE, arbiter(status="shadow", families={"goodwill": MAX}))
    assert given_by(decision) == ["small"]
    assert [(one.status, one.of) for one in decision.restraints] == [("shadow", "small")]


def test_shadow_offers_lose_to_nobody_live() -> None:
    shown = replace(LARGE, status="shadow")
    decision = made(SMALL, shown, arbiter(families={"goodwill": MAX}))
    assert [(a.policies[0], a.status) for a in decision.actions if a.type == "offer"] == [
        ("small", "execute"),
        ("large", "shadow"),
    ]


def test_one_that_fails_leaves_all_as_it_is() -> None:
    broken = replace(arbiter(), outcome=Recovery(steps=()))
    decision = made(SMALL, LARGE, broken)
    assert given_by(decision) == ["small"]
    assert [fault.source for fault in decision.faults] == ["chooser"]


def selling(purpose: str) -> Policy:
    return policy("sell", "outreach", LATE, Outreach(contact=Contact(purpose=purpose, how="message")))


def opened(days: int) -> list[Entry]:
    return [Entry(at=NOW - days * DAY, kind="failures", ref="F-1", status="open")]


@pytest.mark.parametrize(
    ("purpose", "past", "world", "sold"),
    [
        ("marketing", [], {}, True),
        ("marketing", opened(9), {}, False),
        ("celebration", opened(9), {}, False),
        ("care", opened(9), {}, True),
        ("marketing", opened(91), {}, True),
        ("marketing", [*opened(9), Entry(at=NOW - DAY, kind="fixes", ref="F-1")], {}, True),
        ("marketing", [], {"failure_fault": "company"}, False),
        ("marketing", [], {"failure_fault": "unknown"}, False),
    ],
)
def test_nobody_is_sold_anything_while_a_failure_stands_open(purpose: str, past: Any, world: Any, sold: bool) -> None:  # noqa: FBT001
    decision = made(selling(purpose), arbiter(no_selling=90 * DAY), past=past, **world)
    assert any(action.type == "contact" for action in decision.actions) == sold
    assert bool(decision.withheld) == (not sold)


_SEVERAL = st.lists(
    st.tuples(
        st.sampled_from(["5.00", "10.00", "25.00"]),
        st.sampled_from(["goodwill", "gesture", "entitlement"]),
        st.integers(40, 42),
        st.sampled_from(["GBP", "GBP", "EUR"]),
    ),
    max_size=6,
)
_RULES = st.builds(
    Arbitration,
    families=st.dictionaries(st.sampled_from(["goodwill", "gesture"]), st.sampled_from([MAX, BEST, ADD])),
    exclusive=st.sampled_from([(), (("goodwill", "gesture"),)]),
    pick=st.sampled_from([None, 1, 2]),
    order=st.permutations(TIE_BREAKS[:-1]).map(lambda order: (*order, "id")),
)


@given(several=_SEVERAL, rule=_RULES)
def test_all_that_is_owed_is_made_and_every_loser_is_told(several: Any, rule: Arbitration) -> None:
    asked = [offers(f"p-{n}", one[0], one[1], one[3], priority=one[2]) for n, one in enumerate(several)]
    decision = made(*asked, replace(arbiter(), outcome=rule))
    stands, told = set(given_by(decision)), [one.policy for one in decision.withheld]
    assert stands.isdisjoint(told)
    assert stands | set(told) == {one.id for one in asked}
    owed = {one.id for one, (_, family, *_) in zip(asked, several, strict=True) if family == "entitlement"}
    assert owed <= stands
    assert rule.pick is None or len(stands - owed) <= rule.pick
    assert bool(stands - owed) == bool({one.id for one in asked} - owed)


_GROUPS = st.lists(
    st.lists(
        st.sampled_from(["goodwill", "gesture", *(f"p-{n}" for n in range(6))]), min_size=2, max_size=3, unique=True
    ),
    max_size=3,
).map(lambda groups: tuple(map(tuple, groups)))


def _crowded(rule: Arbitration, together: list[Policy]) -> bool:
    """Whether what families put forward may not all be made."""
    groups = (sum(1 for one in together if {one.id, _offer(one).family} & set(group)) for group in rule.exclusive)
    return any(count > 1 for count in groups) or (rule.pick is not None and len(together) > rule.pick)


def _offer(one: Policy) -> Offer:
    assert isinstance(one.outcome, Recovery)
    assert one.outcome.offer is not None
    return one.outcome.offer


def _goes_first(rule: Arbitration, one: Policy, other: Policy) -> bool:
    """Whether one goes before the other by the tie-breaks; nothing here looks at the severity or chooses a family."""
    mine, theirs = ({"priority": -each.priority, "cost": _amount(each), "id": each.id} for each in (one, other))
    return [mine[name] for name in rule.order if name in mine] < [theirs[name] for name in rule.order if name in mine]


def _amount(one: Policy) -> Decimal:
    amount = _offer(one).amount
    assert isinstance(amount, Money)
    return amount.amount


@given(several=_SEVERAL, rule=_RULES, groups=_GROUPS)
def test_each_family_puts_one_forward_and_of_those_as_many_are_made_as_may_be(
    several: Any, rule: Arbitration, groups: Any
) -> None:
    rule = replace(rule, exclusive=groups)
    asked = [offers(f"p-{n}", one[0], one[1], priority=one[2]) for n, one in enumerate(several)]
    decision = made(*asked, replace(arbiter(), outcome=rule))
    by_id, stands = {one.id: one for one in asked}, set(given_by(decision))
    beaten = {told.policy: told.by for told in decision.withheld}
    assert beaten.keys() | stands == by_id.keys()
    assert not beaten.keys() & stands
    at_home = {one for one, by in beaten.items() if _in_family(rule, by_id[one], by_id[by])}
    forward = [one for one in asked if one.id not in at_home and _offer(one).family != "entitlement"]
    families = [_offer(one).family for one in forward]
    assert all(families.count(one) == 1 for one in families if rule.families.get(one, BEST) != ADD)
    made_of = [one for one in forward if one.id in stands]
    assert not _crowded(rule, made_of)
    for lost in forward:
        assert lost.id in stands or _crowded(rule, [*made_of, lost])
        assert lost.id in stands or beaten[lost.id] in stands, "nobody loses to an offer that is not made"
    assert [one.of for one in decision.restraints] == [one.policy for one in decision.withheld]


def _in_family(rule: Arbitration, one: Policy, winner: Policy) -> bool:
    """Whether one lost within its family; it went to whoever goes first there, or else in the order of all."""
    how, family = rule.families.get(_offer(one).family, BEST), _offer(one).family
    same = how != ADD and family == _offer(winner).family
    larger, smaller = _amount(winner) > _amount(one), _amount(winner) < _amount(one)
    assert larger if same and how == MAX and (larger or smaller) else _goes_first(rule, winner, one)
    return same


@given(several=_SEVERAL, rule=_RULES, groups=_GROUPS, order=st.randoms(use_true_random=False))
def test_in_whatever_order_they_are_written_the_same_are_made(
    several: Any, rule: Arbitration, groups: Any, order: Any
) -> None:
    asked = [offers(f"p-{n}", one[0], one[1], one[3], priority=one[2]) for n, one in enumerate(several)]
    judge = replace(arbiter(), outcome=replace(rule, exclusive=groups))
    mixed = [*asked, judge]
    order.shuffle(mixed)
    one, other = made(*asked, judge), made(*sorted(mixed, key=lambda policy: policy.id))
    assert one.to_json()["actions"] == other.to_json()["actions"]
    assert given_by(one) == given_by(made(*mixed))


def test_who_shares_a_group_with_one_that_gave_way_is_made() -> None:
    """The gesture goes before the small goodwill, which therefore keeps nobody from anything."""
    rule = arbiter(families={"goodwill": ADD}, exclusive=(("small", "large"), ("small", "gesture")))
    decision = made(SMALL, LARGE, replace(GESTURE, priority=90), rule)
    assert given_by(decision) == ["gesture", "large"]
    assert [(one.policy, one.by) for one in decision.withheld] == [("small", "gesture")]


@pytest.mark.parametrize(("purpose", "sold"), [("marketing", False), ("celebration", False), ("care", True)])
def test_where_nothing_is_known_of_failures_nobody_is_sold_anything(*, purpose: str, sold: bool) -> None:
    about = Facts(fields=facts(WORLD).fields, as_of=NOW, history=RecordedHistory({}))
    decision = decide(about, policy_set([arbiter(no_selling=90 * DAY), selling(purpose)]))
    assert any(action.type == "contact" for action in decision.actions) is sold

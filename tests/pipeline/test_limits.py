"""Limits and budgets in the story of events: what is reserved, asked, released and counted again."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import jsonschema_rs
import pytest
from sqlalchemy import select, text

from careengine import resources
from careengine.errors import StoreError
from careengine.model.adapter import Receipt
from careengine.model.limit import Notice
from careengine.model.policy import Offer, Recovery
from careengine.store import locks, outbox, people, removal, reservations, tables, totals
from tests.decide.worlds import NOW, pounds
from tests.pipeline.house import contact, pipeline
from tests.pipeline.limits import DAY, GOODWILL, HOUR, failure, limit, offering, told_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from careengine.pipeline import Pipeline
    from careengine.store import Store

VALIDATOR = jsonschema_rs.Draft202012Validator(resources.schema("decision"), validate_formats=True)
AT_ONCE, ROUNDS = 64, 10
DELIVERED = ("note", "offer", "alert")


def statuses(decision: dict[str, Any]) -> list[str]:
    return [action["status"] for action in decision["actions"] if action["type"] == "offer"]


def offer_of(decision: dict[str, Any]) -> str:
    return next(str(action["id"]) for action in decision["actions"] if action["type"] == "offer")


def states(store: Store, action: str) -> list[tuple[str, str]]:
    with store.read() as reader:
        return [(one.policy, one.state) for one in reservations.of_action(reader, "acme", action)]


@dataclass(slots=True)
class Clock:
    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


def held(store: Store) -> tuple[Pipeline, Clock]:
    """A limit that keeps room for 48 hours for what a person has to say yes to, and the clock by which it does."""
    clock, offer = Clock(), Offer(family="goodwill", amount=pounds("10.00"), approver="team-lead")
    asked = replace(GOODWILL, outcome=Recovery(steps=("offer",), offer=offer))
    return pipeline(store, [asked, limit(hold=48 * HOUR)], deliverable=DELIVERED, clock=clock), clock


def handle(line: Pipeline, document: dict[str, Any]) -> dict[str, Any]:
    """The decision, which is as its schema says."""
    decision = line.handle(document, "acme").decision
    assert list(VALIDATOR.iter_errors(decision)) == []
    return decision


def test_the_second_asks_and_says_why(store: Store) -> None:
    line = pipeline(store, [GOODWILL, limit()])
    assert statuses(handle(line, failure("e-1"))) == ["execute"]
    second = handle(line, failure("e-2"))
    assert statuses(second) == ["await_approval"]
    (restraint,) = second["restraints"]
    assert (restraint["did"], restraint["to"]) == ("asked", "team-lead")
    assert restraint["why"] == "1 of 1 are used within 60 days, and this is one more"
    assert statuses(handle(line, failure("e-3", customer="C-2"))) == ["execute"]


def test_what_asks_takes_up_nothing_until_a_person_says_yes(store: Store) -> None:
    line = pipeline(store, [GOODWILL, limit(count=2)])
    handle(line, failure("e-1"))
    handle(line, failure("e-2"))
    third = handle(line, failure("e-3"))
    assert states(store, offer_of(third)) == [("goodwill-once", "waiting")]
    with store.write() as transaction:
        reservations.approve(transaction, "acme", offer_of(third), NOW)
    with store.read() as reader:
        (kept,) = reservations.of_action(reader, "acme", offer_of(third))
    assert (kept.state, kept.override) == ("held", True)
    assert "3 of 2 are used" in handle(line, failure("e-4"))["restraints"][0]["why"]


def test_a_database_that_does_not_answer_is_no_fault_of_a_limit(store: Store) -> None:
    line = pipeline(store, [GOODWILL, limit()])
    handle(line, failure("e-1"))
    with store.write() as transaction:
        transaction.execute(text("ALTER TABLE reservations RENAME TO reservations_away"))
    with pytest.raises(StoreError):
        line.handle(failure("e-2"), "acme")
    with pytest.raises(StoreError):
        line.dry_run(failure("e-2"), "acme")
    with store.write() as transaction:
        transaction.execute(text("ALTER TABLE reservations_away RENAME TO reservations"))
    assert statuses(handle(line, failure("e-2"))) == ["await_approval"]


@pytest.mark.parametrize("event", ["offer.declined", "offer.expired", "offer.reversed"])
def test_room_comes_back_when_an_offer_comes_to_nothing(store: Store, event: str) -> None:
    line = pipeline(store, [GOODWILL, limit()])
    first = handle(line, failure("e-1"))
    handle(line, told_of("e-2", event, offer_of(first)))
    assert states(store, offer_of(first)) == [("goodwill-once", "released")]
    assert statuses(handle(line, failure("e-3"))) == ["execute"]


@pytest.mark.parametrize(
    ("first", "last", "state"),
    [
        ("offer.accepted", "offer.reversed", "released"),
        ("offer.declined", "offer.accepted", "spent"),
        ("offer.accepted", "offer.expired", "spent"),  # it ran out because nobody had told of the yes
    ],
)
def test_what_happened_to_an_offer_last_holds_in_whatever_order_it_is_told(
    store: Store, first: str, last: str, state: str
) -> None:
    clock = Clock(NOW + DAY)
    line = pipeline(store, [GOODWILL, limit()], clock=clock)
    made = offer_of(handle(line, failure("e-1")))
    handle(line, told_of("e-2", last, made, at=NOW + 2 * HOUR))
    handle(line, told_of("e-3", first, made, at=NOW + HOUR))
    assert states(store, made) == [("goodwill-once", state)]
    assert statuses(handle(line, failure("e-4"))) == (["execute"] if state == "released" else ["await_approval"])


def test_what_was_accepted_counts_as_it_was_told(store: Store) -> None:
    line = pipeline(store, [GOODWILL, limit(amount=pounds("100.00"))], deliverable=DELIVERED)
    made = offer_of(handle(line, failure("e-1")))
    told = told_of("e-2", "offer.accepted", made)
    handle(line, {**told, "offer": {"id": made, "family": "goodwill", "amount": "95.00 GBP"}})
    with store.read() as reader:
        (kept,) = reservations.of_action(reader, "acme", made)
    assert (kept.state, kept.amount, kept.override) == ("spent", pounds("95.00"), True)
    assert "95.00 GBP of 100.00 GBP are used" in handle(line, failure("e-3"))["restraints"][0]["why"]


@pytest.mark.parametrize("event", ["offer.accepted", "offer.declined", "offer.expired", "offer.reversed"])
@pytest.mark.parametrize("stranger", [{"customer": "C-2"}, {"source": "another"}])
def test_nobody_else_tells_what_became_of_an_offer(store: Store, event: str, stranger: dict[str, Any]) -> None:
    line = pipeline(store, [GOODWILL, limit()], deliverable=DELIVERED)
    first = handle(line, failure("e-1"))
    before = states(store, offer_of(first))
    handle(line, told_of("e-2", event, offer_of(first), **stranger))
    assert states(store, offer_of(first)) == before == [("goodwill-once", "held")]
    assert statuses(handle(line, failure("e-3"))) == ["await_approval"]


def test_under_another_id_of_the_person_it_is_told_all_the_same(store: Store) -> None:
    line = pipeline(store, [GOODWILL, limit()])
    first = handle(line, failure("e-1"))
    handle(line, contact("m-1", type="customer.merged", customer={"id": "C-2"}, merged={"id": "C-1"}))
    handle(line, told_of("e-2", "offer.reversed", offer_of(first), customer="C-2"))
    assert states(store, offer_of(first)) == [("goodwill-once", "released")]


def test_what_waits_for_a_yes_lets_its_room_go_after_its_time(store: Store) -> None:
    line, clock = held(store)
    handle(line, failure("e-1"))
    clock.at = NOW + 48 * HOUR - timedelta(microseconds=1)
    assert states(store, offer_of(handle(line, failure("e-2", at=clock.at)))) == [("goodwill-once", "waiting")]
    clock.at = NOW + 48 * HOUR
    assert states(store, offer_of(handle(line, failure("e-3", at=clock.at)))) == [("goodwill-once", "held")]


@pytest.mark.parametrize("parked", [False, True])
def test_what_is_on_its_way_keeps_its_room_however_long_the_crm_is_away(store: Store, *, parked: bool) -> None:
    clock = Clock()
    line = pipeline(store, [GOODWILL, limit(hold=48 * HOUR)], deliverable=DELIVERED, clock=clock)
    first = offer_of(handle(line, failure("e-1")))
    if parked:
        with store.write() as transaction:
            outbox.park(transaction, "acme", first, "no", NOW)
    clock.at = NOW + 49 * HOUR
    assert statuses(handle(line, failure("e-2", at=clock.at))) == ["await_approval"]


def test_what_was_taken_up_stays_taken_beyond_the_time_of_its_hold(store: Store) -> None:
    line, clock = held(store)
    first = handle(line, failure("e-1"))
    handle(line, told_of("e-2", "offer.accepted", offer_of(first)))
    clock.at = NOW + 9 * DAY
    assert states(store, offer_of(first)) == [("goodwill-once", "spent")]
    assert states(store, offer_of(handle(line, failure("e-3", at=clock.at)))) == [("goodwill-once", "waiting")]
    clock.at = NOW + 60 * DAY
    assert states(store, offer_of(handle(line, failure("e-4", at=clock.at)))) == [("goodwill-once", "held")]


def test_the_hold_of_a_late_event_begins_when_it_reached_us(store: Store) -> None:
    line, clock = held(store)
    clock.at = NOW + 9 * DAY
    handle(line, failure("e-1"))
    assert states(store, offer_of(handle(line, failure("e-2", at=clock.at)))) == [("goodwill-once", "waiting")]


def test_a_late_event_sees_what_was_given_after_it(store: Store) -> None:
    line = pipeline(store, [GOODWILL, limit()])
    handle(line, failure("e-1"))
    assert statuses(handle(line, failure("e-2", at=NOW - 30 * DAY))) == ["await_approval"]


@pytest.mark.parametrize("days", [61, -61, 3650])
def test_the_date_that_a_sender_writes_makes_no_room(store: Store, days: int) -> None:
    month = limit("monthly", "budget", per="all", count=1, period="month", zone=ZoneInfo("Europe/London"))
    line = pipeline(store, [GOODWILL, limit(), month])
    given = handle(line, failure("e-1", at=NOW + days * DAY))
    assert statuses(given) == ["execute"]
    assert [one.get("period") for one in given["reserved"]] == [None, "2026-03"]
    second = handle(line, failure("e-2", at=NOW))
    assert [one["policy"] for one in second["restraints"]] == ["goodwill-once", "monthly"]
    assert statuses(handle(line, failure("e-3", at=NOW + 2 * days * DAY))) == ["await_approval"]


def test_a_household_shares_and_without_one_a_person_is_their_own(store: Store) -> None:
    line = pipeline(store, [GOODWILL, limit(per="household")])
    assert statuses(handle(line, failure("e-1", "C-1", "H-1"))) == ["execute"]
    assert statuses(handle(line, failure("e-2", "C-2", "H-1"))) == ["await_approval"]
    assert statuses(handle(line, failure("e-3", "C-3"))) == ["execute"]
    assert statuses(handle(line, failure("e-4", "C-3"))) == ["await_approval"]


def test_nobody_to_count_for_is_a_question(store: Store) -> None:
    line = pipeline(store, [GOODWILL, limit(per="employee")])
    decision = handle(line, failure("e-1"))
    assert statuses(decision) == ["await_approval"]
    assert "it is not known which employee it is for" in decision["restraints"][0]["why"]
    assert statuses(handle(line, failure("e-2", employee={"id": "A-1"}))) == ["execute"]


def test_another_currency_is_a_question(store: Store) -> None:
    rules = [offering("5.00", currency="EUR"), limit(amount=pounds("250.00"))]
    decision = handle(pipeline(store, rules), failure("e-1"))
    assert "5.00 EUR cannot be counted towards 250.00 GBP" in decision["restraints"][0]["why"]


def test_what_is_owed_is_never_counted_nor_asked(store: Store) -> None:
    line = pipeline(store, [offering("30.00", family="entitlement"), limit(family=None), limit("b", "budget")])
    for number in range(3):
        decision = handle(line, failure(f"e-{number}"))
        assert statuses(decision) == ["execute"]
        assert "restraints" not in decision
        assert "reserved" not in decision


def test_a_budget_tells_once_that_it_is_nearly_used_up(store: Store) -> None:
    rule = limit(
        "monthly", "budget", per="all", amount=pounds("50.00"), notice=Notice(at=80, to="ops"), within=30 * DAY
    )
    line = pipeline(store, [GOODWILL, rule], deliverable=DELIVERED)
    made = [handle(line, failure(f"e-{n}", customer=f"C-{n}")) for n in range(6)]
    alerts = [[a["params"]["to"] for a in one["actions"] if a["type"] == "alert"] for one in made]
    assert alerts == [[], [], [], ["ops"], [], []]
    assert [statuses(one) for one in made] == [["execute"]] * 5 + [["await_approval"]]
    assert "40.00 GBP of 50.00 GBP are used" in made[3]["restraints"][0]["why"]


def test_a_calendar_month_begins_at_midnight_where_the_budget_is(store: Store) -> None:
    rule = limit("monthly", "budget", per="all", count=1, period="month", zone=ZoneInfo("Europe/London"))
    last = datetime(2026, 3, 31, 22, 59, 59, tzinfo=UTC)  # summer time has begun: midnight is at 23:00 UTC
    clock = Clock(last)
    line = pipeline(store, [GOODWILL, rule], clock=clock)
    assert statuses(handle(line, failure("e-1", at=last))) == ["execute"]
    assert statuses(handle(line, failure("e-2", at=last - 9 * DAY))) == ["await_approval"]
    clock.at = last + timedelta(seconds=1)
    second = handle(line, failure("e-3", at=last + timedelta(seconds=1)))
    assert statuses(second) == ["execute"]
    assert [one["period"] for one in second["reserved"]] == ["2026-04"]
    clock.at = last + 29 * DAY
    assert statuses(handle(line, failure("e-4", at=clock.at))) == ["await_approval"]


def test_several_wishes_of_one_event_count_together(store: Store) -> None:
    gesture = offering("10.00", "gesture", family="gesture")
    line = pipeline(store, [GOODWILL, gesture, limit(family=None, amount=pounds("15.00"))])
    assert sorted(statuses(handle(line, failure("e-1")))) == ["await_approval", "execute"]


def test_a_limit_in_shadow_counts_for_itself_and_keeps_nobody(store: Store) -> None:
    line = pipeline(store, [GOODWILL, limit(status="shadow")])
    handle(line, failure("e-1"))
    second = handle(line, failure("e-2"))
    assert statuses(second) == ["execute"]
    assert [(one["status"], one["did"]) for one in second["restraints"]] == [("shadow", "asked")]


def test_an_offer_that_is_delivered_is_spent_and_one_that_is_dropped_is_not(store: Store) -> None:
    line = pipeline(store, [GOODWILL, limit(count=2, hold=HOUR)], deliverable=DELIVERED)
    first, second = (handle(line, failure(f"e-{n}")) for n in range(2))
    with store.write() as transaction:
        outbox.done(transaction, "acme", offer_of(first), Receipt(outcome="changed"), NOW)
        outbox.park(transaction, "acme", offer_of(second), "no", NOW)
        assert outbox.drop_parked(transaction, "acme", offer_of(second), "no", NOW)
    assert states(store, offer_of(first)) == [("goodwill-once", "spent")]
    assert states(store, offer_of(second)) == [("goodwill-once", "released")]


def test_a_dry_run_asks_and_takes_nothing(store: Store) -> None:
    line = pipeline(store, [GOODWILL, limit()])
    assert statuses(line.dry_run(failure("e-1"), "acme")) == ["execute"]
    handle(line, failure("e-2"))
    assert statuses(line.dry_run(failure("e-3"), "acme")) == ["await_approval"]


def test_a_dry_run_waits_for_nobody(server_store: Store) -> None:
    line = pipeline(server_store, [GOODWILL, limit()])
    with ThreadPoolExecutor(1) as thread, server_store.write() as busy:
        locks.hold(busy, locks.LIMIT, "acme", "goodwill-once", "person:C-1")
        assert statuses(thread.submit(line.dry_run, failure("e-1"), "acme").result(20)) == ["execute"]


def test_delivery_has_the_room_to_itself(server_store: Store) -> None:
    line = pipeline(server_store, [GOODWILL, limit()], deliverable=("offer",))
    offer = offer_of(handle(line, failure("e-1")))
    key = locks.key_of(locks.LIMIT, "acme", "goodwill-once", "person:C-1")
    with server_store.write() as delivering, server_store.write() as counting:
        reservations.spend(delivering, "acme", offer)
        assert not locks.hold_number(counting, key)


def race(line: Pipeline, rounds: int, at_once: int = AT_ONCE) -> Counter[int]:
    """How often how many events at once, of a household and a team, got the one offer that there is."""
    given: Counter[int] = Counter()
    with ThreadPoolExecutor(at_once) as threads:
        for turn in range(rounds):
            barrier = Barrier(at_once)

            def send(number: int, turn: int = turn, barrier: Barrier = barrier) -> list[str]:
                team = {"id": f"A-{number}", "team": f"T-{turn}"}
                document = failure(f"e-{turn}-{number}", f"C-{turn}-{number}", f"H-{turn}", employee=team)
                barrier.wait(60)
                return statuses(line.handle(document, "acme").decision)

            made = list(threads.map(send, range(at_once)))
            assert all(one in (["execute"], ["await_approval"]) for one in made)
            given[made.count(["execute"])] += 1
    return given


def test_of_64_at_once_one_gets_the_last_of_a_household(store: Store) -> None:
    assert race(pipeline(store, [GOODWILL, limit(per="household")]), ROUNDS) == {1: ROUNDS}


def test_of_64_at_once_one_gets_the_last_of_a_team_and_the_totals_are_right(store: Store) -> None:
    assert race(pipeline(store, [GOODWILL, limit(per="team")]), 3) == {1: 3}
    assert in_total(store)


def test_without_the_lock_more_than_one_gets_it(server_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "_may_wait", lambda _: False)
    given = race(pipeline(server_store, [GOODWILL, limit(per="household")]), ROUNDS)
    assert sum(count for several, count in given.items() if several > 1) > 0


LONDON = ZoneInfo("Europe/London")


def in_total(store: Store) -> bool:
    with store.read() as reader:
        return all(finding.ok for finding in totals.checked(reader))


def erased(store: Store, customer: str) -> None:
    store.transact(lambda to: people.erase(to, "acme", customer, NOW))


def purged(store: Store, customer: str) -> None:
    def work(transaction: Connection) -> None:
        mine = select(tables.events.c.seq).where(tables.events.c.customer == customer)
        removal.remove_events(transaction, "acme", list(transaction.scalars(mine)), NOW)

    store.transact(work)


@pytest.mark.parametrize("forget", [erased, purged])
@pytest.mark.parametrize("span", [{"period": "month", "zone": LONDON}, {"within": 30 * DAY}])
def test_what_was_spent_of_a_budget_stays_spent_when_its_customer_is_forgotten(
    store: Store, forget: Any, span: dict[str, Any]
) -> None:
    line = pipeline(store, [GOODWILL, limit("pot", "budget", per="all", count=1, **span)])
    assert statuses(handle(line, failure("e-1", "C-1"))) == ["execute"]
    assert statuses(handle(line, failure("e-2", "C-2"))) == ["await_approval"]
    forget(store, "C-1")
    assert statuses(handle(line, failure("e-3", "C-3"))) == ["await_approval"]
    assert in_total(store)


def test_what_is_only_held_of_a_budget_comes_back(store: Store) -> None:
    pot = limit("pot", "budget", per="all", period="month", zone=LONDON, count=1)
    line = pipeline(store, [GOODWILL, pot], deliverable=DELIVERED)
    handle(line, failure("e-1", "C-1"))
    erased(store, "C-1")
    assert statuses(handle(line, failure("e-2", "C-2"))) == ["execute"]
    assert in_total(store)


def test_what_one_person_was_given_is_forgotten_with_them(store: Store) -> None:
    line = pipeline(store, [GOODWILL, limit(period="month", zone=LONDON)])
    handle(line, failure("e-1", "C-1"))
    erased(store, "C-1")
    with store.read() as reader:
        assert reader.execute(select(tables.totals)).all() == []

"""Contacts that wait and that are put off really come back, once; caps hold however many events come at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import astuple, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from careengine.clock import read_shift
from careengine.decide import decide
from careengine.delivery.timekeeper import Timekeeper
from careengine.model.condition import AllOf, HistoryTest
from careengine.model.contact import PURPOSES, Contact, Outreach, Wait
from careengine.model.contact_cap import DEFER, SKIP, Consent, ContactCap, Frequency, GiveUp, QuietHours, Suppress
from careengine.model.facts import Facts
from careengine.model.history import HistoryQuery
from careengine.model.message import Message
from careengine.model.policy import OncePer
from careengine.store import Store, timers
from careengine.store.tables import actions, decisions, events, history
from tests.decide.worlds import CATALOGUE, NOW, field_test, policy, policy_set
from tests.pipeline.house import contact, pipeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from careengine.model.policy import Policy
    from careengine.pipeline import Pipeline

DAY, WEEK = timedelta(days=1), timedelta(days=7)
LONDON = {"id": "C-1", "tz": "Europe/London", "consent": ["survey"]}


class Watch:
    """The clock on the wall, which the test sets."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def asks(purpose: str = "survey", wait: Wait | None = None, **more: Any) -> Policy:
    outcome = Outreach(contact=Contact(purpose=purpose, how="message", channels=("email",)), wait=wait)
    when = field_test("failure.severity", "at_least", 2)
    return policy("ask", "outreach", when, outcome, events=frozenset({"failure.recorded"}), **more)


def cap(**parts: Any) -> Policy:
    outcome = ContactCap(**{"purposes": PURPOSES, "give_up": GiveUp(after=3, to="care"), **parts})
    return policy("cap", "contact_cap", AllOf(pointer="/when", items=()), outcome, events=frozenset())


def failed(event_id: str = "f-1", at: datetime = NOW, **more: Any) -> dict[str, Any]:
    customer = {**LONDON, **more}
    failure = {"id": event_id, "severity": 2, "fault": "company"}
    return contact(event_id, at, type="failure.recorded", customer=customer, failure=failure)


def timekeeper(store: Store, line: Pipeline, watch: Watch) -> Timekeeper:
    return Timekeeper(store=store, tenant="default", handle=line.handle_any, clock=watch)


def house(store: Store, rules: Sequence[Policy], watch: Watch) -> Pipeline:
    return pipeline(store, policy_set(sorted(rules, key=lambda one: one.id)), clock=watch, deliverable=("contact",))


def sent(store: Store) -> list[str]:
    with store.read() as reader:
        found = reader.execute(select(actions.c.decision).where(actions.c.type == "contact")).all()
    return [row.decision for row in found]


def latest(store: Store) -> Mapping[str, Any]:
    with store.read() as reader:
        found = reader.scalars(select(decisions.c.decision).order_by(decisions.c.seq.desc()).limit(1))
        told: Mapping[str, Any] = found.one()
    return told


def next_timer(store: Store) -> datetime | None:
    with store.read() as reader:
        return timers.next_at(reader, "default")


BY_DAY = QuietHours(hours=astuple(read_shift("20:00-09:00")), then=DEFER)
NO_WORD = HistoryTest(
    pointer="/wait/unless",
    query=HistoryQuery(function="count", kind="interactions", direction="inbound", within=3 * DAY),
    operator="at_least",
    operand=1,
)


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_a_failure_nobody_complained_about_leads_to_a_contact_after_the_wait(store: Store, watch: Watch) -> None:
    line = house(store, [asks("care", Wait(length=3 * DAY, unless=NO_WORD))], watch)
    told = line.handle(failed(), "default").decision
    assert [one["policy"] for one in told["withheld"]] == ["ask"]
    assert next_timer(store) == NOW + 3 * DAY
    watch.at = NOW + 3 * DAY - timedelta(seconds=1)
    assert timekeeper(store, line, watch).run_once() == 0
    watch.at = NOW + 3 * DAY
    assert timekeeper(store, line, watch).run_once() == 1
    assert len(sent(store)) == 1
    assert timekeeper(store, line, watch).run_once() == 0


def test_whoever_wrote_in_the_meantime_is_not_contacted_and_the_decision_says_so(store: Store, watch: Watch) -> None:
    line = house(store, [asks("care", Wait(length=3 * DAY, unless=NO_WORD))], watch)
    line.handle(failed(), "default")
    line.handle(contact("e-2", NOW + DAY), "default")
    watch.at = NOW + 4 * DAY
    assert timekeeper(store, line, watch).run_once() == 1
    assert sent(store) == []
    assert [one["policy"] for one in latest(store)["withheld"]] == ["ask"]


def test_two_failures_that_wait_lead_to_one_contact(store: Store, watch: Watch) -> None:
    once = OncePer(same="customer", within=WEEK)
    line = house(store, [asks("care", Wait(length=3 * DAY), once_per=once)], watch)
    line.handle(failed("f-1"), "default")
    line.handle(failed("f-2", NOW + timedelta(hours=1)), "default")
    watch.at = NOW + 4 * DAY
    assert timekeeper(store, line, watch).run_once() == 2
    assert len(sent(store)) == 1


def test_what_is_put_off_at_night_is_sent_in_the_morning(store: Store, watch: Watch) -> None:
    watch.at = night = NOW.replace(hour=22)
    line = house(store, [asks(), cap(quiet_hours=BY_DAY)], watch)
    told = line.handle(failed(at=night), "default").decision
    assert sent(store) == []
    assert told["restraints"][0]["until"] == "2026-03-03T09:00:00Z"
    watch.at = datetime.fromisoformat("2026-03-03T09:00:00+00:00")
    assert timekeeper(store, line, watch).run_once() == 1
    assert len(sent(store)) == 1
    assert next_timer(store) is None


def test_of_a_policy_that_is_gone_it_is_told_that_its_contact_was_given_up(store: Store, watch: Watch) -> None:
    watch.at = night = NOW.replace(hour=22)
    line = house(store, [asks(), cap(quiet_hours=BY_DAY)], watch)
    line.handle(failed(at=night), "default")
    rules = policy_set([asks(status="retired"), cap(quiet_hours=BY_DAY)])
    line.policies = lambda: rules
    watch.at = night + DAY
    assert timekeeper(store, line, watch).run_once() == 1
    assert sent(store) == []
    (told,) = latest(store)["withheld"]
    assert told["policy"] == "ask"
    assert "given up" in told["why"]


def test_an_event_that_came_late_is_not_acted_on_at_night(store: Store, watch: Watch) -> None:
    watch.at = NOW.replace(hour=23)
    line = house(store, [asks(), cap(quiet_hours=BY_DAY)], watch)
    line.handle(failed(at=NOW), "default")
    assert sent(store) == []


def test_after_so_many_times_a_person_looks_and_nothing_comes_back(store: Store, watch: Watch) -> None:
    line = house(store, [asks(), cap(consent=Consent(then=DEFER, again=DAY))], watch)
    line.handle(failed(consent=[]), "default")
    fired = 0
    while (at := next_timer(store)) is not None:
        watch.at = at
        fired += timekeeper(store, line, watch).run_once()
    assert fired == 3
    assert sent(store) == []
    assert [action["type"] for action in latest(store)["actions"] if action["type"] != "note"] == ["review"]
    assert "given up after 3 of 3 times" in latest(store)["withheld"][0]["why"]


def test_consent_that_is_given_meanwhile_counts_and_consent_that_is_withdrawn_too(store: Store, watch: Watch) -> None:
    line = house(store, [asks(), cap(consent=Consent(then=DEFER, again=2 * DAY))], watch)
    line.handle(failed("f-1", consent=[]), "default")
    line.handle(contact("e-2", NOW + DAY, customer={"id": "C-1", "consent": ["survey"]}), "default")
    watch.at = NOW + 2 * DAY
    timekeeper(store, line, watch).run_once()
    assert len(sent(store)) == 1
    line.handle(contact("e-3", watch.at, customer={"id": "C-1", "consent": []}), "default")
    line.handle(failed("f-9", at=NOW, consent=["survey"]), "default")  # it happened before, and reaches us now
    assert len(sent(store)) == 1


def test_bereavement_that_is_told_meanwhile_keeps_a_contact_away(store: Store, watch: Watch) -> None:
    watch.at = night = NOW.replace(hour=22)
    rules = [
        asks(unless=field_test("customer.vulnerability", "contains", "bereavement")),
        cap(quiet_hours=BY_DAY),
    ]
    line = house(store, rules, watch)
    line.handle(failed(at=night, vulnerability=[]), "default")
    told = contact("e-2", night + timedelta(hours=1), customer={"id": "C-1", "vulnerability": ["bereavement"]})
    line.handle(told, "default")
    watch.at = night + timedelta(hours=12)
    assert timekeeper(store, line, watch).run_once() == 1
    assert sent(store) == []


def test_a_timer_holds_no_words_and_goes_with_its_event(store: Store, watch: Watch) -> None:
    line = house(store, [asks("care", Wait(length=3 * DAY))], watch)
    line.handle({**failed(), "text": "I am furious"}, "default")
    with store.write() as transaction:
        timer = timers.due(transaction, "default", NOW + WEEK)
    assert timer is not None
    assert "furious" not in str(timer.document)
    assert timer.document["failure"]["severity"] == 2
    with store.write() as transaction:
        transaction.execute(events.delete())
    assert next_timer(store) is None


def test_a_cap_holds_when_many_events_come_at_once(store: Store, watch: Watch) -> None:
    line = house(store, [asks(), cap(frequency=Frequency(at_most=2, within=WEEK, of=PURPOSES, then=SKIP))], watch)
    with ThreadPoolExecutor(16) as crowd:
        list(crowd.map(lambda n: line.handle(failed(f"f-{n}"), "default"), range(48)))
    assert len(sent(store)) == 2


def test_what_came_late_counts_from_when_it_was_sent(store: Store, watch: Watch) -> None:
    line = house(store, [asks(), cap(frequency=Frequency(at_most=1, within=WEEK, of=PURPOSES, then=SKIP))], watch)
    line.handle(failed("f-1", at=NOW - 30 * DAY), "default")
    line.handle(failed("f-2", at=NOW), "default")
    line.handle(failed("f-3", at=NOW - 60 * DAY), "default")
    assert len(sent(store)) == 1
    with store.read() as reader:
        assert reader.scalars(select(history.c.at).where(history.c.kind == "contacts")).all() == [NOW]


def test_the_decisions_replay_byte_for_byte(store: Store, watch: Watch) -> None:
    rules = [
        asks(),
        cap(quiet_hours=BY_DAY, consent=Consent(then=SKIP)),
    ]
    watch.at = NOW.replace(hour=22)
    line = house(store, rules, watch)
    line.handle(failed(at=NOW), "default")
    watch.at = NOW + DAY
    timekeeper(store, line, watch).run_once()
    with store.read() as reader:
        kept = reader.execute(select(decisions.c.facts, decisions.c.decision).order_by(decisions.c.seq)).all()
    assert len(kept) == 2
    for row in kept:
        again = decide(Facts.from_snapshot(row.facts, CATALOGUE), line.policies())
        assert again.to_json() == row.decision


GRIEVING = AllOf(
    pointer="/suppress/while",
    items=(
        field_test("customer.vulnerability", "present", operand=True),
        field_test("customer.vulnerability", "contains", "bereavement"),
    ),
)


@pytest.mark.parametrize("late", [False, True])
def test_what_another_event_told_of_a_customer_holds_for_contacts(store: Store, watch: Watch, *, late: bool) -> None:
    line = house(store, [asks(), cap(suppress=Suppress(condition=GRIEVING, then=SKIP))], watch)
    line.handle(contact("e-1", NOW, customer={"id": "C-1", "vulnerability": ["bereavement"]}), "default")
    said: dict[str, list[str]] = {"vulnerability": []} if late else {}
    line.handle(failed("f-1", NOW - DAY if late else NOW, **said), "default")
    assert sent(store) == []
    assert next_timer(store) is None  # what is skipped does not come back
    line.handle(contact("e-2", NOW + DAY, customer={"id": "C-1", "vulnerability": []}), "default")
    line.handle(failed("f-2", NOW + 2 * DAY), "default")
    assert len(sent(store)) == 1


def test_where_another_event_said_that_a_customer_is_decides_on_the_hour(store: Store, watch: Watch) -> None:
    london = replace(BY_DAY, zones=(ZoneInfo("Europe/London"),))
    line = house(store, [asks(), cap(quiet_hours=london)], watch)
    line.handle(contact("e-1", NOW - DAY, customer={"id": "C-1", "tz": "America/New_York"}), "default")
    line.handle(failed(tz=None), "default")
    assert sent(store) == []
    assert next_timer(store) == NOW.replace(hour=14, minute=0)  # nine in the morning in New York


def test_what_another_id_of_the_person_told_holds_for_contacts(store: Store, watch: Watch) -> None:
    line = house(store, [asks(), cap(suppress=Suppress(condition=GRIEVING, then=SKIP))], watch)
    line.handle(contact("e-1", NOW, customer={"id": "C-2", "vulnerability": ["bereavement"]}), "default")
    line.handle(contact("m", NOW, type="customer.merged", customer={"id": "C-1"}, merged={"id": "C-2"}), "default")
    line.handle(failed("f-1"), "default")
    assert sent(store) == []


def test_what_is_put_off_comes_back_after_a_restart(store_url: str, watch: Watch) -> None:
    watch.at = NOW.replace(hour=22)
    with closing(Store.open(store_url)) as store:
        house(store, [asks(), cap(quiet_hours=BY_DAY)], watch).handle(failed(at=watch.at), "default")
        assert sent(store) == []
    watch.at += DAY / 2
    with closing(Store.open(store_url)) as store:
        again = house(store, [asks(), cap(quiet_hours=BY_DAY)], watch)
        assert timekeeper(store, again, watch).run_once() == 1
        assert len(sent(store)) == 1
        assert timekeeper(store, again, watch).run_once() == 0


def test_a_message_that_is_put_off_is_written_with_the_name_that_the_customer_goes_by(
    store: Store, watch: Watch
) -> None:
    watch.at = night = NOW.replace(hour=22)
    letter = Message(texts={"": "Dear {{ customer.name }}, how was it?"})
    ask = asks()
    asked = replace(ask.outcome.contact, message=letter)  # type: ignore[union-attr]
    line = house(store, [replace(ask, outcome=Outreach(contact=asked)), cap(quiet_hours=BY_DAY)], watch)
    line.handle(failed(at=night, name="Ada"), "default")
    watch.at = night + DAY / 2
    assert timekeeper(store, line, watch).run_once() == 1
    [contacted] = [one for one in latest(store)["actions"] if one["type"] == "contact"]
    assert contacted["params"]["message"] == "Dear Ada, how was it?"
    assert "review" not in [one["type"] for one in latest(store)["actions"]]


def test_what_was_said_once_and_long_ago_is_not_forgotten(file_store: Store, watch: Watch) -> None:
    grieving = Suppress(condition=GRIEVING, then=SKIP)
    line = house(file_store, [asks(), cap(suppress=grieving, consent=Consent(then=SKIP))], watch)
    once = {"id": "C-1", "vulnerability": ["bereavement"], "consent": ["survey"]}
    line.handle(contact("e-0", NOW - DAY, customer=once), "default")
    for number in range(60):
        line.handle(contact(f"e-{number + 1}", NOW - DAY / 2 + number * DAY / 1440), "default")
    line.handle(failed(consent=None), "default")
    [withheld] = latest(file_store)["withheld"]
    assert "contain bereavement" in withheld["why"]
    assert "consent" not in withheld["why"]

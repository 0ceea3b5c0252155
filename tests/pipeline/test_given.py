"""Offers that an agent gave by hand in the CRM take up limits, budgets and authority like those that the rules give."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from careengine.model.history import Entry
from careengine.store import reservations, totals
from tests.decide.worlds import NOW, pounds
from tests.pipeline.authorities import authority
from tests.pipeline.house import contact, pipeline
from tests.pipeline.limits import DAY, GOODWILL, HOUR, failure, limit, offering, told_of

if TYPE_CHECKING:
    from careengine.pipeline import Pipeline
    from careengine.store import Store

BY_HAND = {"id": "X-1", "family": "goodwill", "amount": "20.00 GBP"}


def given(event_id: str = "e-0", kind: str = "offer.accepted", **more: Any) -> dict[str, Any]:
    """What the CRM tells of an offer under a name of its own."""
    return contact(event_id, type=kind, **{"offer": BY_HAND} | more)


def status(line: Pipeline, document: dict[str, Any], past: tuple[Entry, ...] = ()) -> str:
    made = line.handle(document, "acme", past).decision["actions"]
    return next(str(action["status"]) for action in made if action["type"] == "offer")


def remembered(ref: str = "X-1", **more: Any) -> Entry:
    base: dict[str, Any] = {"at": NOW - 10 * DAY, "kind": "offers", "family": "goodwill", "amount": pounds("20.00")}
    return Entry(**base | more, ref=ref)


def test_one_a_person_sees_what_an_agent_gave(store: Store) -> None:
    line = pipeline(store, [GOODWILL, limit()])
    line.handle(given(), "acme")
    assert status(line, failure("e-1")) == "await_approval"
    assert status(line, failure("e-2", customer="C-2")) == "execute"


def test_what_was_taken_back_before_it_was_told_takes_no_room(store: Store) -> None:
    line = pipeline(store, [GOODWILL, limit()], clock=lambda: NOW + DAY)
    line.handle(given("e-2", "offer.reversed", occurred_at=(NOW + HOUR).isoformat()), "acme")
    line.handle(given("e-1"), "acme")
    assert status(line, failure("e-3")) == "execute"


def test_a_budget_for_all_counts_its_money(store: Store) -> None:
    budget = limit("b", "budget", per="all", amount=pounds("25.00"))
    line = pipeline(store, [offering("10.00"), budget])
    line.handle(given(), "acme")
    made = line.handle(failure("e-1", customer="C-2"), "acme").decision
    assert made["restraints"][0]["why"].startswith("20.00 GBP of 25.00 GBP are used")


def test_what_the_agent_gave_is_off_their_authority(store: Store) -> None:
    agent = {"id": "A-1", "role": "agent"}
    line = pipeline(store, [offering("40.00"), authority()])
    line.handle(given(employee=agent), "acme")
    assert status(line, failure("e-1", employee=agent)) == "await_approval"


@pytest.mark.parametrize("kind", ["offer.reversed", "offer.declined", "offer.expired"])
def test_what_came_to_nothing_frees_its_room(store: Store, kind: str) -> None:
    line = pipeline(store, [GOODWILL, limit()])
    line.handle(given(), "acme")
    line.handle(given("e-1", kind), "acme")
    assert status(line, failure("e-2")) == "execute"


@pytest.mark.parametrize("kind", ["offer.reversed", "offer.declined", "offer.expired"])
def test_what_was_never_given_takes_nothing(store: Store, kind: str) -> None:
    line = pipeline(store, [GOODWILL, limit()])
    line.handle(given(kind=kind), "acme")
    assert status(line, failure("e-1")) == "execute"


def test_told_again_it_counts_once(store: Store) -> None:
    line = pipeline(store, [GOODWILL, limit(count=2)])
    line.handle(given(), "acme")
    line.handle(given("e-1"), "acme")
    assert status(line, failure("e-2")) == "execute"


def test_our_own_offer_that_the_crm_tells_of_counts_once(store: Store) -> None:
    line = pipeline(store, [GOODWILL, limit(count=2)])
    made = line.handle(failure("e-1"), "acme").decision["actions"]
    ours = next(action["id"] for action in made if action["type"] == "offer")
    line.handle(told_of("e-2", "offer.accepted", ours), "acme")
    with store.read() as reader:
        assert [one.state for one in reservations.of_action(reader, "acme", ours)] == ["spent"]
    assert status(line, failure("e-3")) == "execute"
    assert status(line, failure("e-4")) == "await_approval"


def test_an_offer_that_looks_like_ours_and_is_not_takes_nothing(store: Store) -> None:
    line = pipeline(store, [GOODWILL, limit()])
    line.handle(given("e-1", offer=BY_HAND | {"id": "a_0123456789abcdef01234567"}), "acme")
    assert status(line, failure("e-2")) == "execute"


@pytest.mark.parametrize("name", ["a_12", "a_0123456789abcdef0123456", "a_0123456789abcdef012345678", "a_" + "F" * 24])
def test_an_offer_that_the_crm_calls_much_like_ours_is_the_crms(store: Store, name: str) -> None:
    line = pipeline(store, [GOODWILL, limit()])
    line.handle(given("e-1", offer=BY_HAND | {"id": name}), "acme")
    assert status(line, failure("e-2")) == "await_approval"


def test_the_same_name_in_another_crm_is_another_offer(store: Store) -> None:
    line = pipeline(store, [GOODWILL, limit(count=2)])
    line.handle(given(), "acme")
    line.handle(given("e-1", source="another"), "acme")
    assert status(line, failure("e-2")) == "await_approval"


def test_what_is_owed_or_of_another_family_takes_nothing(store: Store) -> None:
    line = pipeline(store, [GOODWILL, limit()])
    line.handle(given(offer={"id": "X-1", "family": "entitlement"}), "acme")
    line.handle(given("e-1", offer={"id": "X-2", "family": "gesture"}), "acme")
    assert status(line, failure("e-2")) == "execute"


def test_the_first_event_already_sees_what_the_crm_remembers(store: Store) -> None:
    line = pipeline(store, [GOODWILL, limit()])
    assert status(line, failure("e-1"), (remembered(),)) == "await_approval"
    assert status(line, failure("e-2")) == "await_approval"


def test_the_past_counts_in_its_own_time(store: Store) -> None:
    line = pipeline(store, [GOODWILL, limit(within=7 * DAY)])
    assert status(line, failure("e-1"), (remembered(),)) == "execute"


@pytest.mark.parametrize("gone", ["reversed", "declined", "expired", "rejected"])
def test_what_came_to_nothing_in_the_past_takes_nothing(store: Store, gone: str) -> None:
    line = pipeline(store, [GOODWILL, limit()])
    past = remembered(), remembered(at=NOW - 9 * DAY, status=gone)
    assert status(line, failure("e-1"), past) == "execute"


def test_the_past_of_somebody_is_not_taken_off_a_budget_for_all(store: Store) -> None:
    line = pipeline(store, [GOODWILL, limit("b", "budget", per="all")])
    assert status(line, failure("e-1"), (remembered(),)) == "execute"


def test_the_past_counts_for_the_household(store: Store) -> None:
    line = pipeline(store, [GOODWILL, limit(per="household")])
    line.handle(failure("e-1", household="H-1"), "acme", (remembered(),))
    assert status(line, failure("e-2", customer="C-2", household="H-1")) == "await_approval"


def test_what_is_remembered_and_then_told_counts_once(store: Store) -> None:
    line = pipeline(store, [GOODWILL, limit(count=2)])
    line.handle(given(), "acme", (remembered(), remembered(at=NOW - timedelta(hours=1), status="accepted")))
    with store.read() as reader:
        assert len(reservations.of_action(reader, "acme", "demo/X-1")) == 1
        assert all(finding.ok for finding in totals.checked(reader))
    assert status(line, failure("e-1")) == "execute"

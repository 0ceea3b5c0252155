"""What stands open when two ids become one person, or two again: room, questions, restrictions, late words."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from careengine.errors import ChangedError
from careengine.store import decisions, totals
from careengine.store.tables import events, reservations
from tests.decide.worlds import NOW, field_test, policy_set
from tests.people.house import LATE, LEAD, ask, of_kind, people, report, say
from tests.pipeline.authorities import authority, served
from tests.pipeline.house import contact, pipeline
from tests.pipeline.limits import GOODWILL, failure, limit, told_of
from tests.pipeline.test_limits import offer_of, statuses

if TYPE_CHECKING:
    from careengine.pipeline import Pipeline
    from careengine.store import Store

HOUR = timedelta(hours=1)
MERGED, UNMERGED = "customer.merged", "customer.unmerged"
EXECUTED, ASKED = ["execute"], ["await_approval"]
YEAR = limit(period="year", zone=ZoneInfo("Europe/London"), within=None)


def tell(line: Pipeline, kind: str, stays: str, other: str, **more: Any) -> dict[str, Any]:
    about = {"customer": {"id": stays}, "merged": {"id": other}, **more}
    return line.handle(contact(f"{kind}-{stays}-{other}", type=kind, **about), "acme").decision


def offered(line: Pipeline, event: str, customer: str) -> list[str]:
    return statuses(line.handle(failure(event, customer), "acme").decision)


@pytest.mark.parametrize("rule", [limit(), YEAR], ids=["window", "year"])
def test_whoever_turns_out_to_be_two_has_two_rooms_again(store: Store, rule: Any) -> None:
    line = pipeline(store, [GOODWILL, rule])
    tell(line, MERGED, "A", "B")
    assert offered(line, "f-1", "B") == EXECUTED
    assert offered(line, "f-2", "A") == ASKED
    tell(line, UNMERGED, "A", "B")
    assert offered(line, "f-3", "A") == EXECUTED
    assert offered(line, "f-4", "B") == ASKED
    with store.read() as reader:
        assert all(finding.ok for finding in totals.checked(reader))


def test_room_goes_back_to_each_of_a_person_of_three(store: Store) -> None:
    line = pipeline(store, [GOODWILL, limit(count=2)])
    tell(line, MERGED, "A", "B")
    tell(line, MERGED, "C", "A")
    for event, customer in (("f-1", "A"), ("f-2", "B")):
        assert offered(line, event, customer) == EXECUTED
    assert offered(line, "f-3", "C") == ASKED
    tell(line, UNMERGED, "A", "C")
    assert offered(line, "f-4", "C") == EXECUTED
    assert offered(line, "f-5", "B") == ASKED  # A and B are one person still


def test_what_an_agent_may_give_a_customer_is_counted_for_the_person(store: Store) -> None:
    room = replace(authority().outcome.may[0], per="customer")  # type: ignore[union-attr]
    mine = authority(replace(authority().outcome, may=(room,)))  # type: ignore[arg-type]
    line = pipeline(store, [GOODWILL, mine])
    tell(line, MERGED, "A", "B")
    line.handle(served("e-1", customer="B"), "acme")
    with store.read() as reader:
        kept, _ = decisions.page(reader, "acme", customer="A")
    assert kept.event["customer"]["id"] == "B"
    assert any("customer:A" in key for key in kept.facts["state"])


def test_a_yes_after_a_merge_is_for_the_person_that_they_are_by_now(store: Store) -> None:
    careful = replace(LATE, unless=field_test("customer.vulnerability", "contains", "bereavement"))
    house = people(store, [careful])
    task = ask(house, customer={"id": "B", "vulnerability": []})
    house.pipeline.handle(contact("a-1", customer={"id": "A", "vulnerability": ["bereavement"]}), "acme")
    tell(house.pipeline, MERGED, "A", "B")
    assert [one.id for one in house.page("acme", customer="A")] == [task.id]
    with pytest.raises(ChangedError, match="does not ask for it any more"):
        house.decide("acme", task.id, say("approve"), LEAD)
    tell(house.pipeline, UNMERGED, "A", "B")
    assert not house.page("acme", customer="A")
    assert house.decide("acme", task.id, say("approve"), LEAD).state == "approved"


def test_a_yes_after_an_unmerge_is_for_one_alone(store: Store) -> None:
    careful = replace(LATE, unless=field_test("customer.adjustments", "contains", "large_print"))
    house = people(store, [careful])
    tell(house.pipeline, MERGED, "A", "B")
    task = ask(house, customer={"id": "B", "adjustments": []})
    house.pipeline.handle(contact("a-1", customer={"id": "A", "adjustments": ["large_print"]}), "acme")
    with pytest.raises(ChangedError):
        house.decide("acme", task.id, say("approve"), LEAD)
    tell(house.pipeline, UNMERGED, "B", "A")
    assert house.decide("acme", task.id, say("approve"), LEAD).state == "approved"


def test_an_offer_of_one_id_is_taken_up_under_the_other(store: Store) -> None:
    house = people(store, [LATE, limit()])
    task = ask(house, customer={"id": "B"})
    house.decide("acme", task.id, say("approve"), LEAD)
    tell(house.pipeline, MERGED, "A", "B")
    offer = {"id": task.document["action"]}
    house.pipeline.handle(contact("r-1", type="offer.reversed", customer={"id": "A"}, offer=offer), "acme")
    tell(house.pipeline, UNMERGED, "A", "B")
    assert statuses(house.pipeline.handle(failure("f-1", "B"), "acme").decision) == ASKED
    assert len(of_kind(house, "approval")) == 1  # by the rule's own approver alone: the room is free again


def test_a_restriction_that_is_asked_about_is_decided_for_the_person(store: Store) -> None:
    house = people(store)
    [flag, restriction] = report(house)
    tell(house.pipeline, MERGED, "A", "C-1")
    assert [one.id for one in house.page("acme", customer="A", kind="restriction")] == [restriction.id]
    assert house.decide("acme", flag.id, say("confirm"), LEAD).state == "confirmed"
    tell(house.pipeline, UNMERGED, "A", "C-1")
    assert not house.page("acme", customer="A")


def test_late_words_take_back_nothing_that_was_said_since(store: Store) -> None:
    line = pipeline(store, policy_set([]))
    tell(line, MERGED, "A", "B")
    for event, hour, consent in (("b-1", 2, []), ("b-2", 1, ["surveys"])):  # the second reaches us late
        document = contact(event, NOW + hour * HOUR, customer={"id": "B", "consent": consent})
        line.handle(document, "acme")
    now = contact("a-1", NOW + 3 * HOUR, customer={"id": "A", "consent": ["surveys"]})
    assert line.look_up(now, "acme", ()).fields["customer.consent"] == ()


def test_what_was_said_long_ago_and_once_holds_after_a_merge(file_store: Store) -> None:
    line = pipeline(file_store, policy_set([]))
    line.handle(contact("b-0", customer={"id": "B", "consent": [], "vulnerability": ["bereavement"]}), "acme")
    for number in range(1, 260):
        line.handle(contact(f"b-{number}", NOW + number * HOUR / 60, customer={"id": "B"}), "acme")
    tell(line, MERGED, "A", "B")
    seen = line.look_up(contact("a-1", customer={"id": "A", "consent": ["surveys"]}), "acme", ()).fields
    assert seen["customer.consent"] == ()
    assert seen["customer.vulnerability"] == ("bereavement",)


def test_room_that_is_taken_along_while_others_take_and_free_it(store: Store) -> None:
    line = pipeline(store, [GOODWILL, limit(count=50), replace(YEAR, id="in-a-year")])
    with ThreadPoolExecutor(4) as threads:
        for number in range(8):
            one, other = f"A{number}", f"B{number}"
            tell(line, MERGED, one, other)
            offer = offer_of(line.handle(failure(f"f-{number}", other), "acme").decision)
            sent = [
                contact(f"u-{number}", type=UNMERGED, customer={"id": one}, merged={"id": other}),
                told_of(f"r-{number}", "offer.reversed", offer, other),
                failure(f"a-{number}", one),
                failure(f"b-{number}", other),
            ]
            assert len(list(threads.map(lambda each: line.handle(each, "acme"), sent))) == len(sent)
    with store.read() as reader:
        assert all(finding.ok for finding in totals.checked(reader))
        kept = reader.execute(select(reservations.c.scope, events.c.customer).join(events)).all()
    assert {row.scope for row in kept} == {f"person:{row.customer}" for row in kept}

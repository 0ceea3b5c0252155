"""A person ends it that care comes first; words that reach us later start it again, and nobody else can do it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from careengine.backtest.replay import replay
from careengine.decide.english import say_decision
from careengine.errors import NotYoursError, PayloadError, SettledError
from careengine.model.history import CARE_ENDED, CARE_FIRST
from careengine.model.value import say_instant
from careengine.people import Actor
from careengine.store import audit, decisions, people, removal, tables
from tests.decide.worlds import CATALOGUE
from tests.people.conduct import DAY, DIRECTOR, LEAD, MANAGER, TENANT, House
from tests.people.test_due_process import MINUTE, in_need, third_confirmed, why_withheld

if TYPE_CHECKING:
    from careengine.people.ending_care import Ended
    from careengine.store import Store

BODY = {"customer": "C-1", "reason": "the words were about a film"}
NOTHING = "nothing to end: care does not come first for this customer"
LATER = "care comes first, and they are not restricted until "


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def end(house: House, by: Actor = LEAD, customer: str = "C-1", tenant: str = TENANT) -> Ended:
    return house.people.end_care(tenant, {**BODY, "customer": customer}, by)


def rows(house: House) -> list[tuple[str, str, str | None]]:
    """What the history has of it, in the order of time: of whom, of what kind, and who ended it."""
    table = tables.history.c
    columns = table.customer, table.kind, table.employee
    with house.store.read() as reader:
        found = reader.execute(select(*columns).where(table.kind.in_((CARE_FIRST, CARE_ENDED))).order_by(table.at))
        return [(row.customer, row.kind, row.employee) for row in found]


def deeds(house: House) -> list[audit.Deed]:
    with house.store.read() as reader:
        found = [one.deed for one in audit.page(reader, TENANT, 500)]
    return [deed for deed in found if deed.subject.startswith("care-first ")]


def late_words(house: House, event: str, days: int) -> None:
    """Words that a plugin finds the same in, with a date of days ago, reach us only now."""
    now = house.now
    house.now = now - days * DAY
    in_need(house, event)
    house.now = now


def test_after_an_end_a_proposal_comes_through_and_after_later_words_it_does_not(house: House) -> None:
    in_need(house, "e-1")
    house.confirmed("I-1")
    house.wait(DAY)
    house.confirmed("I-2")
    assert house.steps() == []
    until = say_instant(house.now + 29 * DAY)
    ended = end(house)
    assert (ended.ended_at, say_instant(ended.until)) == (house.now, until)
    assert house.steps() == []  # what was held back is not asked again of its own accord
    house.wait(MINUTE)
    house.confirmed("I-3")
    assert house.steps() == [("I-3", "restricted_channel", "proposed")]
    [task] = house.open("restriction")
    said = f"; care came first until a person ended that at {say_instant(ended.ended_at)}"
    assert task.document["asks"].endswith(said)  # whoever decides knows of it
    with house.store.read() as reader:
        kept = decisions.get(reader, TENANT, task.document["decision"])
    assert kept is not None
    assert said in say_decision(kept.decision)
    house.decide(task, "decline", DIRECTOR)
    in_need(house, "e-2")
    house.wait(MINUTE)
    house.confirmed("I-4")
    assert [one for one in house.steps() if one[0] == "I-4"] == []
    assert LATER in why_withheld(house)[-1]
    end(house)
    house.wait(MINUTE)
    house.confirmed("I-5")
    assert house.steps()[-1] == ("I-5", "restricted_channel", "proposed")
    with house.store.read() as reader:
        made = [decisions.get(reader, TENANT, name) for name in reader.scalars(select(tables.decisions.c.id))]
    again = {replay(one.decision, one.facts, house.policies, CATALOGUE).difference for one in made if one}
    assert again == {""}


def test_who_imposes_hears_of_it_and_what_was_to_begin_begins(house: House) -> None:
    third_confirmed(house)
    in_need(house, "e-1")
    with pytest.raises(SettledError, match="care comes first"):
        house.impose()
    end(house)
    house.impose(given={"start": say_instant(house.now + 2 * DAY)})
    in_need(house, "e-2")
    house.wait(DAY)
    end(house)
    house.wait(DAY)
    assert house.outbox("lift") == []
    assert house.steps()[-1][2] == "in_force"


def test_words_that_reach_us_later_start_it_again_whatever_their_date(house: House) -> None:
    house.wait(10 * DAY)
    in_need(house, "e-1")
    end(house)
    house.wait(MINUTE)
    late_words(house, "e-0", 5)  # whoever judged did not know them
    house.confirmed("I-1")
    house.confirmed("I-2")
    assert house.steps() == []
    assert why_withheld(house)[-1].endswith(say_instant(house.now + 25 * DAY))
    end(house)
    house.confirmed("I-3")
    assert house.steps() == [("I-3", "restricted_channel", "proposed")]


def test_the_same_words_told_twice_are_the_same_words(house: House) -> None:
    in_need(house, "e-1")
    end(house)
    in_need(house, "e-1")
    with pytest.raises(SettledError, match=NOTHING):
        end(house)


def test_an_end_is_never_before_the_words_it_ends(house: House) -> None:
    house.now += MINUTE  # the clock of the CRM goes ahead of ours
    in_need(house, "e-1")
    house.now -= MINUTE
    end(house)
    house.now += 30 * DAY  # the words are not a month old yet, and the end is
    with pytest.raises(SettledError, match=NOTHING):
        end(house)


def test_it_is_ended_once_and_where_nothing_stands_there_is_nothing_to_end(house: House) -> None:
    with pytest.raises(SettledError, match=f"{NOTHING}$") as none:
        end(house)
    assert none.value.state == "none"
    in_need(house, "e-1")
    ended = end(house)
    with pytest.raises(SettledError, match=f"{NOTHING}; `person:lee` ended it at {say_instant(house.now)}") as again:
        end(house, MANAGER)
    assert again.value.state == "ended"
    assert rows(house) == [("C-1", CARE_FIRST, None), ("C-1", CARE_ENDED, "person:lee")]
    [deed] = deeds(house)
    assert (deed.actor, deed.did, deed.reason) == ("person:lee", "end", BODY["reason"])
    assert deed.subject == f"care-first {ended.decisions[0]}"
    assert (deed.before, deed.after) == ({"until": say_instant(ended.until)}, {"until": say_instant(house.now)})
    house.wait(DAY)
    in_need(house, "e-2")
    house.wait(30 * DAY)
    with pytest.raises(SettledError, match=NOTHING):  # it ended by itself
        end(house)


def test_another_customers_or_tenants_end_changes_nothing(house: House) -> None:
    in_need(house, "e-1")
    in_need(house, "e-2", customer="C-2")
    end(house, customer="C-2")
    with pytest.raises(SettledError, match=NOTHING):
        end(house, tenant="other")
    house.confirmed("I-1")
    house.confirmed("I-2")
    assert house.steps() == []


def test_it_is_ended_under_every_id_of_the_person(house: House) -> None:
    in_need(house, "e-1", customer="C-2")
    in_need(house, "e-2")
    house.tell("customer.merged", "m-1", customer={"id": "C-1"}, merged={"id": "C-2"})
    assert len(end(house).decisions) == 2
    assert sorted(rows(house)) == [
        ("C-1", CARE_ENDED, "person:lee"),
        ("C-1", CARE_FIRST, None),
        ("C-2", CARE_ENDED, "person:lee"),
        ("C-2", CARE_FIRST, None),
    ]
    house.wait(MINUTE)
    house.tell("customer.unmerged", "m-2", customer={"id": "C-1"}, merged={"id": "C-2"})
    for customer in ("C-1", "C-2"):  # each takes along what was judged of their own words
        with pytest.raises(SettledError, match=NOTHING):
            end(house, customer=customer)


def test_whose_words_become_known_by_a_merge_is_not_judged_yet(house: House) -> None:
    in_need(house, "e-1")
    in_need(house, "e-2", customer="C-2")
    end(house)
    house.tell("customer.merged", "m-1", customer={"id": "C-1"}, merged={"id": "C-2"})
    house.confirmed("I-1")
    house.confirmed("I-2")
    assert house.steps() == []
    assert len(end(house).decisions) == 1


AGENT = Actor(name="person:al", roles=frozenset({"agent", "director"}), employees=frozenset({"E-8"}))
STRANGER = Actor(name="person:jo", roles=frozenset({"team-lead"}))
SERVED = Actor(name="person:di", roles=frozenset({"team-lead"}), employees=frozenset({"E-7"}))
REPORTED = Actor(name="person:sam", roles=frozenset({"team-lead"}), employees=frozenset({"E-9"}))


def test_who_lacks_the_role_or_has_a_part_in_it_is_refused(house: House) -> None:
    in_need(house, "e-1")
    with pytest.raises(NotYoursError, match="`team-lead` says that care does not come first any more, and you fill"):
        end(house, AGENT)
    house.report("I-1")
    with pytest.raises(NotYoursError, match="who had a part in it"):
        end(house, REPORTED)
    with pytest.raises(NotYoursError, match="no employee here"):
        end(house, STRANGER)
    assert rows(house) == [("C-1", CARE_FIRST, None)]
    assert end(house, LEAD).decisions


def test_who_served_the_customer_when_the_words_came_does_not_judge_them(house: House) -> None:
    in_need(house, "e-1", employee={"id": "E-7"})
    with pytest.raises(NotYoursError, match="who had a part in it"):
        end(house, SERVED)
    assert end(house, LEAD).decisions


def test_the_role_is_that_of_the_settings(house: House) -> None:
    house.people.pipeline.incident_reviewer = "conduct-desk"
    in_need(house, "e-1")
    with pytest.raises(NotYoursError) as refused:
        end(house, LEAD)
    assert refused.value.role == "conduct-desk"
    desk = Actor(name="key:1f00", roles=frozenset({"conduct-desk"}))  # nobody has a part in it, so nobody need be known
    assert end(house, desk).decisions


def test_who_ended_it_does_not_impose_what_that_let_through(house: House) -> None:
    in_need(house, "e-1")
    end(house, MANAGER)
    third_confirmed(house)
    with pytest.raises(NotYoursError, match="who ended it that care came first for a customer does not restrict them"):
        house.impose(MANAGER)
    house.impose(DIRECTOR)


def test_who_ended_it_may_impose_once_it_would_be_over_anyway(house: House) -> None:
    in_need(house, "e-1")
    end(house, MANAGER)
    house.wait(30 * DAY)
    third_confirmed(house)
    [task] = house.open("restriction")
    assert "care came first" not in task.document["asks"]
    house.impose(MANAGER)


def test_somebody_looks_again_when_words_come_after_an_end(house: House) -> None:
    third_confirmed(house)
    house.impose()
    house.wait(DAY)
    in_need(house, "e-1")
    house.decide(house.open("measure")[0], "keep", MANAGER)
    house.wait(DAY)
    end(house)
    [measure] = house.open("measure")
    assert measure.due_at is not None
    assert measure.due_at > house.now
    in_need(house, "e-2")
    assert house.open("measure")[0].due_at == house.now


def test_no_event_of_a_crm_ends_it(house: House) -> None:
    in_need(house, "e-1")
    house.tell("case.updated", "e-2", customer={"id": "C-1", "vulnerability": []})
    line = house.people.pipeline
    line.hooks = replace(line.hooks, found={"words": {"care_first": False}})  # type: ignore[type-var]
    house.tell("interaction.received", "e-3", customer={"id": "C-1"})
    house.tell("case.updated", "e-4", customer={"id": "C-1"}, signals={"words": {"care_first": False}})
    for event in (CARE_ENDED, "care_first.ended"):
        with pytest.raises(PayloadError):
            house.tell(event, "e-5", customer={"id": "C-1"})
    house.confirmed("I-1")
    house.confirmed("I-2")
    assert house.steps() == []


def test_it_is_erased_with_the_words_and_so_is_the_reason(house: House) -> None:
    in_need(house, "e-1")
    house.wait(DAY)
    in_need(house, "e-2")
    end(house)
    with house.store.write() as transaction:
        told = people.of_person(transaction, TENANT, "C-1")["history"]
        assert [one["kind"] for one in told].count(CARE_ENDED) == 2
        number = transaction.scalar(select(tables.events.c.seq).where(tables.events.c.id == "e-1"))
        removal.remove_events(transaction, TENANT, [number or 0], house.now)
    assert [kind for _, kind, _ in rows(house)] == [CARE_FIRST, CARE_ENDED]
    assert sorted(deed.reason for deed in deeds(house)) == ["", BODY["reason"]]
    with house.store.write() as transaction:
        people.erase(transaction, TENANT, "C-1", house.now)
        left = transaction.scalar(select(func.count()).select_from(tables.history))
    assert left == 0
    assert {deed.reason for deed in deeds(house)} == {""}


WRONG: list[tuple[Any, list[str]]] = [
    ("text", [""]),
    ({}, ["/customer", "/reason"]),
    ({**BODY, "mood": "bad", "a/b~": 1}, ["/mood", "/a~1b~0"]),
    ({**BODY, "customer": ""}, ["/customer"]),
    ({**BODY, "customer": "x" * 201}, ["/customer"]),
    ({**BODY, "customer": "a\0b", "reason": "a\0b"}, ["/customer", "/reason"]),
    ({**BODY, "reason": " "}, ["/reason"]),
    ({**BODY, "reason": "x" * 301}, ["/reason"]),
    ({"customer": 7, "reason": None}, ["/customer", "/reason"]),
]


@pytest.mark.parametrize(("body", "pointers"), WRONG)
def test_what_is_wrong_is_told_at_its_place_and_nothing_ends(house: House, body: Any, pointers: list[str]) -> None:
    in_need(house, "e-1")
    with pytest.raises(PayloadError) as refused:
        house.people.end_care(TENANT, body, LEAD)
    assert [problem.pointer for problem in refused.value.problems] == pointers
    assert [kind for _, kind, _ in rows(house)] == [CARE_FIRST]

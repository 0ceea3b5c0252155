"""Protection with due process, the whole way: reported, confirmed, proposed, imposed, reviewed, contested, over."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import select

from careengine import resources
from careengine.backtest.replay import replay
from careengine.errors import NotYoursError, PayloadError, SettledError, UnknownTaskError
from careengine.model.condition import HistoryTest
from careengine.model.history import HistoryQuery
from careengine.model.policy import Escalation
from careengine.model.value import say_instant
from careengine.store import Store, audit, decisions, outbox, people, removal, restrictions, tables
from tests.decide.worlds import CATALOGUE, policy, policy_set
from tests.people.conduct import DAY, DIRECTOR, LEAD, MANAGER, REPORTER, TENANT, TOLD, House, rules

MINUTE = timedelta(minutes=1)


@pytest.fixture
def house(file_store: Store) -> House:
    return House(file_store)


def third_confirmed(house: House) -> None:
    """A warning was declined, and a third incident is confirmed: a director is asked."""
    house.confirmed("I-1")
    house.wait(DAY)
    house.confirmed("I-2")
    house.decide(house.open("restriction")[0], "decline", MANAGER)
    house.wait(DAY)
    house.confirmed("I-3")


def test_the_whole_way_with_a_restart_in_between(store_url: str) -> None:
    with closing(Store.open(store_url)) as store:
        house = House(store)
        third_confirmed(house)
        assert house.steps() == [("I-2", "written_warning", "declined"), ("I-3", "restricted_channel", "proposed")]
        assert house.outbox("restrict", "notice", "lift") == []  # nothing happens before a person says so
        house.impose()
        imposed, end = house.now, house.now + 90 * DAY
    with closing(Store.open(store_url)) as store:  # the program was ended and began again
        house = House(store, now=imposed)
        [restrict], [notice] = house.outbox("restrict"), house.outbox("notice")
        assert restrict.action.params["end"] == say_instant(end)
        assert restrict.action.params["kept"] == ["entitlements", "emergency_contact", "complaint_route", "adjustments"]
        for part in (
            *TOLD.values(),
            "we serve you on one channel only",
            "appeals@example.com",
            "statutory complaint route",
        ):
            assert part in notice.action.params["notice"]
        assert house.steps()[-1] == ("I-3", "restricted_channel", "in_force")
        house.wait(90 * DAY - MINUTE)
        assert house.outbox("lift") == []
        house.wait(MINUTE)
        [lift] = house.outbox("lift")
        assert (lift.action.params["restriction"], lift.action.target) == (restrict.action.id, "customer:C-1")
        assert house.steps()[-1] == ("I-3", "restricted_channel", "ended")
        assert house.open("measure") == []
        house.wait(365 * DAY)
        assert len(house.outbox("lift")) == 1


def test_support_comes_with_the_report_and_the_first_incident_leads_to_nothing_else(house: House) -> None:
    decision = house.report("I-1")
    assert [a["status"] for a in decision["actions"] if a["type"] == "support"] == ["execute"]
    house.decide(house.open("incident")[0], "confirm", LEAD)
    assert house.open("restriction") == []
    assert house.steps() == []


def test_a_report_alone_or_a_rejected_one_leads_nowhere(house: House) -> None:
    house.confirmed("I-1")
    house.report("I-2")
    assert house.steps() == []
    house.decide(house.open("incident")[0], "reject", LEAD)
    house.confirmed("I-3")
    assert house.steps() == [("I-3", "written_warning", "proposed")]


@pytest.mark.parametrize("name", ["person:sam", "key:sam"])
def test_the_reporter_confirms_nothing_and_imposes_nothing(house: House, name: str) -> None:
    house.confirmed("I-1")
    house.report("I-2")
    with pytest.raises(NotYoursError, match="another `team-lead` does"):
        house.decide(house.open("incident")[0], "confirm", replace(REPORTER, name=name))
    house.decide(house.open("incident")[0], "confirm", LEAD)
    with pytest.raises(NotYoursError):
        house.impose(replace(REPORTER, name=name))


def test_the_reviewer_does_not_decide_what_follows(house: House) -> None:
    house.confirmed("I-1")
    house.confirmed("I-2")
    with pytest.raises(NotYoursError, match="who had a part in it"):
        house.impose(LEAD)
    assert house.impose(MANAGER).state == "imposed"


def test_nothing_is_confirmed_without_evidence(house: House) -> None:
    house.report("I-1", evidence=None)
    flag = house.open("incident")[0]
    with pytest.raises(PayloadError, match="nothing is confirmed without evidence"):
        house.decide(flag, "confirm", LEAD)
    assert house.decide(flag, "confirm", LEAD, evidence=["call-1"]).state == "confirmed"


def test_what_is_excused_never_counts(house: House) -> None:
    house.confirmed("I-1")
    house.report("I-2", in_distress=None)
    flag = house.open("incident")[0]
    with pytest.raises(PayloadError, match="choose `excuse`"):
        house.decide(flag, "confirm", LEAD, distress=True)
    house.decide(flag, "excuse", LEAD, because_of="distress")
    house.confirmed("I-3")
    assert house.steps() == [("I-3", "written_warning", "proposed")]
    with house.store.read() as reader:
        kept = reader.scalars(select(tables.events.c.document).where(tables.events.c.type == "incident.rejected")).all()
    assert [one["incident"]["in_distress"] for one in kept] == [True]


def test_the_reviewer_says_what_nobody_said_and_the_ladder_sees_it(house: House) -> None:
    house.confirmed("I-1")
    house.report("I-2", in_distress=None, complaint_itself=None, disability_related=None)
    house.decide(house.open("incident")[0], "confirm", LEAD, distress=False, complaint=False, disability=False)
    assert house.steps() == [("I-2", "written_warning", "proposed")]


def test_what_nobody_said_is_asked_and_nothing_is_proposed(house: House) -> None:
    house.confirmed("I-1")
    house.report("I-2", in_distress=None)
    house.decide(house.open("incident")[0], "confirm", LEAD)
    assert house.steps() == []
    [review] = house.open("review")
    assert "says first whether the customer was in distress" in review.document["asks"]


def test_a_vulnerable_customer_is_not_restricted_and_the_employee_is_supported(house: House) -> None:
    about = {"id": "C-1", "vulnerability": ["bereavement"]}
    house.confirmed("I-1")
    incident = {"id": "I-2", "category": "threat", "severity": 4, "credible": True, "evidence": ["x"], "target": "sam"}
    incident |= {"in_distress": False, "complaint_itself": False, "disability_related": False}
    decision = house.tell("incident.reported", "e-2", customer=about, incident=incident)
    assert [a["type"] for a in decision["actions"] if a["type"] in ("support", "restrict")] == ["support"]
    assert [w["by"] for w in decision["withheld"]] == ["due-process"]


def test_what_an_earlier_event_told_of_a_vulnerability_still_holds(house: House) -> None:
    house.confirmed("I-1")
    house.tell("case.updated", "e-1", customer={"id": "C-1", "vulnerability": ["bereavement"]})
    house.confirmed("I-2")
    assert house.steps() == []
    house.tell("case.updated", "e-2", customer={"id": "C-1", "vulnerability": []})
    house.confirmed("I-3")
    assert house.steps() == [("I-3", "restricted_channel", "proposed")]
    house.tell("case.updated", "e-3", customer={"id": "C-1", "vulnerability": ["illness"]})
    with pytest.raises(SettledError, match="not restricted while that stands"):
        house.impose()
    assert house.outbox("restrict", "notice") == []


def test_a_vulnerability_that_is_told_later_has_somebody_look_again_at_once(house: House) -> None:
    third_confirmed(house)
    house.impose()
    [measure] = house.open("measure")
    house.wait(DAY)
    told = house.tell("case.updated", "e-1", customer={"id": "C-1", "vulnerability": ["bereavement"]})
    [alert] = [action for action in told["actions"] if action["type"] == "alert"]
    assert (alert["params"]["to"], alert["policies"]) == ("director", ["due-process"])
    assert "look at the restricted channel again, because the customer turns out to be vulnerable" in told_text(alert)
    [again] = house.open("measure")
    assert (again.id, again.due_at) == (measure.id, house.now)
    assert "nobody is restricted while that stands" in again.document["because"]
    house.wait(DAY)
    told = house.tell("case.updated", "e-2", customer={"id": "C-1", "vulnerability": ["bereavement"]})
    assert [action["type"] for action in told["actions"]] == []  # that was asked before
    assert house.open("measure")[0].due_at == house.now - DAY
    house.decide(again, "keep", DIRECTOR)
    house.tell("case.updated", "e-3", customer={"id": "C-1", "vulnerability": ["bereavement"]})
    assert house.open("measure")[0].due_at == house.now + 30 * DAY
    house.tell("case.updated", "e-4", customer={"id": "C-1", "vulnerability": ["bereavement", "illness"]})
    assert house.open("measure")[0].due_at == house.now
    assert house.steps()[-1][2] == "in_force"  # a person decides


def told_text(action: dict[str, Any]) -> str:
    text: str = action["params"]["text"]
    return text


def test_what_was_to_begin_later_does_not_begin_for_a_vulnerable_customer(house: House) -> None:
    third_confirmed(house)
    house.impose(given={"start": say_instant(house.now + 2 * DAY)})
    house.wait(DAY)
    house.tell("case.updated", "e-1", customer={"id": "C-1", "vulnerability": ["bereavement"]})
    assert house.open("measure")[0].due_at == house.now
    house.wait(DAY)
    assert house.outbox("restrict") == []
    [lift] = house.outbox("lift")
    assert lift.action.params["why"] == "the customer is vulnerable, and is not restricted while that stands"
    assert house.steps()[-1][2] == "ended"


def test_a_signal_that_asks_for_care_first_has_somebody_look_again_at_once(house: House) -> None:
    third_confirmed(house)
    house.impose()
    house.wait(DAY)
    line = house.people.pipeline
    line.hooks = replace(line.hooks, found={"words": {"care_first": True}})  # type: ignore[type-var]
    house.tell("interaction.received", "e-1")
    assert house.open("measure")[0].due_at == house.now


def in_need(house: House, event: str, customer: str = "C-1") -> None:
    """A message comes in, and a plugin finds in its words that care comes first."""
    line = house.people.pipeline
    hooks = line.hooks
    line.hooks = replace(hooks, found={"words": {"care_first": True}})  # type: ignore[type-var]
    house.tell("interaction.received", event, customer={"id": customer})
    line.hooks = hooks


def why_withheld(house: House, kind: str = "incident.confirmed") -> list[str]:
    """Why the law held something back, by the decisions on events of this type."""
    kinds = tables.decisions.c.event == tables.events.c.seq, tables.events.c.type == kind
    with house.store.read() as reader:
        made = reader.scalars(select(tables.decisions.c.decision).where(*kinds).order_by(tables.events.c.seq)).all()
    return [one["why"] for decision in made for one in decision["withheld"] if one["by"] == "due-process"]


def test_who_asked_for_care_is_not_restricted_for_a_month_and_no_longer(store_url: str) -> None:
    with closing(Store.open(store_url)) as store:
        house = House(store)
        in_need(house, "e-1")
        house.confirmed("I-1")
        house.wait(29 * DAY)
        house.confirmed("I-2")
        assert house.steps() == []
        until = say_instant(house.now + DAY)
        why = f"the customer may be vulnerable: care comes first, and they are not restricted until {until}"
        assert why_withheld(house) == [why]
        house.tell("case.updated", "e-2", customer={"id": "C-1", "vulnerability": []})  # nobody there read the words
        house.confirmed("I-3")
        assert house.steps() == []
        house.wait(DAY)
        house.confirmed("I-4")
        assert house.steps() == [("I-4", "restricted_channel", "proposed")]  # what was confirmed meanwhile counts
        with store.read() as reader:
            kept = [decisions.get(reader, TENANT, name) for name in reader.scalars(select(tables.decisions.c.id))]
        again = [replay(one.decision, one.facts, house.policies, CATALOGUE).difference for one in kept if one]
        assert set(again) == {""}


def test_a_threat_by_somebody_in_need_alerts_and_supports_and_restricts_nobody(file_store: Store) -> None:
    house = House(file_store, policies=rules("abuse-ladder", "abuse-reported", "immediate-threat"))
    in_need(house, "e-1")
    decision = house.report("I-1", category="threat", severity=4, credible=True)
    types = {action["type"] for action in decision["actions"]}
    assert {"alert", "support"} <= types
    assert "restrict" not in types
    assert [one["by"] for one in decision["withheld"]] == ["due-process"]


def test_what_was_proposed_before_is_not_imposed_and_does_not_begin(house: House) -> None:
    third_confirmed(house)
    in_need(house, "e-1")
    with pytest.raises(SettledError, match="may be vulnerable: care comes first"):
        house.impose()
    assert house.outbox("restrict", "notice") == []
    house.people.pipeline.care_first_for = 2 * DAY
    house.wait(2 * DAY)
    house.impose(given={"start": say_instant(house.now + 2 * DAY)})
    house.wait(DAY)
    in_need(house, "e-2")
    house.wait(DAY)
    [lift] = house.outbox("lift")
    assert lift.action.params["why"].startswith("the customer may be vulnerable: care comes first")
    assert house.steps()[-1][2] == "ended"


def test_nothing_comes_in_the_place_of_what_lost_its_ground(house: House) -> None:
    third_confirmed(house)
    in_need(house, "e-1")
    incident = {"id": "I-1", "reviewer": "lee"}
    house.tell("incident.rejected", "e-2", customer={"id": "C-1"}, incident=incident)
    assert [state for _, _, state in house.steps()] == ["declined", "ended"]


def test_words_under_another_id_of_the_person_and_only_of_that_person(house: House) -> None:
    in_need(house, "e-1", customer="C-2")
    house.confirmed("I-1")
    house.confirmed("I-2")
    assert house.steps() == [("I-2", "written_warning", "proposed")]
    house.tell("customer.merged", "e-2", customer={"id": "C-1"}, merged={"id": "C-2"})
    house.confirmed("I-3")
    assert [step for _, step, _ in house.steps()] == ["written_warning"]


def test_that_care_came_first_is_erased_with_the_words_it_was_found_in(house: House) -> None:
    in_need(house, "e-1")
    with house.store.write() as transaction:
        told = people.of_person(transaction, TENANT, "C-1")["history"]
        assert [(one["kind"], one["category"]) for one in told if one["kind"] == "care_first"] == [("care_first", None)]
        number = transaction.scalar(select(tables.events.c.seq).where(tables.events.c.id == "e-1"))
        removal.remove_events(transaction, TENANT, [number or 0], house.now)
    house.confirmed("I-1")
    house.confirmed("I-2")
    assert house.steps() == [("I-2", "written_warning", "proposed")]


def test_a_notice_that_lacks_a_part_does_not_go_out_and_nothing_begins(house: House) -> None:
    third_confirmed(house)
    task = house.open("restriction")[0]
    with pytest.raises(PayloadError, match="/evidence_summary: expected what it rests on"):
        house.decide(task, "impose", DIRECTOR, behaviour=TOLD["behaviour"], evidence_summary="  ")
    with pytest.raises(PayloadError) as caught:
        house.decide(task, "impose", DIRECTOR)
    assert [problem.pointer for problem in caught.value.problems] == ["/behaviour", "/evidence_summary"]
    with house.store.write() as transaction:
        one = restrictions.get(transaction, TENANT, task.document["action"])
        assert one is not None
        texts = {"": "{{ notice.behaviour }} {{ customer.name }}"}
        restrictions.change(transaction, TENANT, one, house.now, standing=one.standing, notice=texts)
    with pytest.raises(PayloadError, match=r"the notice cannot go out: `customer.name` is not known"):
        house.impose()
    assert house.steps()[-1][2] == "proposed"
    assert house.outbox("restrict", "notice") == []


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"expiry": "2026-03-04T09:29:00Z"}, "/expiry: it would end before it starts"),
        ({"start": "2026-06-01T00:00:00Z", "expiry": "2026-05-01T00:00:00Z"}, "/expiry: it would end before it starts"),
        ({"start": "2026-03-01T00:00:00Z"}, "/start: it begins at 2026-03-04T09:30:00Z at the earliest"),
        ({"expiry": "2027-01-01T00:00:00Z"}, "/expiry: the policy lets it last until 2026-06-02T09:30:00Z"),
        ({"expiry": "some day"}, "/expiry: expected an instant"),
    ],
)
def test_times_that_make_no_sense_are_refused(house: House, given: dict[str, str], why: str) -> None:
    third_confirmed(house)
    with pytest.raises(PayloadError, match=why):
        house.impose(given=given)
    assert house.steps()[-1][2] == "proposed"


def test_it_can_begin_later_and_end_sooner(house: House) -> None:
    third_confirmed(house)
    start, end = house.now + 2 * DAY, house.now + 10 * DAY
    house.impose(given={"start": say_instant(start), "expiry": say_instant(end)})
    assert len(house.outbox("notice")) == 1
    assert house.outbox("restrict") == []
    house.wait(2 * DAY)
    [restrict] = house.outbox("restrict")
    assert restrict.action.params["end"] == say_instant(end)
    assert restrict.action.policies == ("due-process",)
    house.wait(8 * DAY)
    assert len(house.outbox("lift")) == 1


def asking_house(store: Store) -> House:
    """A rule asks for restrictions that are in force."""
    query = HistoryQuery(function="count", kind="restrictions", status="in_force")
    one = HistoryTest(pointer="/when", query=query, operator="at_least", operand=1)
    asks = policy("asks", "escalation", one, Escalation(to="tier-2", level=1))
    return House(store, policy_set([*rules().policies, asks]))


def seen(house: House) -> tuple[bool, bool, str]:
    """Whether rules count it, whether whoever serves the customer is told of it, and how it stands."""
    told = house.tell("interaction.received", f"look-{house.now}")
    return "asks" in [match["policy"] for match in told["matched"]], "restrictions" in told, house.steps()[-1][2]


def test_what_begins_later_counts_from_its_start_to_its_end_and_not_before(file_store: Store) -> None:
    house = asking_house(file_store)
    third_confirmed(house)
    house.impose(given={"start": say_instant(house.now + 2 * DAY), "expiry": say_instant(house.now + 10 * DAY)})
    [measure] = house.open("measure")
    assert measure.due_at is None  # the first look would come after its end
    assert "which begins at 2026-03-06T09:30:00Z and ends at 2026-03-14T09:30:00Z" in measure.document["asks"]
    assert [one.action.type for one in house.outbox("notice", "restrict")] == ["notice"]
    assert seen(house) == (False, False, "scheduled")
    shown = house.people.one(TENANT, measure.id)[0].document["standing"]
    assert (shown["state"], shown["start"]) == ("scheduled", "2026-03-06T09:30:00Z")
    house.now += 2 * DAY - timedelta(seconds=1)
    assert seen(house) == (False, False, "scheduled")
    house.now += timedelta(seconds=1)  # its timer has not fired yet
    assert seen(house) == (True, True, "in_force")
    house.wait(timedelta())
    assert [one.action.type for one in house.outbox("notice", "restrict")] == ["notice", "restrict"]
    house.now += 8 * DAY
    assert seen(house) == (False, False, "ended")


def test_what_is_lifted_before_it_begins_never_was_in_force(file_store: Store) -> None:
    house = asking_house(file_store)
    third_confirmed(house)
    house.impose(given={"start": say_instant(house.now + 2 * DAY)})
    [measure] = house.open("measure")
    assert measure.due_at == house.now + 32 * DAY  # counted from its start
    house.wait(DAY)
    house.decide(measure, "lift", DIRECTOR)
    house.wait(2 * DAY)
    assert seen(house) == (False, False, "ended")
    assert house.outbox("restrict") == []


def test_a_person_looks_again_at_the_review_dates_and_may_lift_early(house: House) -> None:
    third_confirmed(house)
    house.impose()
    [measure] = house.open("measure")
    assert (measure.role, measure.due_at) == ("director", house.now + 30 * DAY)
    house.wait(30 * DAY)
    house.decide(measure, "keep", DIRECTOR)
    [again] = house.open("measure")
    assert again.due_at == house.now + 30 * DAY
    house.wait(DAY)
    house.decide(again, "lift", DIRECTOR)
    [lift] = house.outbox("lift")
    assert lift.action.params["why"] == "a person lifted it early"
    assert house.steps()[-1][2] == "ended"
    assert house.open("measure") == []
    house.wait(90 * DAY)
    assert len(house.outbox("lift")) == 1


def appeal(house: House, **more: Any) -> dict[str, Any]:
    return house.tell("appeal.made", f"appeal-{house.now}", **more)


def test_an_appeal_is_heard_by_another_and_upheld(house: House) -> None:
    third_confirmed(house)
    house.impose()
    appeal(house)
    [task] = house.open("appeal")
    assert (task.role, task.due_at) == ("ops-manager", house.now + 14 * DAY)
    for who in (DIRECTOR, REPORTER):
        with pytest.raises(NotYoursError):
            house.decide(task, "uphold", who)
    house.decide(task, "uphold", MANAGER)
    with house.store.read() as reader:
        assert outbox.in_state(reader, TENANT, "waiting", 10) == []  # else what led to it were kept for ever
    assert house.steps()[-1][2] == "in_force"
    house.wait(MINUTE)
    assert appeal(house)["withheld"][0]["why"] == "this restriction was appealed against already"
    assert house.open("appeal") == []


@pytest.mark.parametrize("kept_first", [True, False])
def test_whoever_kept_a_restriction_hears_no_appeal_against_it(house: House, kept_first: bool) -> None:  # noqa: FBT001
    third_confirmed(house)
    house.impose()
    house.wait(30 * DAY - MINUTE)
    if not kept_first:
        appeal(house)
    name = house.standing()[-1].id
    measure = next(task for task in house.open("measure") if task.document["restriction"] == name)
    house.decide(measure, "keep", MANAGER)
    if kept_first:
        appeal(house)
    [task] = house.open("appeal")
    same = replace(MANAGER, name="local:mo", names=frozenset({"person:mo"}))
    for who in (MANAGER, same):
        for outcome in ("uphold", "overturn"):
            with pytest.raises(NotYoursError, match="who decided on it before does not hear the appeal"):
                house.decide(task, outcome, who)
    stranger = replace(MANAGER, name="person:x", employees=frozenset())
    with pytest.raises(NotYoursError, match="is no employee here"):
        house.decide(task, "uphold", stranger)
    other = replace(MANAGER, name="person:ola", employees=frozenset({"E-4"}))
    assert house.decide(task, "uphold", other).state == "upheld"


def test_a_person_hands_an_appeal_in_for_the_customer(house: House) -> None:
    third_confirmed(house)
    task = house.open("restriction")[0]
    with pytest.raises(SettledError, match="there is no such restriction to appeal against"):
        house.people.appeal(TENANT, task.id, {"reason": "it was not me"}, REPORTER)
    house.impose()
    told = house.people.appeal(TENANT, task.id, {"reason": "it was not me"}, REPORTER)
    assert (told.kind, told.role, told.state) == ("appeal", "ops-manager", "open")
    name = house.standing()[-1].id
    with house.store.read() as reader:
        newest = audit.page(reader, TENANT, subject=f"restriction {name}")[0].deed
    assert (newest.actor, newest.did, newest.reason) == ("person:sam", "appeal", "it was not me")
    house.wait(MINUTE)
    with pytest.raises(SettledError, match="appealed against already"):
        house.people.appeal(TENANT, name, {"reason": "once more"}, REPORTER)
    with pytest.raises(UnknownTaskError, match="there is no restriction `a_none`"):
        house.people.appeal(TENANT, "a_none", {"reason": "it was not me"}, REPORTER)
    wrong: list[Any] = [{}, [], {"reason": " "}, {"reason": "x", "mood": "good"}]
    for body in wrong:
        with pytest.raises(PayloadError):
            house.people.appeal(TENANT, name, body, REPORTER)


def test_an_appeal_without_a_restriction_is_told_so(house: House) -> None:
    third_confirmed(house)
    assert appeal(house)["withheld"][0]["why"] == "there is no such restriction to appeal against"


@pytest.mark.parametrize(("late", "heard"), [(timedelta(), 1), (timedelta(seconds=1), 0)])
def test_an_appeal_is_heard_up_to_the_last_instant(house: House, late: timedelta, heard: int) -> None:
    third_confirmed(house)
    house.impose()
    house.wait(30 * DAY + late)
    said = [withheld["why"] for withheld in appeal(house)["withheld"]]
    assert len(house.open("appeal")) == heard
    assert said == ([] if heard else [f"the time to appeal ended at {say_instant(house.now - late)}"])


def test_an_appeal_that_is_granted_lifts_it_and_takes_the_incident_out_of_the_counts(house: House) -> None:
    third_confirmed(house)
    house.impose()
    appeal(house)
    house.decide(house.open("appeal")[0], "overturn", MANAGER)
    assert house.steps()[-1][2] == "ended"
    assert len(house.outbox("lift")) == 1
    house.wait(DAY)
    house.confirmed("I-4")  # the third of those that are left
    assert house.steps()[-1] == ("I-4", "restricted_channel", "proposed")
    house.decide(house.open("restriction")[0], "decline", MANAGER)


def test_an_appeal_that_is_granted_recomputes_later_steps(house: House) -> None:
    house.confirmed("I-1")
    house.wait(DAY)
    house.confirmed("I-2")
    house.impose(MANAGER)
    house.wait(DAY)
    house.confirmed("I-3")
    house.impose(DIRECTOR)
    warning = house.standing()[0]
    appeal(house, appeal={"restriction": warning.id})
    other = replace(MANAGER, name="person:ola", employees=frozenset({"E-4"}))
    house.decide(house.open("appeal")[0], "overturn", other)
    # As if the second had never been: the third is the second, and a team lead is asked about a warning.
    assert house.steps() == [
        ("I-2", "written_warning", "ended"),
        ("I-3", "restricted_channel", "ended"),
        ("I-3", "written_warning", "proposed"),
    ]
    assert len(house.outbox("lift")) == 2
    [task] = house.open("restriction")
    assert task.role == "team-lead"


def test_a_rejected_incident_withdraws_what_was_only_proposed(house: House) -> None:
    house.confirmed("I-1")
    house.confirmed("I-2")
    [task] = house.open("restriction")
    house.tell("incident.rejected", "later", incident={"id": "I-1", "reviewer": "lee"})
    assert house.steps() == [("I-2", "written_warning", "ended")]
    assert house.task(task.id).state == "withdrawn"
    with pytest.raises(SettledError):
        house.decide(task, "impose", MANAGER, **TOLD)


def test_a_threat_that_is_reported_and_then_confirmed_is_put_to_a_director_once(house: House) -> None:
    house.report("I-1", category="threat", credible=True, severity=4)
    assert house.steps() == [("I-1", "suspension", "proposed")]
    house.decide(house.open("incident")[0], "confirm", LEAD)
    assert house.steps() == [("I-1", "suspension", "proposed")]


def test_a_crm_that_has_no_place_for_it_is_told_in_notes(file_store: Store) -> None:
    house = House(file_store, does=("note",))
    third_confirmed(house)
    before = len(house.outbox("note"))
    house.impose()
    told = [one.action.params["text"] for one in house.outbox("note")[before:]]
    assert any(text.startswith("director imposed a restricted channel until") for text in told)
    assert any(text.startswith("tell the customer: We are writing to you about you shouted") for text in told)


def test_it_ends_also_when_the_policy_is_gone(house: House) -> None:
    third_confirmed(house)
    house.impose()
    after = House(house.store, rules("abuse-reported"), now=house.now)
    after.wait(90 * DAY)
    assert len(after.outbox("lift")) == 1


def test_the_audit_has_every_step(house: House) -> None:
    third_confirmed(house)
    house.impose()
    name = house.standing()[-1].id
    house.decide(house.open("measure")[0], "lift", DIRECTOR)
    with house.store.read() as reader:
        found = audit.page(reader, TENANT, subject=f"restriction {name}")
    assert [(entry.deed.actor, entry.deed.did) for entry in reversed(found)] == [
        ("person:dana", "impose"),
        ("careengine", "end"),
    ]


def test_whoever_asks_for_their_data_gets_their_restrictions(house: House) -> None:
    third_confirmed(house)
    with house.store.read() as reader:
        kept = people.of_person(reader, TENANT, "C-1")
    assert [row["standing"]["state"] for row in kept["restrictions"]] == ["declined", "proposed"]
    with house.store.write() as transaction:
        people.erase(transaction, TENANT, "C-1", house.now)
    assert house.standing() == []


def test_whoever_serves_the_customer_is_told_what_is_in_force(house: House) -> None:
    third_confirmed(house)
    assert "restrictions" not in house.tell("interaction.received", "e-before")
    house.impose()
    house.wait(MINUTE)
    [told] = house.tell("interaction.received", "e-during")["restrictions"]
    assert (told["step"], told["end"]) == ("restricted_channel", say_instant(house.now - MINUTE + 90 * DAY))
    assert told["kept"] == ["entitlements", "emergency_contact", "complaint_route", "adjustments"]
    assert house.tell("interaction.received", "e-other", customer={"id": "C-2"}).get("restrictions") is None
    house.wait(90 * DAY)
    assert "restrictions" not in house.tell("interaction.received", "e-after")


def test_every_decision_on_the_way_can_be_made_again(house: House) -> None:
    third_confirmed(house)
    house.impose()
    house.wait(MINUTE)
    house.tell("interaction.received", "e-during")
    house.tell("case.updated", "e-vulnerable", customer={"id": "C-1", "vulnerability": ["illness"]})
    house.tell("appeal.made", "appeal")
    house.decide(house.open("appeal")[0], "overturn", MANAGER)
    with house.store.read() as reader:
        kept = decisions.page(reader, TENANT, limit=100)
    schema = Draft202012Validator(resources.schema("decision"))
    for one in kept:
        assert replay(one.decision, one.facts, house.policies, CATALOGUE).difference == ""
        assert list(schema.iter_errors(one.decision)) == []
    assert any("restrictions" in one.decision for one in kept)


def test_rules_can_ask_for_restrictions_that_are_in_force(file_store: Store) -> None:
    house = asking_house(file_store)
    third_confirmed(house)
    matched = []
    for number in range(4):
        told = house.tell("interaction.received", f"e-{number}")
        matched.append([match["policy"] for match in told["matched"]])
        if number == 0:
            house.impose()
        house.wait(MINUTE if number < 2 else 90 * DAY)
    assert matched == [[], ["asks"], ["asks"], []]


@pytest.mark.parametrize(("step", "days"), [("start", 10), ("expiry", 0), ("expiry", 9)])
def test_a_time_that_is_not_the_one_that_was_set_changes_nothing(house: House, step: str, days: int) -> None:
    third_confirmed(house)
    house.impose(given={"start": say_instant(house.now + 14 * DAY)})
    before = house.steps()
    clock = {"kind": "restriction", "policy": "due-process", "step": step, "subject": house.standing()[-1].id}
    due = {"id": f"x-{step}", "source": "demo", "type": "clock.due", "customer": {"id": "C-1"}, "clock": clock}
    due["occurred_at"] = say_instant(house.now + days * DAY)
    with pytest.raises(PayloadError):
        house.people.pipeline.handle(due, TENANT)
    assert house.people.pipeline.handle_any(due, TENANT).decision["actions"] == []
    assert house.steps() == before
    house.wait(14 * DAY)
    assert len(house.outbox("restrict")) == 1


def test_nobody_takes_the_id_of_a_persons_answer(house: House) -> None:
    house.report("I-1")
    task = house.open("incident")[0]
    with pytest.raises(PayloadError, match="begin with `careengine:`"):
        house.tell("incident.confirmed", f"careengine:{task.id}:confirm:incident.confirmed", customer={"id": "C-1"})
    house.decide(task, "confirm", LEAD)
    with house.store.read() as reader:
        kept = list(reader.scalars(select(tables.events.c.type)))
    assert kept.count("incident.confirmed") == 1


def test_nobody_is_restricted_for_what_another_did_who_was_held_for_them(house: House) -> None:
    house.confirmed("I-1", customer="B")
    house.tell("customer.merged", "m-1", customer={"id": "C-1"}, merged={"id": "B"}, source="registry")
    house.wait(DAY)
    house.confirmed("I-2")
    house.impose(MANAGER)
    house.wait(DAY)
    house.confirmed("I-3", customer="B")
    assert house.steps("B") == [("I-3", "restricted_channel", "proposed")]
    house.tell("customer.unmerged", "u-1", customer={"id": "C-1"}, merged={"id": "B"}, source="registry")
    house.wait(DAY / 24)
    assert house.steps() == [("I-2", "written_warning", "ended")]
    assert house.steps("B") == [("I-3", "restricted_channel", "ended")]
    assert house.open("restriction") == []
    assert [one.adapter for one in house.outbox("lift")][:1] == ["demo"]


def test_what_they_did_themselves_stays_after_they_are_two_again(house: House) -> None:
    house.tell("customer.merged", "m-1", customer={"id": "C-1"}, merged={"id": "B"})
    for incident in ("I-1", "I-2"):
        house.confirmed(incident)
        house.wait(DAY)
    house.impose(MANAGER)
    house.confirmed("I-3", customer="B")
    house.tell("customer.unmerged", "u-1", customer={"id": "B"}, merged={"id": "C-1"})
    house.wait(DAY / 24)
    assert house.steps() == [("I-2", "written_warning", "in_force")]
    assert house.steps("B") == [("I-3", "restricted_channel", "ended")]

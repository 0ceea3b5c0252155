"""What a person answers is taken once, of whom it may be, with everything that follows, or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from careengine.errors import (
    ChangedError,
    InboundError,
    NotYoursError,
    PayloadError,
    SettledError,
    TaskError,
    UnknownTaskError,
)
from careengine.people import KINDS, Actor, Choice, Kind, People, actor_of
from careengine.settings import PeopleSettings
from careengine.store import audit, history, outbox, tasks
from tests.decide.worlds import NOW, field_test, policy, pounds
from tests.people.house import AGENT, LATE, LEAD, OTHER, ask, of_kind, people, report, say, state_of

if TYPE_CHECKING:
    from careengine.people.deciding import Deciding
    from careengine.store import Store
    from careengine.store.tasks import Task


@pytest.fixture
def house(file_store: Store) -> People:
    return people(file_store)


def deeds(house: People, subject: str | None = None) -> list[audit.Deed]:
    with house.pipeline.store.read() as reader:
        return [entry.deed for entry in audit.page(reader, "acme", subject=subject)]


def offers(house: People) -> list[tuple[str, Any]]:
    with house.pipeline.store.read() as reader:
        found = history.entries(reader, "acme", "C-1", NOW, {"offers": None})
    return [(entry.status, entry.amount) for entry in found]


def test_a_yes_lets_the_waiting_action_happen(house: People) -> None:
    task = ask(house)
    assert (task.role, task.state, task.customer) == ("team-lead", "open", "C-1")
    assert "40.00 GBP" in task.document["asks"]
    action = task.document["action"]
    assert state_of(house, action) == "waiting"
    done = house.decide("acme", task.id, say("approve"), LEAD)
    assert done.state == "approved"
    assert done.document["decided"]["by"] == "person:kim"
    assert done.document["decided"]["reason"] == "it is right"
    assert state_of(house, action) == "due"
    assert offers(house) == [("proposed", pounds("40.00")), ("offered", None)]
    [deed] = deeds(house, subject=f"task {task.id}")
    assert (deed.actor, deed.did, deed.reason) == ("person:kim", "approve", "it is right")
    assert deed.before == {"state": "open", "role": "team-lead"}
    assert deed.after == {"state": "approved", "role": "team-lead"}
    [settled] = deeds(house, subject=f"action {action}")
    assert (settled.before, settled.after) == ({"state": "waiting"}, {"state": "due"})


def test_a_no_drops_it_and_it_was_never_offered(house: People) -> None:
    task = ask(house)
    assert house.decide("acme", task.id, say("decline"), LEAD).state == "declined"
    assert state_of(house, task.document["action"]) == "dropped"
    assert offers(house)[-1][0] == "declined"


def test_another_amount_may_be_given_instead(house: People) -> None:
    task = ask(house)
    done = house.decide("acme", task.id, say("amend", amount="15.00 GBP"), LEAD)
    assert (done.state, done.document["decided"]["amount"]) == ("amended", "15.00 GBP")
    with house.pipeline.store.read() as reader:
        action = outbox.get(reader, "acme", task.document["action"])
    assert action is not None
    assert action.action.params["amount"] == "15.00 GBP"
    assert action.state == "due"
    assert offers(house)[-1] == ("offered", pounds("15.00"))


def test_whoever_lacks_the_role_is_told_which_may(house: People) -> None:
    task = ask(house)
    with pytest.raises(NotYoursError, match="`team-lead` decides this approval, and you fill `agent`") as refused:
        house.decide("acme", task.id, say("approve"), AGENT)
    assert (refused.value.status, refused.value.role) == (403, "team-lead")
    with pytest.raises(NotYoursError, match=r"`people\.roles` says who fills which"):
        house.decide("acme", task.id, say("approve"), Actor(name="person:nobody"))
    assert deeds(house) == []


@pytest.mark.parametrize("name", ["person:sam", "person:SAM", "person:s.smith"])
def test_nobody_decides_on_what_they_have_a_part_in(house: People, name: str) -> None:
    task = ask(house, employee={"id": "sam"})
    who = Actor(
        name=name, roles=frozenset({"team-lead"}), employees=frozenset({"sam" if name.endswith("h") else "E-9"})
    )
    with pytest.raises(NotYoursError, match="another `team-lead` does"):
        house.decide("acme", task.id, say("approve"), who)
    assert house.decide("acme", task.id, say("approve"), OTHER).state == "approved"


def test_neither_the_reporter_nor_the_target_judges_conduct(house: People) -> None:
    flag, restriction = report(house)
    assert (flag.role, restriction.role) == ("duty-manager", "director")
    for name in ("person:sam", "person:lee"):
        told = {"behaviour": "a threat", "evidence_summary": "a recording"}
        for task, answer in ((flag, say("confirm")), (restriction, say("impose", **told))):
            with pytest.raises(NotYoursError):
                house.decide("acme", task.id, answer, replace(LEAD, name=name))


def test_what_is_decided_of_conduct_comes_to_the_rules_as_an_event(house: People) -> None:
    flag, _ = report(house)
    assert house.decide("acme", flag.id, say("confirm"), LEAD).state == "confirmed"
    with house.pipeline.store.read() as reader:
        found = history.entries(reader, "acme", "C-1", NOW, {"incidents": None})
    assert [(entry.ref, entry.status) for entry in found] == [("I-1", "reported"), ("I-1", "confirmed")]


def test_a_second_answer_comes_too_late(house: People) -> None:
    task = ask(house)
    house.decide("acme", task.id, say("decline"), LEAD)
    with pytest.raises(SettledError, match="`declined` already by `person:kim` at") as late:
        house.decide("acme", task.id, say("approve"), OTHER)
    assert (late.value.status, late.value.state) == (409, "declined")
    assert state_of(house, task.document["action"]) == "dropped"


def test_of_two_at_once_one_decides(store: Store) -> None:
    house = people(store)
    for number in range(8):
        task = ask(house, f"e-{number}", customer={"id": f"C-{number}"})
        with ThreadPoolExecutor(2) as both:
            answers = [
                both.submit(house.decide, "acme", task.id, say(outcome), who)
                for outcome, who in (("approve", LEAD), ("decline", OTHER))
            ]
            errors = [answer.exception(30) for answer in answers]
        assert [type(error) for error in errors if error] == [SettledError]
        won = "approve" if errors[0] is None else "decline"
        assert state_of(house, task.document["action"]) == {"approve": "due", "decline": "dropped"}[won]
        assert [deed.did for deed in deeds(house, subject=f"task {task.id}")] == [won]


def test_all_that_are_asked_must_agree(house: People) -> None:
    two = offer_of_two(house)
    assert [task.role for task in two] == ["team-lead", "ops-manager"]
    house.decide("acme", two[0].id, say("amend", amount="5.00 GBP"), LEAD)
    assert state_of(house, two[0].document["action"]) == "waiting"
    house.decide("acme", two[1].id, say("approve"), replace(OTHER, roles=frozenset({"ops-manager"})))
    with house.pipeline.store.read() as reader:
        action = outbox.get(reader, "acme", two[0].document["action"])
    assert action is not None
    assert (action.state, action.action.params["amount"]) == ("due", "5.00 GBP")


@pytest.mark.parametrize("again", ["person:kim", "key:ab12cd"])
def test_one_person_does_not_agree_for_two_roles(house: People, again: str) -> None:
    first, second = offer_of_two(house)
    roles = ["team-lead", "ops-manager"]
    settings = PeopleSettings(employees={"E-1": ("person:kim", "key:ab12cd")})
    house.decide("acme", first.id, say("approve"), actor_of(settings, "person:kim", roles=roles))
    kim = actor_of(settings, again, roles=roles)
    with pytest.raises(NotYoursError, match="you agreed for `team-lead` already") as no:
        house.decide("acme", second.id, say("approve"), kim)
    assert (no.value.status, no.value.role) == (403, "ops-manager")
    assert state_of(house, first.document["action"]) == "waiting"
    with pytest.raises(NotYoursError, match=r"the setting `people\.employees` says who is who"):
        house.decide("acme", second.id, say("approve"), Actor(name="key:ff", roles=frozenset(roles)))
    assert house.decide("acme", second.id, say("decline"), kim).state == "declined"


@pytest.mark.parametrize("name", ["person:sam@example.org", "key:ab12cd", "local:sam.smith"])
def test_who_is_no_employee_that_is_known_does_not_settle_what_others_may_not(house: People, name: str) -> None:
    flag, _ = report(house)
    who = Actor(name=name, roles=frozenset({"duty-manager"}))
    with pytest.raises(NotYoursError) as refused:
        house.decide("acme", flag.id, say("confirm"), who)
    assert (refused.value.status, refused.value.role) == (403, "duty-manager")
    assert f'the setting `people.employees` says who is who, such as `agent-17 = ["{name}"]`' in str(refused.value)
    assert house.one("acme", flag.id)[0].state == "open"
    settings = PeopleSettings(employees={"sam": (name,), "E-9": ("person:ola",)})
    with pytest.raises(NotYoursError, match="who had a part in it"):
        house.decide("acme", flag.id, say("confirm"), actor_of(settings, name, roles=["duty-manager"]))
    other = actor_of(settings, "person:ola", roles=["duty-manager"])
    assert house.decide("acme", flag.id, say("confirm"), other).state == "confirmed"


def test_a_key_and_a_login_of_one_employee_are_one() -> None:
    settings = PeopleSettings(employees={"agent-7": ("person:sam@example.org", "key:ab12cd")})
    login, key = (actor_of(settings, name) for name in settings.employees["agent-7"])
    assert login.employees == key.employees == {"agent-7"}
    assert key.is_one_of(["person:sam@example.org"])
    assert login.is_one_of(["key:ab12cd"])
    assert not actor_of(settings, "key:other").is_one_of(["agent-7", "person:sam@example.org", "key:ab12cd"])


def test_one_no_is_enough(house: People) -> None:
    first, second = offer_of_two(house)
    house.decide("acme", second.id, say("decline"), Actor(name="person:kim", roles=frozenset({"ops-manager"})))
    with pytest.raises(SettledError, match="`withdrawn` already"):
        house.decide("acme", first.id, say("approve"), LEAD)
    assert house.one("acme", first.id)[0].state == "withdrawn"
    assert [deed.did for deed in deeds(house, subject=f"task {first.id}")] == ["withdraw"]


def offer_of_two(house: People) -> list[Task]:
    """One offer on which two roles are asked."""
    first = ask(house)
    second = replace(first, id="t_second", role="ops-manager")
    with house.pipeline.store.write() as transaction:
        assert tasks.put(transaction, "acme", second)
    return [first, second]


def test_when_what_follows_fails_nothing_was_decided(store: Store) -> None:
    def fails(deciding: Deciding) -> None:
        deciding.do()
        deciding.happened("incident.confirmed", incident={"id": "I-1"})
        deciding.note("somebody", "did", {}, {})
        raise RuntimeError("planted")

    broken = Kind(
        name="approval",
        names="approvals",
        says="",
        choices=(Choice(name="approve", state="approved", says="", follows=fails),),
    )
    house = replace(people(store), kinds={**KINDS, "approval": broken})
    task = ask(house)
    with pytest.raises(RuntimeError, match="planted"):
        house.decide("acme", task.id, say("approve"), LEAD)
    assert house.one("acme", task.id) == (task, [])
    assert state_of(house, task.document["action"]) == "waiting"
    assert deeds(house) == []
    assert house.pipeline.handle({"id": "e-1", "source": "demo", **event()}, "acme").duplicate


def event() -> dict[str, Any]:
    return {"type": "interaction.received", "occurred_at": NOW.isoformat(), "customer": {"id": "C-1"}}


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ([], [""]),
        ({}, ["/outcome", "/reason"]),
        (say("aprove"), ["/outcome"]),
        (say("approve", reason=" "), ["/reason"]),
        (say("approve", reason="x" * 301), ["/reason"]),
        (say("amend"), ["/amount"]),
        (say("amend", amount="15"), ["/amount"]),
        (say("amend", amount=15, even_though=1), ["/even_though", "/amount"]),
        (say("approve", amount="15.00 GBP"), ["/amount"]),
        (say("approve", **{"a/b": 1}), ["/a~1b"]),
    ],
)
def test_every_fault_of_an_answer_is_told_at_its_place(house: People, body: Any, pointers: list[str]) -> None:
    task = ask(house)
    with pytest.raises(PayloadError) as refused:
        house.decide("acme", task.id, body, LEAD)
    assert [problem.pointer for problem in refused.value.problems] == pointers
    assert house.one("acme", task.id)[0].state == "open"


def test_a_misspelt_outcome_is_guessed(house: People) -> None:
    with pytest.raises(PayloadError, match="one of `approve`, `decline`, `amend`; did you mean `approve`"):
        house.decide("acme", ask(house).id, say("aprove"), LEAD)


def test_another_tenants_task_is_not_there(house: People) -> None:
    task = ask(house)
    for tenant, name, kind in (("other", task.id, None), ("acme", "t_none", None), ("acme", task.id, "flag")):
        with pytest.raises(UnknownTaskError) as unknown:
            house.decide(tenant, name, say("approve"), LEAD, kind)
        assert unknown.value.status == 404
        with pytest.raises(UnknownTaskError):
            house.one(tenant, name, kind)
    with pytest.raises(UnknownTaskError):
        house.page("other", after=task.id)
    assert house.page("other") == []


def test_what_changed_since_it_was_asked_stops_whoever_does_not_say_even_though(house: People) -> None:
    choices = (Choice(name="approve", state="approved", says="", acts=True),)
    stale = Kind(name="approval", names="approvals", says="", choices=choices, changed=lambda _: ["it rained"])
    house = replace(house, kinds={**KINDS, "approval": stale})
    task = ask(house)
    with pytest.raises(ChangedError, match="since this was asked, it rained; say `even_though`") as changed:
        house.decide("acme", task.id, say("approve"), LEAD)
    assert changed.value.changed == ("it rained",)
    done = house.decide("acme", task.id, say("approve", even_though=True), LEAD)
    assert done.document["decided"]["even_though"] == ["it rained"]
    assert deeds(house, subject=f"task {task.id}")[0].after == {
        "state": "approved",
        "role": "team-lead",
        "even_though": True,
    }


def test_shadow_asks_nobody(file_store: Store) -> None:
    shadow = policy(
        "late-delivery", "recovery", field_test("failure.type", "is", "late_delivery"), LATE.outcome, status="shadow"
    )
    house = people(file_store, [shadow])
    house.pipeline.handle({"id": "e-1", "source": "demo", **event(), "failure": {"type": "late_delivery"}}, "acme")
    assert of_kind(house, "approval", None) == []


def test_who_somebody_is_stands_in_the_settings() -> None:
    settings = PeopleSettings(
        roles={"team-lead": ("group:leads",), "director": ("person:kim",)}, employees={"agent-7": ("person:kim",)}
    )
    kim = actor_of(settings, "person:kim", ["leads", "staff"], ["auditor"])
    assert kim.roles == {"team-lead", "director", "auditor"}
    assert kim.is_one_of(["agent-7"])
    assert kim.is_one_of(["Kim"])
    assert not kim.is_one_of(["agent-8", ""])
    assert actor_of(settings, "key:kim").roles == frozenset()
    assert issubclass(TaskError, InboundError)

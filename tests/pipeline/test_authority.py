"""What an employee may give without asking: reserved, counted, asked above it, and never their own to grant."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest

from careengine.decide import decide
from careengine.model.authority import Authority, Room
from careengine.model.facts import Facts
from careengine.store import decisions, reservations
from tests.decide.worlds import CATALOGUE, NOW, pounds
from tests.pipeline.authorities import AGENT, HOUR, LEAD, authority, served
from tests.pipeline.house import pipeline
from tests.pipeline.limits import GOODWILL, limit, offering, told_of

if TYPE_CHECKING:
    from careengine.model.policy import Policy
    from careengine.pipeline import Pipeline
    from careengine.store import Store


@pytest.fixture
def line(file_store: Store) -> Pipeline:
    return house(file_store)


def house(store: Store, *rules: Policy) -> Pipeline:
    return pipeline(store, rules or [offering("40.00"), authority()], deliverable=("offer", "alert", "note"))


def handle(line: Pipeline, document: dict[str, Any]) -> dict[str, Any]:
    return line.handle(document, "acme").decision


def status(decision: dict[str, Any]) -> str:
    return next(str(action["status"]) for action in decision["actions"] if action["type"] == "offer")


def asked(decision: dict[str, Any]) -> tuple[str, str]:
    (restraint,) = decision["restraints"]
    return restraint["to"], restraint["why"]


def left(decision: dict[str, Any]) -> dict[str, str | None]:
    return {room["per"]: room["left"] for room in decision["authority"]}


def test_what_is_within_it_goes_out_and_what_is_left_is_told(line: Pipeline) -> None:
    first = handle(line, served("e-1"))
    assert status(first) == "execute"
    assert first["authority"] == [
        {
            "policy": "frontline",
            "status": "live",
            "amount": "50.00 GBP",
            "per": "case",
            "scope": "case:T-1",
            "used": "40.00 GBP",
            "left": "10.00 GBP",
        },
        {
            "policy": "frontline",
            "status": "live",
            "amount": "90.00 GBP",
            "per": "day",
            "scope": "employee:E-7",
            "used": "40.00 GBP",
            "left": "50.00 GBP",
        },
    ]


def test_a_case_has_one_room_whoever_serves_it(line: Pipeline) -> None:
    handle(line, served("e-1"))
    second = handle(line, served("e-2", employee="E-8"))
    assert status(second) == "await_approval"
    why = "agent may give 50.00 GBP for each case; 40.00 GBP of it are used, and 40.00 GBP are wanted"
    assert asked(second) == ("team-lead", why)
    assert left(second) == {"case": "10.00 GBP", "day": "90.00 GBP"}


def test_a_day_has_one_room_for_each_employee(line: Pipeline) -> None:
    assert status(handle(line, served("e-1", case="T-1"))) == "execute"
    assert status(handle(line, served("e-2", case="T-2"))) == "execute"
    third = handle(line, served("e-3", case="T-3"))
    assert asked(third)[1] == (
        "agent may give 90.00 GBP a day (Europe/London); 80.00 GBP of it are used, and 40.00 GBP are wanted"
    )
    assert status(handle(line, served("e-4", employee="E-8", case="T-4"))) == "execute"
    later = NOW + 24 * HOUR
    dated = handle(line, served("e-5", case="T-5", occurred_at=later.isoformat()))
    assert status(dated) == "await_approval"  # it is given today, whatever the event says
    line.clock = lambda: later
    assert status(handle(line, served("e-6", case="T-6", occurred_at=later.isoformat()))) == "execute"


def test_what_came_to_nothing_makes_room_again(line: Pipeline) -> None:
    first = handle(line, served("e-1"))
    offer = next(action["id"] for action in first["actions"] if action["type"] == "offer")
    handle(line, told_of("e-2", "offer.declined", offer))
    assert status(handle(line, served("e-3"))) == "execute"


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (served("e-1", case=None), "it is not known which case it is for"),
        (served("e-1") | {"employee": {"id": "E-7"}}, "it is not known which role the employee has"),
        (served("e-1") | {"employee": {"role": "agent"}}, "it is not known which employee it is for"),
    ],
)
def test_what_is_not_known_is_a_question(line: Pipeline, event: dict[str, Any], says: str) -> None:
    decision = handle(line, event)
    assert status(decision) == "await_approval"
    assert asked(decision) == ("team-lead", says)


def test_without_an_employee_the_rule_itself_gives(line: Pipeline) -> None:
    decision = handle(line, served("e-1", employee=None))
    assert status(decision) == "execute"
    assert "authority" not in decision
    assert "restraints" not in decision


def test_another_role_is_bound_by_its_own(file_store: Store) -> None:
    line = house(file_store, offering("90.00"), authority(), authority(LEAD, "leads"))
    lead = handle(line, served("e-1", employee=None) | {"employee": {"id": "E-9", "role": "team-lead"}})
    assert status(lead) == "execute"
    assert left(lead) == {"case": "110.00 GBP"}
    assert status(handle(line, served("e-2", case="T-2"))) == "await_approval"


def test_whoever_could_not_say_yes_is_not_asked(file_store: Store) -> None:
    line = house(file_store, offering("250.00"), authority(), authority(LEAD, "leads"))
    assert asked(handle(line, served("e-1")))[0] == "ops-manager"


def test_what_is_owed_needs_nobodys_authority(file_store: Store) -> None:
    line = house(file_store, offering("900.00", family="entitlement"), authority())
    decision = handle(line, served("e-1"))
    assert status(decision) == "execute"
    assert left(decision) == {"case": "50.00 GBP", "day": "90.00 GBP"}


def test_another_currency_is_a_question_unless_an_authority_speaks_of_it(file_store: Store) -> None:
    euros = offering("40.00", currency="EUR")
    line = house(file_store, euros, authority())
    assert asked(handle(line, served("e-1")))[1] == "40.00 EUR cannot be counted towards amounts in GBP"
    room = Room(amount=replace(pounds("60.00"), currency="EUR"), per="case")
    in_euros = Authority(role="agent", may=(room,), above=AGENT.above)
    line = house(file_store, euros, authority(), authority(in_euros, "frontline-eu"))
    assert status(handle(line, served("e-2"))) == "execute"


def test_in_shadow_it_only_shows(file_store: Store) -> None:
    line = house(file_store, offering("70.00"), authority(status="shadow"))
    decision = handle(line, served("e-1"))
    assert status(decision) == "execute"
    assert decision["restraints"][0]["did"] == "asked"
    assert decision["authority"][0]["status"] == "shadow"


def test_a_limit_that_asks_and_an_authority_that_asks_need_both(file_store: Store) -> None:
    line = house(file_store, offering("70.00"), limit(count=1), authority())
    handle(line, served("e-1", employee=None))
    second = handle(line, served("e-2"))
    offer = next(action for action in second["actions"] if action["type"] == "offer")
    assert offer["params"]["approvers"] == ["team-lead"]
    with file_store.read() as reader:
        kept = reservations.of_action(reader, "acme", offer["id"])
    assert {(one.policy, one.state) for one in kept} == {("frontline", "waiting"), ("goodwill-once", "waiting")}


def test_the_last_pounds_are_given_once(store: Store) -> None:
    line, at_once = house(store), 8
    for turn in range(3):
        start = Barrier(at_once)

        def send(number: int, turn: int = turn, start: Barrier = start) -> str:
            start.wait(30)
            name = f"{turn}-{number}"
            return status(handle(line, served(f"e-{name}", case=f"T-{turn}", customer=f"C-{name}")))

        with ThreadPoolExecutor(at_once) as several:
            found = list(several.map(send, range(at_once)))
        # The employee's day holds two such offers; each case holds one.
        assert found.count("execute") == (1 if turn < 2 else 0)


def test_the_same_decision_is_made_again_from_what_is_kept(file_store: Store) -> None:
    line = house(file_store)
    handle(line, served("e-1"))
    second = handle(line, served("e-2"))
    with file_store.read() as reader:
        kept = decisions.get(reader, "acme", second["id"])
        assert kept is not None
    assert any(key.startswith("used(frontline case:T-1") for key in kept.facts["state"])
    again = decide(Facts.from_snapshot(kept.facts, CATALOGUE), line.policies())
    assert again.to_json() == kept.decision == second


def test_goodwill_of_nobody_is_asked_for_once_by_several_authorities(file_store: Store) -> None:
    line = house(file_store, GOODWILL, authority(), authority(LEAD, "leads"))
    decision = handle(line, served("e-1", employee=None) | {"employee": {"id": "E-7"}})
    assert asked(decision) == ("team-lead", "it is not known which role the employee has")

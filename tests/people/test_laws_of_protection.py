"""The laws of protection, over whatever may happen to a customer and whatever people say to it."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from careengine.decide import decide
from careengine.model.facts import Facts
from careengine.model.history import Entry
from careengine.model.policy import Escalation, Offer, Recovery
from careengine.model.protection import EXCLUSIONS, KEPT
from careengine.model.restrictions import IMPOSED, PROPOSED, Counted, Restrictions, Standing
from careengine.model.state import RecordedState
from careengine.people import Actor
from careengine.store import Store
from tests.decide.worlds import NOW, field_test, policy, policy_set, pounds
from tests.people.conduct import LEAD, MANAGER, TOLD, House, rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from careengine.model.decision import Decision
    from careengine.model.value import Value

DAY = timedelta(days=1)
LADDER = rules("abuse-ladder").policies[0]
SUPPORT = rules("abuse-reported").policies[0]
EVENTS = ("incident.reported", "incident.confirmed", "incident.rejected", "interaction.received", "failure.recorded")
TOLD_OF = frozenset((*EVENTS, "appeal.made"))
STATES = (PROPOSED, IMPOSED, "declined", "ended")

INCIDENTS = st.lists(
    st.builds(
        lambda number, days, status: Entry(
            at=NOW - days * DAY, kind="incidents", ref=f"I-{number}", status=status, severity=2
        ),
        st.integers(0, 5),
        st.integers(0, 200),
        st.sampled_from(["reported", "confirmed", "rejected"]),
    ),
    max_size=8,
)
STANDINGS = st.lists(
    st.builds(
        lambda number, step, state, counted: Standing(
            id=f"a_{number}",
            customer="C-1",
            policy="abuse-ladder",
            step=step,
            state=state,
            to="director",
            incident=f"I-{number}",
            as_of=NOW - number * DAY,
            counted=tuple(Counted(incident=f"I-{one}", at=NOW - (number + one) * DAY, severity=2) for one in counted),
            start=NOW - DAY if state == IMPOSED else None,
            end=NOW + DAY if state == IMPOSED else None,
            appeal_to="ops-manager",
            appeal_until=NOW + DAY,
        ),
        st.integers(0, 5),
        st.sampled_from(["written_warning", "restricted_channel", "suspension"]),
        st.sampled_from(STATES),
        st.lists(st.integers(0, 5), unique=True, max_size=4),
    ),
    max_size=4,
    unique_by=lambda one: one.id,
)
MAYBE = st.sampled_from([True, False, None])


@st.composite
def conduct(draw: st.DrawFn) -> dict[str, Value]:
    """An event about a customer, with whatever was said of their conduct."""
    drawn: dict[str, Any] = {
        "type": draw(st.sampled_from(sorted(TOLD_OF))),
        "customer.id": "C-1",
        "case.id": "T-1",
        "incident.id": f"I-{draw(st.integers(0, 5))}",
        "incident.category": draw(st.sampled_from(["insult", "threat", "violence", None])),
        "incident.severity": draw(st.sampled_from([1, 2, 4, None])),
        "incident.credible": draw(MAYBE),
        "incident.in_distress": draw(MAYBE),
        "incident.complaint_itself": draw(MAYBE),
        "incident.disability_related": draw(MAYBE),
        "incident.evidence": draw(st.sampled_from([("call-1",), None])),
        "incident.target": "E-7",
        "customer.vulnerability": draw(st.sampled_from([None, None, ("bereavement",)])),
        "failure.type": draw(st.sampled_from(["missed_appointment", None])),
    }
    return {path: value for path, value in drawn.items() if value is not None}


def facts(fields: Mapping[str, Value], past: Sequence[Entry], standing: Sequence[Standing]) -> Facts:
    own: dict[str, Value] = {"id": "e-1", "source": "demo", "occurred_at": NOW}
    state = RecordedState({Restrictions(customer="C-1").key: [one.to_json() for one in standing]})
    return Facts.of({**own, **fields}, NOW, past, "", state)


def owed(kind: str, family: str) -> Any:
    outcome = Recovery(steps=("fix", "offer"), offer=Offer(family=family, amount=pounds("30.00")))
    return policy(kind, kind, field_test("failure.type", "is", "missed_appointment"), outcome, events=TOLD_OF)


OWED = owed("entitlement", "entitlement")
COMPLAINT = policy(
    "complaint",
    "escalation",
    field_test("case.id", "present", True),
    Escalation(to="complaints-desk", level=3),
    events=TOLD_OF,
)
RULES = policy_set([LADDER, SUPPORT, COMPLAINT, OWED])


def kept(decision: Decision) -> list[dict[str, Any]]:
    """What no conduct may change: what is owed, and the way to complain."""
    mine = ("entitlement", "complaint")
    return [one.to_json() for one in decision.actions if one.policies[0] in mine and one.type != "note"]


@settings(max_examples=150)
@given(conduct(), INCIDENTS, STANDINGS)
def test_no_conduct_and_no_restriction_lowers_what_is_owed_or_closes_the_complaint_route(
    fields: dict[str, Value], past: list[Entry], standing: list[Standing]
) -> None:
    after = decide(facts(fields, past, standing), RULES)
    spotless = {path: value for path, value in fields.items() if not path.startswith("incident.")}
    # The same event without a word of conduct: not even its type tells of any.
    spotless = {**spotless, "type": "interaction.received"}
    before = decide(facts(spotless, [], []), RULES)
    assert kept(after) == kept(before)
    assert not {withheld.policy for withheld in after.withheld} & {"entitlement", "complaint"}


@settings(max_examples=300)
@given(conduct(), INCIDENTS, STANDINGS)
def test_the_machine_only_proposes_and_only_with_due_process(
    fields: dict[str, Value], past: list[Entry], standing: list[Standing]
) -> None:
    decision = decide(facts(fields, past, standing), RULES)
    for action in decision.actions:
        if action.type == "restrict":
            assert action.status == "propose"
            assert action.params["kept"] == list(KEPT)
            assert action.params["expires"]
            assert action.params["appeal_to"] == "ops-manager"
        if action.type == "restrict" and "instead_of" not in action.params:
            assert "incident.evidence" in fields
            assert "customer.vulnerability" not in fields
            assert [fields.get(field) for field in EXCLUSIONS.values()] == [False, False, False]
        if action.type == "lift":
            # It can only become less: a lift takes a restriction away that is asked about or in force.
            assert action.params["restriction"] in {one.id for one in standing if one.is_live}


@settings(max_examples=100)
@given(conduct(), INCIDENTS, STANDINGS)
def test_support_is_given_at_once_whatever_else_is_so(
    fields: dict[str, Value], past: list[Entry], standing: list[Standing]
) -> None:
    reported = {**fields, "type": "incident.reported", "incident.category": "insult"}
    decision = decide(facts(reported, past, standing), RULES)
    [support] = [action for action in decision.actions if action.type == "support"]
    assert support.status == "execute"
    assert set(SUPPORT.outcome.support) <= set(support.params["measures"])  # type: ignore[union-attr]
    assert support.params["employee"] == "E-7"


OTHER = Actor(name="person:ola", roles=MANAGER.roles, employees=frozenset({"E-8"}))


def lived(folder: Path, days: Sequence[int], threats: frozenset[int], none: frozenset[int]) -> House:
    """Incidents so many days apart, those in `none` rejected, the others confirmed; every step that follows imposed."""
    house = House(Store.open(f"sqlite:///{folder / f'{len(none)}.db'}"))
    for number, gap in enumerate(days):
        house.wait(gap * DAY)
        more: dict[str, Any] = {"category": "threat", "credible": True} if number in threats else {}
        house.report(f"I-{number}", **more)
        house.decide(house.open("incident")[0], "reject" if number in none else "confirm", LEAD)
        for task in house.open("restriction"):
            house.decide(task, "impose", MANAGER, **TOLD)
    return house


def live(house: House) -> set[tuple[str, str]]:
    return {(one.incident, one.step) for one in house.standing() if one.is_live}


@settings(max_examples=12)
@given(
    st.lists(st.sampled_from([0, 1, 9, 20]), min_size=2, max_size=5),
    st.frozensets(st.integers(0, 4), max_size=1),
    st.data(),
)
def test_after_an_appeal_that_is_granted_it_is_as_if_the_incident_had_not_been(
    days: list[int], threats: frozenset[int], data: st.DataObject
) -> None:
    with TemporaryDirectory() as name:
        house = lived(Path(name), days, threats, frozenset())
        still = [one for one in house.standing() if one.appeal_until and one.appeal_until >= house.now]
        with closing(house.store):
            if not still:
                return
            contested = data.draw(st.sampled_from(still))
            house.tell("appeal.made", "appeal", appeal={"restriction": contested.id})
            house.decide(house.open("appeal")[0], "overturn", OTHER)
            after = live(house)
        number = int(contested.incident.partition("-")[2])
        without = lived(Path(name), days, threats, frozenset({number}))
        with closing(without.store):
            if number in threats:  # a reported threat is put to a person before anybody can reject it
                assert {one for one in live(without) if one[0] != contested.incident} == after
            else:
                assert live(without) == after

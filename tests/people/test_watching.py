"""Reviews of the rules: counted exactly, asked once, closed only with something to show for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from careengine.errors import PayloadError, UnknownDecisionError
from careengine.model.condition import AllOf
from careengine.model.watch import Watch
from careengine.people import Actor, People
from careengine.people.overriding import override
from careengine.pipeline.watching import look, open_reviews
from careengine.store import audit, decisions, watching
from careengine.store.removal import remove_events
from tests.decide.worlds import NOW, policy, policy_set
from tests.people.house import LATE, LEAD, ask, of_kind, people, say
from tests.pipeline.house import contact
from tests.pipeline.limits import GOODWILL, failure, limit

if TYPE_CHECKING:
    from careengine.model.policy import Policy
    from careengine.store import Store

DAY = timedelta(days=1)
MONTH = timedelta(days=30)
AT_WORK = replace(LATE, document={"id": "late-delivery", "status": "live"})
OWNER = Actor(name="person:ona", roles=frozenset({"care-operations", "team-lead"}), employees=frozenset({"E-1"}))


def review(name: str = "watch", **signs: Any) -> Policy:
    watch = Watch(within=MONTH, n_at_least=4, **signs)
    return policy(name, "review", AllOf(pointer="", items=()), watch, events=())


@dataclass
class World:
    """A house whose clock can be set."""

    store: Store
    at: datetime = NOW

    def __post_init__(self) -> None:
        self.number = 0

    def house(self, *rules: Policy) -> People:
        return people(self.store, rules, clock=lambda: self.at)

    def late(self, house: People, outcome: str = "", **more: Any) -> Any:
        """A late delivery, and what the team lead says to the offer."""
        self.number += 1
        customer = {"id": f"C-{self.number}"}
        task = ask(house, f"e-{self.number}", customer=customer)
        if outcome:
            house.decide("acme", task.id, {**say(outcome), "even_though": True, **more}, LEAD)
        return task

    def found(self, house: People, tenant: str = "acme") -> dict[str, list[str]]:
        with self.store.read() as reader:
            looked = look(reader, tenant, house.pipeline.policies(), self.at)
            return {one.policy.id: [sign.sign for sign in one.signs] for one in looked}

    def open(self, house: People) -> int:
        return len(open_reviews(self.store, "acme", house.pipeline.policies(), self.at))


@pytest.fixture
def world(file_store: Store) -> World:
    return World(file_store)


def test_what_people_decline_and_amend_is_kept_against_the_rule(store: Store) -> None:
    world = World(store)
    house = world.house(LATE, review(overridden=50))
    for outcome, more in (("approve", {}), ("approve", {}), ("decline", {}), ("amend", {"amount": "5.00 GBP"})):
        world.late(house, outcome, **more)
    assert world.found(house) == {"late-delivery": ["overridden"]}
    world.late(house, "approve")
    assert world.found(house) == {}  # two of five are less than half


def test_too_few_say_nothing(world: World) -> None:
    house = world.house(LATE, review(overridden=50, granted=90))
    for _ in range(3):
        world.late(house, "decline")
    assert world.found(house) == {}


def test_an_approval_that_is_always_granted(world: World) -> None:
    house = world.house(LATE, review(granted=95))
    for _ in range(4):
        world.late(house, "approve")
    assert world.found(house) == {"late-delivery": ["granted"]}
    world.late(house, "decline")
    assert world.found(house) == {}


def test_windows_are_exact(world: World) -> None:
    house = world.house(LATE, review(overridden=100))
    for _ in range(4):
        world.late(house, "decline")
    world.at = NOW + MONTH - timedelta(seconds=1)
    assert world.found(house) == {"late-delivery": ["overridden"]}
    world.at = NOW + MONTH
    assert world.found(house) == {}


def test_the_owner_is_asked_once_until_it_is_closed_and_then_it_is_counted_anew(world: World) -> None:
    house = world.house(LATE, review(overridden=50), review("other", granted=1, overridden=10))
    for _ in range(4):
        world.late(house, "decline")
    assert world.open(house) == 1
    world.at += DAY
    assert world.open(house) == 0
    (task,) = of_kind(house, "rule-review")
    assert (task.role, task.policy) == ("care-operations", "late-delivery")
    assert task.document["reviews"] == ["other", "watch"]
    assert "people did otherwise 4 of the 4 times that it matched within 30 days" in task.document["asks"]
    house.decide("acme", task.id, say("decline"), OWNER)
    assert world.found(house) == {}
    world.at += DAY
    for _ in range(4):
        world.late(house, "decline")
    assert world.open(house) == 1


def test_it_is_closed_as_amended_only_when_the_rule_reads_otherwise(world: World) -> None:
    house = world.house(LATE, review(overridden=50))
    for _ in range(4):
        world.late(house, "decline")
    world.open(house)
    (task,) = of_kind(house, "rule-review")
    with pytest.raises(PayloadError, match="amend it first"):
        house.decide("acme", task.id, say("amend"), OWNER)
    with pytest.raises(PayloadError, match="page of the playbook"):
        house.decide("acme", task.id, say("update_playbook"), OWNER)
    assert of_kind(house, "rule-review")
    other = world.house(replace(LATE, document={"title": "another"}))
    assert other.decide("acme", task.id, say("amend"), OWNER).state == "amended"


def test_exceptions_are_counted_by_their_name_whoever_made_them(world: World) -> None:
    house = world.house(LATE, review(exceptions=3))
    for _ in range(3):
        world.late(house)
    cases = [task.document["decision"] for task in of_kind(house, "approval")]
    made = (("local:a", "No Receipt", 0), ("local:b", "no receipt", 1), ("local:c", "other", 2))
    for actor, name, case in made:
        kept(world, house, cases[case], exception=name, actor=actor)
    assert world.found(house) == {}
    kept(world, house, cases[2], exception="no  receipt")
    assert world.found(house) == {"late-delivery": ["exception"]}


def test_cases_are_counted_and_not_how_often_somebody_says_so(store: Store) -> None:
    world = World(store)
    house = world.house(LATE, review(exceptions=2, overridden=50))
    for _ in range(4):
        world.late(house)
    tasks = of_kind(house, "approval")
    for _ in range(5):
        kept(world, house, tasks[0].document["decision"], exception="no receipt")
    house.decide("acme", tasks[0].id, {**say("decline"), "even_though": True}, LEAD)
    assert world.found(house) == {}  # it is one of four
    kept(world, house, tasks[1].document["decision"], exception="no receipt")
    assert world.found(house) == {"late-delivery": ["overridden", "exception"]}


def test_what_a_rule_showed_in_shadow_is_not_counted(store: Store) -> None:
    world = World(store)
    watched = review(overridden=100, silent_for=20 * DAY)
    rules = policy_set([replace(AT_WORK, status="shadow", document={"id": AT_WORK.id, "status": "shadow"}), watched])
    before = people(world.store, replace(rules, hash="1" * 64), clock=lambda: world.at)
    for number in range(10):
        before.pipeline.handle(contact(f"s-{number}", type="failure.recorded"), "acme")
    house = world.house(AT_WORK, watched)
    for _ in range(4):
        world.late(house, "decline")
    assert world.found(house) == {"late-delivery": ["overridden"]}
    with world.store.read() as reader:
        assert watching.counts(reader, "acme", NOW - DAY, NOW)["late-delivery"].fired == 4
    world.at = NOW + 19 * DAY
    before.pipeline.handle(contact("s-10", type="failure.recorded"), "acme")
    world.at = NOW + 20 * DAY
    assert "silent" in world.found(house)["late-delivery"]


def test_a_no_to_what_a_rule_asked_for_stands_in_its_audit_like_every_other_override(world: World) -> None:
    house = world.house(LATE, review(exceptions=3))
    world.late(house)
    [task] = house.page("acme", kind="approval")
    kept(world, house, task.document["decision"])
    house.decide("acme", task.id, say("decline"), LEAD)
    with world.store.read() as reader:
        found = audit.page(reader, "acme", subject="policy late-delivery")
    told = [(entry.deed.actor, entry.deed.did, (entry.deed.after or {})["did"]) for entry in found]
    assert told == [("person:kim", "override", "declined"), ("local:kim", "override", "otherwise")]


def kept(world: World, house: People, decision: str, actor: str = "local:kim", **more: Any) -> Any:
    body = {"decision": decision, "policy": "late-delivery", "did": "otherwise", "reason": "it was right", **more}
    with world.store.write() as transaction:
        return override(transaction, "acme", house.pipeline.policies(), body, actor, world.at)


def test_a_rule_that_matches_nothing_any_more(world: World) -> None:
    house = world.house(AT_WORK, review(silent_for=60 * DAY))
    world.late(house)
    world.at = NOW + 60 * DAY - timedelta(seconds=1)
    assert world.found(house) == {}
    world.at = NOW + 60 * DAY
    assert world.found(house) == {"late-delivery": ["silent"]}


def test_a_rule_that_never_matched_is_silent_since_it_is_at_work(world: World) -> None:
    watched = review(silent_for=60 * DAY)
    world.house(watched).pipeline.handle(contact("e-0"), "acme")
    later = replace(policy_set([AT_WORK, watched]), hash="1" * 64)
    house = people(world.store, later, clock=lambda: world.at)
    world.at = NOW + 10 * DAY
    house.pipeline.handle(contact("e-1"), "acme")
    world.at = NOW + 69 * DAY
    assert world.found(house) == {}
    world.at = NOW + 70 * DAY
    assert world.found(house) == {"late-delivery": ["silent"]}


def test_only_the_kinds_that_are_watched(world: World) -> None:
    house = world.house(LATE, review(overridden=1, kinds=frozenset({"escalation"})))
    for _ in range(4):
        world.late(house, "decline")
    assert world.found(house) == {}


def test_an_escalated_exception_is_a_question_to_the_owner(world: World) -> None:
    house = world.house(LATE)
    world.late(house)
    decision = house.page("acme", kind="approval")[0].document["decision"]
    made = kept(world, house, decision, actor="person:ona", escalate=True)
    (task,) = of_kind(house, "exception")
    assert made.to_json()["task"] == task.id
    assert task.role == "care-operations"
    assert task.document["asks"].endswith("somebody did otherwise, because it was right")
    assert {choice.state for choice in house.kinds["exception"].choices} == {"amended", "playbook_updated", "declined"}
    other = Actor(name="person:lee", roles=OWNER.roles, employees=frozenset({"E-2"}))
    done = house.decide("acme", task.id, say("update_playbook", playbook="recovery/late"), other)
    assert (done.state, done.document["decided"]["playbook"]) == ("playbook_updated", "recovery/late")


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ([], [""]),
        ({}, ["/decision", "/policy", "/did", "/reason"]),
        ({"did": "ignored", "reason": " "}, ["/did", "/reason"]),
        ({"exception": "", "escalate": "yes"}, ["/exception", "/escalate"]),
        ({"policy": "another"}, ["/policy"]),
        ({"decision": "d\0", "policy": "x" * 201}, ["/decision", "/policy"]),
    ],
)
def test_what_is_wrong_with_it_is_told_and_nothing_is_kept(world: World, body: Any, places: list[str]) -> None:
    house = world.house(LATE, review(exceptions=1))
    world.late(house)
    decision = house.page("acme", kind="approval")[0].document["decision"]
    good = {"decision": decision, "policy": "late-delivery", "did": "otherwise", "reason": "it was right"}
    whole = {**good, **body} if isinstance(body, dict) and body else body
    with world.store.write() as transaction, pytest.raises(PayloadError) as refused:
        override(transaction, "acme", house.pipeline.policies(), whole, "local:kim", NOW)
    assert [problem.pointer for problem in refused.value.problems] == places
    assert world.found(house) == {}


def test_a_decision_that_is_not_kept_is_overridden_by_nobody(world: World) -> None:
    house = world.house(LATE, review(exceptions=1))
    body = {"decision": "d_0", "policy": "late-delivery", "did": "otherwise", "reason": "it was right"}
    with world.store.write() as transaction, pytest.raises(UnknownDecisionError, match="there is no decision `d_0`"):
        override(transaction, "acme", house.pipeline.policies(), body, "local:kim", NOW)


def test_another_tenant_sees_nothing_of_it(world: World) -> None:
    house = world.house(LATE, review(overridden=1, exceptions=1, silent_for=DAY))
    for _ in range(4):
        world.late(house, "decline")
    world.at += MONTH
    assert world.found(house, "other") == {}


def test_what_was_erased_is_not_counted(world: World) -> None:
    house = world.house(LATE, review(overridden=100))
    for _ in range(4):
        world.late(house, "decline")
    with world.store.write() as transaction:
        remove_events(transaction, "acme", [1], NOW)
    assert world.found(house) == {}


def test_counting_reads_indexes_only(world: World) -> None:
    plans = []
    with world.store.read() as reader:
        counted = (("matches", "*", " AND live"), ("overrides", "DISTINCT decision", ""))
        for table, what, live in counted:
            when = f"at > '2026' AND at <= '2027'{live}"
            asked = f"SELECT count({what}) FROM {table} WHERE tenant = 'a' AND policy = 'p' AND {when}"
            plans.append(str(reader.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}").all()))
        assert watching.counts(reader, "acme", NOW, NOW, "p") == {}
    assert all("USING COVERING INDEX" in plan for plan in plans)


def test_many_rules_are_read_together(world: World) -> None:
    """However many rules there are, it takes the same few statements, and none of them is in the writer."""
    many = [replace(AT_WORK, id=f"late-{number}") for number in range(500)]
    rules = policy_set([*many, review(overridden=50, silent_for=DAY)])
    asked: list[str] = []
    with world.store.read() as reader:
        event.listen(reader, "before_cursor_execute", lambda *given: asked.append(given[2]))
        assert list(look(reader, "acme", rules, NOW)) == []
    assert 0 < len(asked) <= 9


def test_who_is_asked_meanwhile_is_not_asked_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    house = world.house(LATE, review(overridden=50))
    for _ in range(4):
        world.late(house, "decline")
    looked = iter([True])

    def slow(*given: Any) -> list[Any]:
        found = list(look(*given))
        if next(looked, False):
            assert world.open(house) == 1
        return found

    monkeypatch.setattr("careengine.pipeline.watching.look", slow)
    assert world.open(house) == 0
    assert len(of_kind(house, "rule-review")) == 1


def guarded(world: World, **signs: Any) -> People:
    """Late deliveries, of which a customer gets something once in two months without a question."""
    once = limit()
    documents = {one.id: {"id": one.id, "status": "live"} for one in (GOODWILL, once)}
    rules = [replace(one, document=documents[one.id]) for one in (GOODWILL, once)]
    return world.house(*rules, review(**signs))


def test_a_guardrail_is_silent_until_it_has_a_say(world: World) -> None:
    """What only takes up room had none."""
    house = guarded(world, silent_for=30 * DAY, kinds=frozenset({"limit"}))
    house.pipeline.handle(failure("e-1"), "acme")
    world.at = NOW + 30 * DAY - timedelta(seconds=1)
    assert world.found(house) == {}
    world.at = NOW + 30 * DAY
    assert world.found(house) == {"goodwill-once": ["silent"]}
    assert world.open(house) == 1
    (task,) = of_kind(house, "rule-review")
    assert task.document["asks"].endswith("looks at the rule goodwill-once: it has done nothing for 30 days")
    house.pipeline.handle(failure("e-2"), "acme")
    assert world.found(house) == {}
    with world.store.read() as reader:
        assert [one.event["id"] for one in decisions.page(reader, "acme", kind="limit")] == ["e-2"]


def test_a_guardrail_whose_questions_are_always_granted(store: Store) -> None:
    world = World(store)
    house = guarded(world, granted=95)
    for number in range(5):
        house.pipeline.handle(failure(f"e-{number}"), "acme")
    asked = of_kind(house, "approval")
    assert len(asked) == 4
    assert {task.policy for task in asked} == {"goodwill"}
    for task in asked:
        house.decide("acme", task.id, {**say("approve"), "even_though": True}, LEAD)
    assert world.found(house) == {"goodwill": ["granted"], "goodwill-once": ["granted"]}
    with world.store.read() as reader:
        alone = watching.counts(reader, "acme", NOW - DAY, NOW, "goodwill-once")
    assert {name: (one.fired, one.asked, one.granted) for name, one in alone.items()} == {"goodwill-once": (4, 4, 4)}


def test_a_guardrail_that_had_a_say_is_overridden(world: World) -> None:
    house = guarded(world, overridden=100, exceptions=4)
    for number in range(5):
        answer = house.pipeline.handle(failure(f"e-{number}"), "acme")
        body = {
            "decision": answer.decision["id"],
            "policy": "goodwill-once",
            "did": "otherwise",
            "reason": "it was due",
        }
        with world.store.write() as transaction:
            if number:
                override(transaction, "acme", house.pipeline.policies(), body, "local:kim", NOW)
            else:
                with pytest.raises(PayloadError, match="a policy that had a say"):
                    override(transaction, "acme", house.pipeline.policies(), body, "local:kim", NOW)
    assert world.found(house) == {"goodwill-once": ["overridden", "exception"]}

"""Standards at work: clocks start, stop, pause and go on, their milestones come once, and they keep cases open.

The test owns the clock. Everything is real: rule files, the pipeline, the timekeeper, both databases.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from careengine import resources
from careengine.backtest.replay import replay
from careengine.delivery.timekeeper import Timekeeper
from careengine.model.value import parse_instant
from careengine.policy.loader import load
from careengine.store import Store, clocks, people, tables, timers
from tests.decide.worlds import CATALOGUE, policy_set
from tests.pipeline.house import pipeline
from tests.store.shelf import NOW

if TYPE_CHECKING:
    from pathlib import Path

    from careengine.model.policy import PolicySet
    from careengine.store.clocks import Clock

RULES = resources.rules_folder()
MONDAY = parse_instant("2026-03-02T09:00:00Z")
HOUR, TEN = timedelta(hours=1), timedelta(minutes=10)
NUMBERS = count(1)


def rules(*ids: str) -> PolicySet:
    return load([next(RULES.rglob(f"{name}.yaml")) for name in ids], CATALOGUE, bring=True)


class World:
    """A service on a store: events come in, time passes, timers fire."""

    def __init__(self, store: Store, policies: PolicySet) -> None:
        self.store, self.now = store, MONDAY
        self.line = pipeline(store, policies, clock=lambda: self.now)
        self.keeper = Timekeeper(store=store, tenant="acme", handle=self.line.handle_any, clock=lambda: self.now)
        self.said: list[str] = []

    def event(self, kind: str, at: datetime | None = None, **more: Any) -> list[str]:
        """What the decision on an event asks for."""
        self.now = at or self.now
        document = {
            "id": f"e-{next(NUMBERS)}",
            "source": "demo",
            "type": kind,
            "occurred_at": self.now.isoformat(),
            "customer": {"id": "C-1"},
            "case": {"id": "T-1", "status": "open"},
        }
        decision = self.line.handle(document | more, "acme").decision
        asked = [f"{one['type']} {one['params'].get('to', '')}".strip() for one in decision["actions"]]
        self.said += asked
        return [one for one in asked if one != "note"]

    def until(self, at: str) -> list[str]:
        """Let time pass; what timers led to, each with the instant it was due."""
        self.now = parse_instant(at)
        before = self._fired()
        self.keeper.run_once()
        return self._fired()[len(before) :]

    def _fired(self) -> list[str]:
        ours = select(tables.decisions.c.decision).order_by(tables.decisions.c.seq)
        with self.store.read() as reader:
            decided = list(reader.scalars(ours))
        return [
            f"{one['as_of'][5:16]} {action['type']} {action['params'].get('to', '')}"
            for one in decided
            if one["interaction"].startswith("careengine:")
            for action in one["actions"]
            if action["type"] != "note"
        ]

    def clock(self, policy: str, subject: str = "case:T-1", source: str = "demo") -> Clock:
        with self.store.read() as reader:
            found = clocks.one(reader, "acme", policy, source, subject)
        assert found is not None
        return found

    def reply(self, at: str, actor: str = "agent") -> list[str]:
        return self.event("interaction.received", parse_instant(at), direction="outbound", actor={"type": actor})

    def status(self, at: str, status: str) -> list[str]:
        return self.event("case.updated", parse_instant(at), case={"id": "T-1", "status": status})


@pytest.fixture
def world(store: Store) -> World:
    return World(store, rules("first-response"))


def test_each_milestone_comes_once_and_to_the_second(world: World) -> None:
    assert world.event("case.opened") == ["clock"]
    assert world.until("2026-03-02T10:59:59Z") == []
    assert world.until("2026-03-02T11:00:00Z") == ["03-02T11:00 alert case-owner"]
    assert world.until("2026-03-02T11:00:00Z") == []
    assert world.until("2026-03-02T12:30:00Z") == ["03-02T12:30 alert case-owner"]
    assert world.until("2026-03-02T13:00:00Z") == ["03-02T13:00 escalate team-lead"]
    assert world.until("2026-03-02T15:00:00Z") == ["03-02T15:00 escalate ops-manager"]
    assert world.until("2026-04-02T15:00:00Z") == []
    assert world.clock("first-response").state == "running"
    assert world.reply("2026-03-02T16:00:00Z") == []
    assert world.clock("first-response").state == "missed"


def test_a_persons_answer_ends_it_and_a_bots_does_not(world: World) -> None:
    world.event("case.opened")
    world.reply("2026-03-02T09:00:05Z", actor="bot")
    assert world.clock("first-response").state == "running"
    world.event("interaction.received", direction="inbound", actor={"type": "customer"})
    assert world.clock("first-response").state == "running"
    world.reply("2026-03-02T10:00:00Z")
    ended = world.clock("first-response")
    assert (ended.state, ended.ended_at) == ("met", parse_instant("2026-03-02T10:00:00Z"))
    assert world.until("2026-03-09T10:00:00Z") == []


def test_nobody_is_asked_for_an_answer_on_a_case_that_is_over(world: World) -> None:
    world.event("case.opened")
    world.event("case.resolved", MONDAY + HOUR, case={"id": "T-1", "status": "closed"})
    assert world.clock("first-response").state == "met"
    assert world.until("2026-03-09T10:00:00Z") == []


def test_it_stands_still_while_we_wait_for_the_customer(world: World) -> None:
    world.event("case.opened")
    world.status("2026-03-02T10:00:00Z", "waiting_customer")
    assert world.clock("first-response").state == "paused"
    assert world.clock("first-response").due_at is None
    world.status("2026-03-02T11:00:00Z", "waiting_customer")
    assert world.until("2026-03-05T12:00:00Z") == []
    world.event("case.updated", case={"id": "T-1"})  # nobody says how the case stands
    assert world.clock("first-response").state == "paused"
    world.status("2026-03-05T12:00:00Z", "open")
    assert world.clock("first-response").due_at == parse_instant("2026-03-05T15:00:00Z")
    assert world.until("2026-03-05T13:00:00Z") == ["03-05T13:00 alert case-owner"]
    world.status("2026-03-05T14:45:00Z", "waiting_customer")
    world.status("2026-03-06T09:00:00Z", "open")
    assert world.until("2026-03-06T10:00:00Z") == ["03-05T14:30 alert case-owner", "03-06T09:15 escalate team-lead"]


def told(world: World, kind: str, at: datetime, now: datetime, **more: Any) -> list[str]:
    """An event that reaches us at `now`, and was at `at`."""
    world.now = now
    document = {"id": f"l-{next(NUMBERS)}", "source": "demo", "type": kind, "occurred_at": at.isoformat()}
    whose = {"customer": {"id": "C-1"}, "case": {"id": "T-1", "status": "open"}}
    return [one["type"] for one in world.line.handle({**document, **whose, **more}, "acme").decision["actions"]]


ANSWER = {"direction": "outbound", "actor": {"type": "agent"}}
WAITING = {"case": {"id": "T-1", "status": "waiting_customer"}}


def test_a_pause_that_is_told_after_its_end_leaves_it_running(world: World) -> None:
    world.event("case.opened")
    told(world, "case.updated", MONDAY + 2 * TEN, MONDAY + 2 * TEN)
    told(world, "case.updated", MONDAY + TEN, MONDAY + 3 * TEN, **WAITING)
    assert world.clock("first-response").state == "running"
    told(world, "case.updated", MONDAY + 5 * TEN, MONDAY + 5 * TEN, **WAITING)
    told(world, "case.updated", MONDAY + 4 * TEN, MONDAY + 6 * TEN)
    assert world.clock("first-response").state == "paused"
    told(world, "case.updated", MONDAY + 6 * TEN, MONDAY + 6 * TEN)
    assert world.clock("first-response").due_at == MONDAY + 4 * HOUR + TEN


def test_an_answer_that_is_told_before_the_opening_leaves_nothing_to_time(world: World) -> None:
    told(world, "interaction.received", MONDAY + TEN, MONDAY + TEN, **ANSWER)
    assert told(world, "case.opened", MONDAY, MONDAY + 2 * TEN) == []
    assert world.until("2026-03-04T18:00:00Z") == []
    assert told(world, "case.opened", MONDAY + 90 * HOUR, MONDAY + 90 * HOUR) == ["clock"]


def test_an_opening_that_is_told_again_after_the_answer_starts_nothing(world: World) -> None:
    world.event("case.opened")
    told(world, "interaction.received", MONDAY + HOUR, MONDAY + HOUR, **ANSWER)
    told(world, "interaction.received", MONDAY + 3 * HOUR, MONDAY + 3 * HOUR, **ANSWER)
    for late in (timedelta(), 2 * HOUR):
        assert told(world, "case.opened", MONDAY + late, MONDAY + 3 * HOUR) == []
    ended = world.clock("first-response")
    assert (ended.state, ended.ended_at) == ("met", MONDAY + HOUR)
    assert world.until("2026-03-04T18:00:00Z") == []


def test_an_older_word_from_us_neither_ends_nor_restarts_the_clock(store: Store) -> None:
    world = World(store, rules("next-update"))
    world.reply("2026-03-03T12:00:00Z")
    older = parse_instant("2026-03-02T12:00:00Z")
    assert told(world, "interaction.received", older, world.now, **ANSWER) == []
    assert world.clock("next-update").due_at == parse_instant("2026-03-05T12:00:00Z")


def test_a_promise_that_is_kept_before_it_is_told_of_holds_nothing(store: Store) -> None:
    world = World(store, rules("promise-keeper"))
    told(world, "promise.kept", MONDAY + HOUR, MONDAY + HOUR, promise={"id": "P-77"})
    assert told(world, "promise.made", MONDAY, MONDAY + HOUR, promise=PROMISE) == []
    assert world.event("case.closing", MONDAY + 2 * HOUR) == []
    assert world.until("2026-03-05T15:00:00Z") == []


def test_the_service_was_down_and_what_was_due_comes_in_its_order(world: World) -> None:
    world.event("case.opened")
    again = World(world.store, rules("first-response"))
    assert again.until("2026-03-03T08:00:00Z") == [
        "03-02T11:00 alert case-owner",
        "03-02T12:30 alert case-owner",
        "03-02T13:00 escalate team-lead",
        "03-02T15:00 escalate ops-manager",
    ]


def test_a_case_that_is_heard_of_late_waits_for_what_comes_right_behind_it(world: World) -> None:
    world.now = MONDAY + 30 * HOUR  # a CRM sends what happened yesterday
    late = {"id": "T-1", "status": "open"}
    world.line.handle(
        {"id": "late-1", "source": "demo", "type": "case.opened", "occurred_at": MONDAY.isoformat(), "case": late},
        "acme",
    )
    assert world.until("2026-03-03T15:01:59Z") == []
    reply = {"direction": "outbound", "actor": {"type": "agent"}, "case": late}
    at = (MONDAY + HOUR).isoformat()
    world.line.handle(
        {"id": "late-2", "source": "demo", "type": "interaction.received", "occurred_at": at, **reply}, "acme"
    )
    assert world.clock("first-response").state == "met"
    assert world.until("2026-03-04T15:00:00Z") == []


def test_two_workers_and_a_restart_in_between(store_url: str) -> None:
    with closing(Store.open(store_url)) as store, closing(Store.open(store_url)) as other:
        policies = rules("first-response")
        one, two = World(store, policies), World(other, policies)
        one.event("case.opened")
        for world, twin in ((one, two), (two, one)):
            for at in ("2026-03-02T11:00:00Z", "2026-03-02T13:00:00Z"):
                world.until(at)
                assert twin.until(at) == []
    with closing(Store.open(store_url)) as store:
        third = World(store, policies)
        assert third.until("2026-03-02T15:00:00Z") == ["03-02T15:00 escalate ops-manager"]
        assert [one.rpartition(" ")[2] for one in third._fired()] == [
            "case-owner",
            "case-owner",
            "team-lead",
            "ops-manager",
        ]


def test_a_word_from_us_starts_the_next_clock(store: Store) -> None:
    world = World(store, rules("next-update"))
    assert world.reply("2026-03-02T12:00:00Z") == ["clock"]
    assert world.reply("2026-03-03T12:00:00Z") == ["clock"]
    assert world.clock("next-update").due_at == parse_instant("2026-03-05T12:00:00Z")
    assert world.until("2026-03-05T10:00:00Z") == ["03-05T10:00 alert case-owner"]
    world.event("case.resolved", parse_instant("2026-03-05T11:00:00Z"))
    assert world.clock("next-update").state == "met"
    assert world.until("2026-03-15T11:00:00Z") == []


PROMISE = {"id": "P-77", "owner": "agent-7", "due_at": "2026-03-04T15:00:00Z"}


def test_an_open_promise_keeps_the_case_open_until_it_is_kept(store: Store) -> None:
    world = World(store, rules("promise-keeper"))
    assert world.event("promise.made", promise=PROMISE) == ["clock"]
    assert world.event("case.closing", MONDAY + HOUR) == ["hold"]
    assert world.event("case.closing", case={"id": "T-2"}) == []
    assert world.until("2026-03-04T14:00:00Z") == ["03-04T14:00 alert promise-owner"]
    assert world.until("2026-03-04T15:00:00Z") == ["03-04T15:00 escalate team-lead"]
    assert world.event("promise.kept", promise=PROMISE) == []
    assert world.clock("promise-keeper", "promise:P-77").state == "met"
    assert world.event("case.closing", MONDAY + 60 * HOUR) == []


def test_a_clock_in_shadow_runs_and_only_shows(store: Store) -> None:
    policies = policy_set([replace(one, status="shadow") for one in rules("promise-keeper").policies])
    world = World(store, policies)
    world.event("promise.made", promise=PROMISE)
    world.until("2026-03-04T15:00:00Z")
    with store.read() as reader:
        decided = list(reader.scalars(select(tables.decisions.c.decision)))
    assert {action["status"] for one in decided for action in one["actions"]} == {"shadow"}
    assert len(decided) == 3


def test_a_rule_that_is_gone_leaves_its_clock_alone(world: World) -> None:
    world.event("case.opened")
    later = World(world.store, rules("promise-keeper"))
    assert later.until("2026-03-09T15:00:00Z") == []
    with world.store.read() as reader:
        assert timers.waiting(reader, "acme").count == 0


def test_a_customer_who_is_erased_takes_their_clocks_along(world: World) -> None:
    world.event("case.opened")
    with world.store.write() as transaction:
        assert len(people.of_person(transaction, "acme", "C-1")["clocks"]) == 1
        people.erase(transaction, "acme", "C-1", NOW)
        assert clocks.open_of_case(transaction, "acme", "demo", "T-1") == []
        assert timers.waiting(transaction, "acme").count == 0


def test_replay_makes_the_same_decisions_again(world: World) -> None:
    world.event("case.opened")
    world.until("2026-03-02T13:00:00Z")
    world.event("case.closing", MONDAY + 5 * HOUR)
    policies = rules("first-response")
    with world.store.read() as reader:
        kept = reader.execute(select(tables.decisions.c.decision, tables.decisions.c.facts)).all()
    assert len(kept) == 5
    assert [replay(one.decision, one.facts, policies, CATALOGUE).difference for one in kept] == [""] * 5


ENDLESS = """\
id: endless
kind: standard
title: A clock that its own end starts again
owner: care-operations
status: live
rationale: A test needs rules that never come to rest.
events: [case.opened, clock.due]
when: {field: case.id, present: true}
clock:
  subject: case
  within: 2m
  stop: {events: [clock.due]}
milestones:
  - {at: breach, tell: somebody}
"""


def test_rules_that_never_come_to_rest_end_with_a_person(store: Store, tmp_path: Path) -> None:
    (tmp_path / "endless.yaml").write_text(ENDLESS)
    world = World(store, load([tmp_path], CATALOGUE))
    world.event("case.opened")
    fired = world.until("2026-03-09T09:00:00Z")
    assert 10 < len(fired) < 200
    assert fired[-1].endswith("review care-operations")
    with store.read() as reader:
        assert timers.waiting(reader, "acme").count == 0
        last: dict[str, Any] = list(reader.scalars(select(tables.events.c.document).order_by(tables.events.c.seq)))[-1]
    assert last["cause"]["event"].startswith("careengine:")
    assert world.until("2026-04-09T09:00:00Z") == []


def test_a_time_that_nobody_set_leaves_the_clock_and_its_timer_alone(world: World) -> None:
    world.event("case.opened")
    clock = {"kind": "standard", "policy": "first-response", "step": "x", "subject": "case:T-1"}
    due: dict[str, Any] = {"id": "z-1", "source": "demo", "type": "clock.due", "case": {"id": "T-1"}, "clock": clock}
    for at in ("2036-03-02T09:00:00Z", "2026-03-02T11:00:00Z"):
        world.line.handle_any(due | {"id": at, "occurred_at": at}, "acme")
    assert world.until("2026-03-02T11:00:00Z") == ["03-02T11:00 alert case-owner"]
    assert world.until("2026-03-02T15:00:00Z")[-1] == "03-02T15:00 escalate ops-manager"


def test_two_crms_may_have_a_case_of_the_same_number(world: World) -> None:
    at = "2026-03-02T10:00:00Z"
    for source in ("crm-a", "crm-b"):
        assert world.event("case.opened", source=source, customer={"id": f"C-{source}"}) == ["clock"]
    world.event(
        "interaction.received", parse_instant(at), source="crm-a", direction="outbound", actor={"type": "agent"}
    )
    states = [world.clock("first-response", source=source).state for source in ("crm-a", "crm-b")]
    assert states == ["met", "running"]
    assert world.until("2026-03-02T11:00:00Z") == ["03-02T11:00 alert case-owner"]


def test_events_of_several_customers_on_one_case_at_once_keep_one_clock(store_url: str) -> None:
    policies = rules("first-response")
    with closing(Store.open(store_url)) as one, closing(Store.open(store_url)) as other:
        worlds = [World(one, policies), World(other, policies)]
        barrier = Barrier(8)

        def tell(number: int) -> list[str]:
            barrier.wait(30)
            whose = {"customer": {"id": f"C-{number}"}} if number % 3 else {"customer": None}
            return worlds[number % 2].event("case.opened", **whose)

        with ThreadPoolExecutor(8) as programs:
            started = list(programs.map(tell, range(8)))
        assert sorted(started) == [*[[]] * 7, ["clock"]]
        assert worlds[0].clock("first-response").state == "running"

"""The story of one event, told once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from careengine.decide import decide
from careengine.errors import PayloadError, StoreError
from careengine.model.decision import Veto
from careengine.model.facts import Facts
from careengine.pipeline import Outcome
from careengine.store import Store, decisions, history, outbox, rejects, rulesets, tables
from tests.decide.worlds import CATALOGUE, NOW
from tests.pipeline.house import RULES, THREAT, Hooks, contact, late, pipeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine.model.decision import Action

TABLES = ("events", "history", "decisions", "matches", "actions", "rulesets", "rejects")


def _rows(store: Store) -> dict[str, int]:
    with store.read() as reader:
        return {
            name: reader.scalar(select(func.count()).select_from(tables.METADATA.tables[name])) or 0 for name in TABLES
        }


def _matched(outcome: Outcome) -> list[str]:
    return [match["policy"] for match in outcome.decision["matched"]]


def test_one_event_leaves_one_decision_with_all_that_belongs_to_it(store: Store) -> None:
    hooks = Hooks()
    outcome = pipeline(store, hooks=hooks).handle(late(), "acme")
    assert (_matched(outcome), outcome.duplicate) == (["late-delivery"], False)
    assert [decision.to_json() for decision in hooks.told] == [outcome.decision]
    assert _rows(store) == {
        "events": 1,
        "history": 3,  # the contact, the offer, the policy that acted
        "decisions": 1,
        "matches": 1,
        "actions": 3,
        "rulesets": 1,
        "rejects": 0,
    }
    with store.read() as reader:
        kept = decisions.get(reader, "acme", outcome.decision["id"])
        assert kept is not None
        assert kept.decision == outcome.decision
        acted = [action for state in ("told", "due") for action in outbox.in_state(reader, "acme", state)]
    assert {one.decision for one in acted} == {kept.id}
    states = {one.action.type: (one.state, one.adapter) for one in acted}
    assert states == {"apologise": ("told", "demo"), "offer": ("told", "demo"), "note": ("due", "demo")}


def test_a_time_zone_that_there_is_not_is_told_of(store: Store) -> None:
    line = pipeline(store)
    with capture_logs() as logs:
        line.handle(late(customer={"id": "C-1", "tz": "Europe/London"}), "acme")
        assert logs == []
        line.handle(late(id="e-2", customer={"id": "C-1", "tz": "Mars/Base"}), "acme")
    assert [(entry["event"], entry["event_id"], entry["at"]) for entry in logs] == [
        ("no such time zone", "e-2", "/customer/tz")
    ]
    assert "Mars" not in str(logs)


def test_the_same_event_again_gets_the_same_answer_and_has_no_second_effect(store: Store) -> None:
    hooks = Hooks()
    line = pipeline(store, hooks=hooks)
    first = line.handle(late(), "acme")
    rows = _rows(store)
    changed = late(text="other words")
    with capture_logs() as logs:
        assert line.handle(late(), "acme") == Outcome(decision=first.decision, duplicate=True)
        assert logs == []
        assert line.handle(changed, "acme") == Outcome(decision=first.decision, duplicate=True)
    assert [entry["event"] for entry in logs] == ["event came again with other content"]
    assert "other words" not in str(logs)
    assert (_rows(store), len(hooks.told)) == (rows, 1)
    assert not line.handle(late(source="other"), "acme").duplicate


def test_eight_threads_with_the_same_event_make_one_decision(store: Store) -> None:
    line, barrier, outcomes = pipeline(store), Barrier(8), []

    def send() -> None:
        barrier.wait(10)
        outcomes.append(line.handle(late(), "acme"))

    threads = [Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert Counter(outcome.duplicate for outcome in outcomes) == {True: 7, False: 1}
    assert len({str(outcome.decision) for outcome in outcomes}) == 1
    assert _rows(store)["actions"] == 3


def test_two_tenants_do_not_see_each_other(store: Store) -> None:
    line = pipeline(store)
    for number in range(2):
        line.handle(contact(f"e-{number}"), "acme")
    assert _matched(line.handle(contact("e-0"), "other")) == []
    assert _matched(line.handle(contact("e-1"), "other")) == []
    assert _matched(line.handle(contact("e-2"), "acme")) == ["third-contact"]
    assert _matched(line.handle(contact("e-2"), "other")) == ["third-contact"]


def test_what_was_offered_and_done_is_history_for_the_next(store: Store) -> None:
    line = pipeline(store)
    assert _matched(line.handle(late("e-1"), "acme")) == ["late-delivery"]
    day = timedelta(days=1)
    second = line.handle(late("e-2", at=NOW + day), "acme")
    assert _matched(second) == []  # an offer within 60 days
    third = line.handle(contact("e-3", at=NOW + 2 * day), "acme")
    assert [a["type"] for a in third.decision["actions"]] == ["escalate", "note"]
    fourth = line.handle(contact("e-4", at=NOW + 3 * day), "acme")
    assert _matched(fourth) == ["third-contact"]
    assert [(w["policy"], w["by"]) for w in fourth.decision["withheld"]] == [("third-contact", "third-contact")]
    # Once in a week: counted from when it acted, not from when it was withheld.
    for number in (5, 6, 7):
        line.handle(contact(f"e-{number}", at=NOW + number * day), "acme")
    again = line.handle(contact("e-9", at=NOW + 9 * day), "acme")
    assert [a["type"] for a in again.decision["actions"]] == ["escalate", "note"]


def test_a_late_event_is_judged_by_what_had_happened_then(store: Store) -> None:
    line = pipeline(store)
    for number in range(3):
        line.handle(contact(f"e-{number}", at=NOW + timedelta(hours=number)), "acme")
    early = line.handle(contact("e-9", at=NOW - timedelta(hours=1)), "acme")
    assert (_matched(early), early.decision["as_of"]) == ([], "2026-03-02T08:30:00Z")
    after = line.handle(contact("e-10", at=NOW + timedelta(hours=1)), "acme")
    assert _matched(after) == ["third-contact"]  # the late one is seen: 8:30, 9:30, 10:30 and this


def test_without_a_customer_history_is_unknown_and_the_rest_works(store: Store) -> None:
    outcome = pipeline(store).handle(late(customer=None), "acme")
    unknown = {entry["policy"]: entry["missing"] for entry in outcome.decision["unknown"]}
    assert unknown["late-delivery"] == ["count(offers family=goodwill within=60 days)"]
    assert _matched(outcome) == []
    assert (_rows(store)["history"], _rows(store)["decisions"]) == (0, 1)


def test_signals_are_facts(store: Store) -> None:
    line = pipeline(store, hooks=Hooks(found={"mood": {"score": 4}}))
    outcome = line.handle(contact(signals={"mood": {"score": 0}}), "acme")
    assert _matched(outcome) == ["angry"]
    with store.read() as reader:
        kept = decisions.get(reader, "acme", outcome.decision["id"])
    assert kept is not None
    assert kept.facts["fields"]["signals.mood.score"] == 4


def test_guards_take_away(store: Store) -> None:
    def no_offers(actions: Sequence[Action], _: Facts) -> list[Veto]:
        return [Veto(action=action.id, why="the budget is spent") for action in actions if action.type == "offer"]

    outcome = pipeline(store, hooks=Hooks(vetoes=[("budget", no_offers)])).handle(late(), "acme")
    assert [action["type"] for action in outcome.decision["actions"]] == ["apologise", "note"]
    with store.read() as reader:
        assert history.entries(reader, "acme", "C-1", NOW, {"offers": None}) == []


@pytest.mark.parametrize("keep_text", ["none", "evidence", "all"])
def test_a_kept_decision_can_be_made_again_from_what_is_kept(store: Store, keep_text: str) -> None:
    line = pipeline(store, keep_text=keep_text)
    made = [line.handle(event, "acme").decision["id"] for event in _a_day()]
    for decision_id in made:
        with store.read() as reader:
            kept = decisions.get(reader, "acme", decision_id)
            assert kept is not None
            assert rulesets.get(reader, "acme", kept.ruleset) == RULES.documents()
        again = decide(Facts.from_snapshot(kept.facts, CATALOGUE), RULES)
        assert again.to_json() == kept.decision


def _a_day() -> list[dict[str, Any]]:
    words = "Give it back, I know where you live"
    return [
        late("e-1"),
        late("e-2"),
        contact("e-3", text=words, incident={"evidence": ["call 7"]}),
        contact("e-4", text="thank you"),
        contact("e-5", customer=None),
    ]


def test_words_decide_but_are_not_kept(store: Store) -> None:
    event = contact(text="I know where you live!", incident={"evidence": ["said on call 7"]}, survey={"comment": "bad"})
    outcome = pipeline(store, [THREAT]).handle(event, "acme")
    assert _matched(outcome) == ["threat"]
    with store.read() as reader:
        kept = decisions.get(reader, "acme", outcome.decision["id"])
    assert kept is not None
    assert kept.event["incident"] == {"evidence": ["said on call 7"]}
    assert "where you live!" not in str(kept)
    assert "bad" not in str(kept)


def test_nothing_of_a_refused_event_is_kept_but_that_it_was_refused(store: Store) -> None:
    line = pipeline(store)
    with pytest.raises(PayloadError, match="/: unknown field"):
        line.handle(contact(colour="my secret words", type=None), "acme")
    with store.read() as reader:
        [reject] = rejects.latest(reader, "acme")
        assert rejects.count(reader, "acme") == 1
    assert (reject.source, reject.problems, reject.at) == ("demo", 2, NOW)
    assert reject.size > 100
    assert "secret" not in str(reject)
    assert _rows(store) == dict.fromkeys(TABLES, 0) | {"rejects": 1}


WORDS = "Ada Okoro complains"


@pytest.mark.parametrize(
    ("change", "pointer", "source"),
    [
        ({WORDS: 1}, "", "demo"),
        ({"custom": {WORDS: 1}}, "/custom", "demo"),
        ({"customer": {"id": "C-1", WORDS: 1}}, "/customer", "demo"),
        ({"customer": {WORDS: float("nan")}}, "/customer", "demo"),
        ({WORDS: {"deep": "\ud800"}}, "", "demo"),
        ({"source": WORDS, "type": WORDS}, "/type", ""),
        ({"source": "shop", "type": WORDS}, "/type", "shop"),
        ({"source": ["demo"]}, "/source", ""),
    ],
)
def test_a_refused_event_leaves_no_word_in_names_either(
    store: Store, change: dict[str, Any], pointer: str, source: str
) -> None:
    line = pipeline(store)
    line.handle(contact("e-0", source="shop"), "acme")  # a source that is known by its events
    with pytest.raises(PayloadError) as told, capture_logs() as logs:
        line.handle(contact() | change, "acme")
    assert told.value.problems[0].pointer.startswith(pointer)
    with store.read() as reader:
        (kept,) = rejects.latest(reader, "acme")
    assert (kept.pointer, kept.source) == (pointer, source)
    assert WORDS not in f"{kept} {told.value} {logs}"


@pytest.mark.parametrize("body", [[], None, "text", 7, float("nan"), {"id": "\ud800"}, {"source": "a\0"}, b"{not json"])
def test_whatever_comes_in_can_be_counted(store: Store, body: Any) -> None:
    line = pipeline(store)
    with pytest.raises(PayloadError) as caught:
        line.read(body)
    line.count_reject(caught.value, body, "acme")
    with store.read() as reader:
        assert rejects.count(reader, "acme") == 1


def test_the_sender_hears_what_is_wrong_even_when_it_cannot_be_counted(store: Store) -> None:
    with store.write() as transaction:
        transaction.exec_driver_sql("DROP TABLE rejects")
    with pytest.raises(PayloadError), capture_logs() as logs:
        pipeline(store).handle({}, "acme")
    assert [entry["event"] for entry in logs] == ["reject not counted"]


def test_when_anything_fails_nothing_is_kept(store: Store) -> None:
    hooks = Hooks()
    with store.write() as transaction:
        transaction.exec_driver_sql("DROP TABLE actions")
    with pytest.raises(StoreError):
        pipeline(store, hooks=hooks).handle(late(), "acme")
    with store.read() as reader:
        for name in ("events", "history", "decisions", "matches", "rulesets"):
            assert reader.execute(select(tables.METADATA.tables[name])).all() == []
    assert hooks.told == []


def test_a_dry_run_decides_with_history_and_keeps_nothing(store: Store) -> None:
    hooks = Hooks()
    line = pipeline(store, hooks=hooks)
    for number in range(2):
        line.handle(contact(f"e-{number}"), "acme")
    rows, told = _rows(store), len(hooks.told)
    decision = line.dry_run(contact("e-2"), "acme")
    assert [match["policy"] for match in decision["matched"]] == ["third-contact"]
    assert (_rows(store), len(hooks.told)) == (rows, told)
    assert line.handle(contact("e-2"), "acme") == Outcome(decision=decision, duplicate=False)

"""Decision tables under every hit policy, held against a slow and plain reading, row by row."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careengine.decide import decide
from careengine.decide.explain import explain
from careengine.decide.logic import evaluate, result_of
from careengine.model.policy import Escalation, Policy
from careengine.model.table import ANY, COLLECT, FIRST, UNIQUE, Row, Table, members
from tests.decide.worlds import (
    ENTRIES,
    FIELDS,
    HOSTILE_FIELDS,
    facts,
    field_test,
    policies,
    policy,
    policy_set,
    table_policies,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine.model.decision import Decision
    from careengine.model.facts import Facts
    from careengine.model.history import Entry

WORKING = ("live", "shadow")


def _answers(table: Table, one: Policy, event: Facts) -> list[bool | None]:
    """Every condition of every row, by three-valued logic."""
    around = [] if table.shared is None else [evaluate(table.shared, event)]
    if one.unless is not None:
        exception = evaluate(one.unless, event)
        around.append(None if exception is None else not exception)
    rows = [[*around, *(evaluate(cell, event) for cell in row.cells)] for row in table.rows]
    return [False if False in row else None if None in row else True for row in rows]


def _expected(table: Table, answers: Sequence[bool | None]) -> list[int] | str:
    """The rows that act, or `unknown`, `fault`."""
    true = [number for number, answer in enumerate(answers, 1) if answer]
    if not true:
        return "unknown" if None in answers else []
    if table.hit == COLLECT:
        return true
    if table.hit == FIRST:
        return "unknown" if None in answers[: true[0]] else true[:1]
    if table.hit == UNIQUE:
        return "fault" if len(true) > 1 else "unknown" if None in answers else true
    assert table.hit == ANY
    wanted = [table.rows[number - 1].outcome for number in true]
    if any(one != wanted[0] for one in wanted):
        return "fault"
    torn = [row for row, answer in zip(table.rows, answers, strict=True) if answer is None and row.outcome != wanted[0]]
    return "unknown" if torn else true[:1]


def _happened(decision: Decision) -> list[int] | str:
    assert len(decision.faults) + len(decision.unknown) <= 1
    if decision.faults:
        return "fault"
    return "unknown" if decision.unknown else [match.row for match in decision.matched if match.row]


@given(table_policies(), st.one_of(FIELDS, HOSTILE_FIELDS), ENTRIES)
def test_every_hit_policy_does_what_the_plain_reading_says(one: Policy, fields: Any, entries: list[Entry]) -> None:
    assert isinstance(one.outcome, Table)
    decision = decide(facts(fields, entries), policy_set([one]))
    expected = _expected(one.outcome, _answers(one.outcome, one, facts(fields, entries)))
    assert _happened(decision) == (expected if one.status in WORKING else [])


@given(table_policies(), FIELDS, ENTRIES)
def test_explain_agrees_with_the_decision(one: Policy, fields: Any, entries: list[Entry]) -> None:
    one = replace(one, status="live")
    happened = _happened(decide(facts(fields, entries), policy_set([one])))
    explained = explain(facts(fields, entries), one)
    words = {"true": bool(happened) and isinstance(happened, list), "false": happened == []}
    assert words.get(explained.result, happened in ("unknown", "fault"))
    assert result_of(one, facts(fields, entries)) is {"true": True, "false": False, "unknown": None}[explained.result]


@given(table_policies(hits=[COLLECT]), policies(), FIELDS, ENTRIES)
def test_a_table_that_collects_is_its_rows_written_as_policies(
    one: Policy, others: list[Policy], fields: Any, entries: list[Entry]
) -> None:
    apart = [replace(row, id=f"t-1-{row.row}", row=0, row_of=None) for row in members(one)]
    joined = decide(facts(fields, entries), policy_set([one, *others]))
    written = decide(facts(fields, entries), policy_set([*apart, *others]))
    assert _done(joined) == _done(written)
    assert [(m.policy, m.row) for m in joined.matched if m.row] == [
        ("t-1", int(m.policy[4:])) for m in written.matched if m.policy.startswith("t-1-")
    ]


@given(table_policies(hits=[COLLECT]), policies(), FIELDS)
def test_every_action_of_a_table_has_a_key_of_its_own(one: Policy, others: list[Policy], fields: Any) -> None:
    keys = [action.id for action in decide(facts(fields), policy_set([one, *others])).actions]
    assert len(set(keys)) == len(keys)


def _done(decision: Decision) -> list[tuple[str, str, str]]:
    return [(action.type, action.status, action.params["text"]) for action in decision.actions if action.type != "note"]


@given(table_policies(hits=[FIRST, UNIQUE, ANY]), FIELDS, st.data())
def test_what_a_table_does_without_a_fact_it_does_whatever_the_fact_is(
    one: Policy, fields: Any, data: st.DataObject
) -> None:
    known = sorted(fields)
    missing = data.draw(st.sets(st.sampled_from(known))) if known else set()
    fewer = {path: value for path, value in fields.items() if path not in missing}
    if "present" in f"{one}":
        return  # `present` asks whether a fact is missing, and so what is done may depend on it
    acting = [match.row for match in decide(facts(fewer), policy_set([one])).matched]
    if acting:
        after = decide(facts(fields), policy_set([one]))
        outcomes = {row.row: row.outcome for row in members(one)}
        assert [outcomes[match.row or 0] for match in after.matched] == [outcomes[row or 0] for row in acting]


def _table(hit: str, *rows: tuple[Any, Escalation], **more: Any) -> Policy:
    table = Table(
        hit=hit,
        shared=None,
        inputs=("failure.days_late", "customer.tier"),
        outputs=("escalate.to",),
        rows=tuple(Row(cells=cells, outcome=outcome) for cells, outcome in rows),
    )
    return policy("t-1", "escalation", table.when, table, **more)


LATE = (field_test("failure.days_late", "at_least", 3),)
GOLD = (field_test("customer.tier", "is", "gold"),)
LEAD, TIER_2 = Escalation(to="team-lead", level=1), Escalation(to="tier-2", level=2)


@pytest.mark.parametrize(("hit", "second"), [(UNIQUE, LEAD), (ANY, TIER_2)])
def test_rows_that_must_not_hold_at_once_are_a_fault_and_a_person_looks(hit: str, second: Escalation) -> None:
    event = facts({"failure.days_late": 4, "customer.tier": "gold"})
    decision = decide(event, policy_set([_table(hit, (LATE, LEAD), (GOLD, second))]))
    assert [fault.source for fault in decision.faults] == ["t-1"]
    assert "rows 1 and 2 hold at once" in decision.faults[0].why
    assert [(action.type, action.params["to"]) for action in decision.actions if action.type != "note"] == [
        ("review", "care-operations")
    ]
    assert decision.matched == ()


def test_an_unknown_row_above_leaves_first_undecided_and_says_what_is_missing() -> None:
    table = _table(FIRST, (LATE, TIER_2), (GOLD, LEAD))
    decision = decide(facts({"customer.tier": "gold"}), policy_set([table]))
    assert [(one.policy, one.missing) for one in decision.unknown] == [("t-1", ("failure.days_late",))]
    assert decision.actions == ()
    explained = explain(facts({"customer.tier": "gold"}), table)
    assert (explained.result, explained.why) == ("unknown", "not known: whether row 1 holds")
    below = decide(facts({"failure.days_late": 4}), policy_set([table]))
    assert [match.row for match in below.matched] == [1]


def test_the_nearest_row_is_the_near_miss_and_comes_first() -> None:
    far, near = ((field_test("failure.days_late", "at_least", n),) for n in (30, 5))
    table = _table(FIRST, (far, TIER_2), (near, LEAD))
    event = {"failure.days_late": 4}
    (miss,) = decide(facts(event), policy_set([table])).near_misses
    assert [(need.test, need.needed) for need in miss.needs] == [("/when", {"at_least": 5})]
    explained = explain(facts(event), table)
    assert [row.row for row in explained.rows] == [2, 1]
    assert explained.what_if() == "would fire if the delay were at least 5 days (now 4)"
    assert explained.lines()[0] == "  row 2: false"


def test_rows_of_one_table_do_not_take_the_near_misses_of_others() -> None:
    rows = [((field_test("failure.days_late", "at_least", n),), LEAD) for n in range(5, 25)]
    other = policy("z-1", "escalation", field_test("failure.days_late", "at_least", 90), TIER_2)
    decision = decide(facts({"failure.days_late": 4}), policy_set([_table(FIRST, *rows), other]))
    assert [miss.policy for miss in decision.near_misses] == ["t-1", "z-1"]


def test_a_row_that_asks_nothing_holds_in_every_case() -> None:
    decision = decide(facts({}), policy_set([_table(UNIQUE, ((), LEAD))]))
    assert [match.row for match in decision.matched] == [1]
    assert [match["row"] for match in decision.to_json()["matched"]] == [1]


@pytest.mark.parametrize("hit", [FIRST, UNIQUE, ANY])
def test_where_everything_is_known_rows_that_do_not_hold_cost_next_to_nothing(hit: str) -> None:
    few, many = (_seconds_of_a_decision(hit, rows) for rows in (4, 400))
    assert many < 20 * few  # a hundred times the rows, if each was asked


def _seconds_of_a_decision(hit: str, rows: int) -> float:
    asked = [(LATE[0], field_test("failure.days_late", "is", 10 + number)) for number in range(rows)]
    policies = policy_set([_table(hit, *((cells, LEAD) for cells in asked))])
    times = []
    for _ in range(30):
        event = facts({"failure.days_late": 9 + rows})
        start = time.perf_counter()
        decision = decide(event, policies)
        times.append(time.perf_counter() - start)
        assert _happened(decision) == [rows]
    return min(times)

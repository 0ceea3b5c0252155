"""Tables in rule files: what each cell asks, what a row does, what is refused, and what check finds in them."""

from __future__ import annotations

import json
from datetime import timedelta
from time import process_time
from typing import TYPE_CHECKING, Any

import pytest

from careengine.decide.english import say_part
from careengine.model.history import HistoryQuery
from careengine.model.policy import Escalation, Policy
from careengine.model.table import Table, members
from careengine.policy.loader import build_set, load

if TYPE_CHECKING:
    from pathlib import Path

    from careengine.errors import Problem
    from tests.policy.bench import Bench

HEAD = """\
id: answer-in-time
kind: escalation
title: Answer in time
owner: care
status: draft
rationale: The more it presses, the sooner we answer.
events: [case.opened]
"""


def write(bench: Bench, inputs: str, *rows: str, hit: str = "first", more: str = "") -> Path:
    """A table of one output, the level."""
    lines = "".join(f"    - [{row}]\n" for row in rows)
    table = f"table:\n  hit_policy: {hit}\n  inputs: [{inputs}]\n  outputs: [escalate.level]\n  rows:\n{lines}"
    tail = "" if "escalate:" in more else "escalate: {to: tier-two}\n"
    return bench.write("answer-in-time.yaml", f"{HEAD}{table}{more}{tail}")


def table_of(policy: Policy) -> Table:
    assert isinstance(policy.outcome, Table)
    return policy.outcome


CELLS = [
    ("customer.tier", "gold", "the customer's tier is gold"),
    ("customer.tier", "[gold, silver]", "the customer's tier is one of gold, silver"),
    ("customer.tier", "not (gold)", "the customer's tier is not gold"),
    ("customer.tier", '"not (gold, silver)"', "the customer's tier is none of gold, silver"),
    ("customer.tier", "-", ""),
    ("failure.days_late", "3", "the delay is 3 days"),
    ("failure.days_late", "< 3", "the delay is less than 3 days"),
    ("failure.days_late", '">= 2.5"', "the delay is at least 2.5 days"),
    ("failure.days_late", "3..7", "the delay is between 3 and 7 days"),
    ("failure.days_late", '"[3..7]"', "the delay is between 3 and 7 days"),
    ("failure.days_late", "[3..7]", "the delay is between 3 and 7 days"),
    ("failure.days_late", '"[3..7)"', "the delay is at least 3 days and the delay is less than 7 days"),
    ("failure.days_late", '"(3..7]"', "the delay is more than 3 days and the delay is at most 7 days"),
    ("failure.days_late", '["< 1", 4]', "(the delay is less than 1 day or the delay is 4 days)"),
    ("failure.days_late", "not (< 3)", "it is not so that the delay is less than 3 days"),
    ("failure.cost", "< 50.00 GBP", "what the failure cost the customer is less than 50.00 GBP"),
    ("failure.cost", "1.00 GBP..5.00 GBP", "what the failure cost the customer is between 1.00 GBP and 5.00 GBP"),
    ("failure.safety", "true", "somebody's safety was at risk"),
    ("case.tags", "vip", "the case's tags contain vip"),
    ("case.tags", "[vip, press]", "the case's tags contain any of vip, press"),
    ("case.tags", "not (vip)", "it is not so that the case's tags contain vip"),
    ("promise.due_at", "< now", "the time the promise is due is past"),
    (
        "promise.due_at",
        "(now-2d..now)",
        "the time the promise is due is later than 2 days ago and the time the promise is due is past",
    ),
    ("{field: failure.fixed_at, operator: present}", "false", "the time it was put right is not known"),
    (
        "{field: text, operator: contains_any}",
        "[refund, money]",
        'what was written or said contains any of "refund", "money"',
    ),
    ("{count: failures, within: 90d}", "2", "there are exactly 2 failures within 90 days"),
    (
        "{count: failures, within: 90d}",
        "[0, '> 3']",
        "(there are no failures within 90 days or there are more than 3 failures within 90 days)",
    ),
    ("{sum: offers, within: 1d}", '">= 5.00 GBP"', "offers within 1 day come to at least 5.00 GBP"),
    ("signals.acme.mood", "[low, sad]", "the signal `acme.mood` is one of low, sad"),
]


@pytest.mark.parametrize(("column", "cell", "says"), CELLS, ids=[f"{column} {cell}" for column, cell, _ in CELLS])
def test_what_a_cell_asks(bench: Bench, column: str, cell: str, says: str) -> None:
    policy = bench.load(write(bench, column, f"{cell}, 1"))
    assert " and ".join(say_part(condition) for condition in table_of(policy).rows[0].cells) == says


def test_every_test_points_at_its_cell(bench: Bench) -> None:
    policy = bench.load(write(bench, "customer.tier, failure.days_late", "gold, -, 1", "-, '[3..7)', 2"))
    assert [[cell.pointer for cell in row.cells] for row in table_of(policy).rows] == [
        ["/table/rows/0/0"],
        ["/table/rows/1/1", "/table/rows/1/1"],
    ]


def test_a_row_fills_in_what_the_policy_leaves_open(bench: Bench) -> None:
    bench.policy(kind="table")
    rows = members(bench.load())
    assert [row.outcome for row in rows] == [
        Escalation(to="tier-two", level=3, respond_within=timedelta(hours=1)),
        Escalation(to="tier-two", level=2, respond_within=timedelta(hours=4)),
        Escalation(to="tier-two", level=2, respond_within=timedelta(hours=8)),
        Escalation(to="tier-two", level=1, respond_within=timedelta(days=1)),
    ]
    assert (
        table_of(bench.load()).inputs[3] == HistoryQuery(function="count", kind="cases", within=timedelta(days=7)).key
    )
    assert [row.name for row in rows[:2]] == ["answer-in-time, row 1", "answer-in-time, row 2"]


def test_a_set_with_a_table_is_built_again_from_its_documents(bench: Bench) -> None:
    bench.policy(kind="table")
    before = load([bench.folder], bench.catalogue)
    after = build_set(before.documents(), bench.catalogue)
    assert after.hash == before.hash
    assert table_of(after.policies[0]) == table_of(before.policies[0])


def test_a_whole_block_may_come_from_the_rows(bench: Bench) -> None:
    path = bench.policy("outputs: [escalate.level, ", "outputs: [escalate.to, ", kind="table")
    text = path.read_text(encoding="utf-8").replace(" 3, 1h", " tier-3, 1h").replace(" 2, ", " tier-2, ")
    text = text.replace(" 2, -]", " tier-2, -]").replace("1, 1d", "tier-1, 1d")
    path.write_text(text.replace('not (gold)", tier-2', 'not (gold)", 2'), encoding="utf-8")
    assert [str(problem) for problem in bench.check() if problem.severity == "error"] == []
    assert members(bench.load())[0].outcome == Escalation(to="tier-3", level=1, respond_within=timedelta(hours=1))


def told(bench: Bench) -> list[tuple[str, str, str]]:
    return [(problem.code, problem.pointer, problem.suggestion) for problem in bench.check()]


def test_what_is_wrong_with_the_whole_is_told_once_and_not_row_by_row(bench: Bench) -> None:
    write(bench, "customer.tier", "gold, 1", "silver, 2", more="escalate: {to: Tier Two}\n")
    assert told(bench) == [("CE205", "/escalate/to", "write `tier-two`")]


def test_what_a_row_leaves_out_is_told_at_its_cell(bench: Bench) -> None:
    write(bench, "customer.tier", "gold, 1", "silver, -")
    (problem,) = bench.check()
    assert (problem.code, problem.pointer) == ("CE202", "/table/rows/1/1")
    assert problem.excerpt[problem.column - 1] == "-"


def test_a_table_that_is_too_long_is_refused_with_the_limit(bench: Bench) -> None:
    write(bench, "failure.days_late", *(f"{n}, 1" for n in range(501)))
    (problem,) = bench.check()
    assert (problem.code, problem.message) == ("CE207", "`rows` must have at most 500 items, but has 501")


@pytest.mark.parametrize(
    ("column", "cell", "suggestion"),
    [
        ("failure.days_late", "'=< 3'", "write `<= 3`"),
        ("failure.days_late", "'!= 3'", "write `not (3)`"),
        ("failure.days_late", "3-7", "write a value, `< 5`, `>= 3`, `[3..7)` or `not (…)`"),
        ("failure.days_late", "'3'", "write a number without quotes and unit"),
        ("customer.tier", "null", "write `-`"),
        ("promise.due_at", "'<= now'", "write `< …`"),
        ("promise.due_at", "now", "write `< now`, `> now-30d` or two of them"),
        ("case.priority", "hihg", "did you mean `high`?"),
    ],
)
def test_a_cell_that_is_wrong_says_what_to_write(bench: Bench, column: str, cell: str, suggestion: str) -> None:
    write(bench, column, f"{cell}, 1", "-, 2")
    assert [(pointer, hint) for _, pointer, hint in told(bench)] == [("/table/rows/0/0", suggestion)]


def test_a_recovery_table_does_not_look_at_conduct(bench: Bench) -> None:
    path = bench.policy(kind="recovery")
    table = "table: {hit_policy: first, inputs: [incident.severity], outputs: [lead], rows: [[1, desk]]}\n"
    path.write_text(path.read_text(encoding="utf-8") + table, encoding="utf-8")
    assert [(code, pointer) for code, pointer, _ in told(bench)] == [("CE315", "/table/inputs/0")]


def only(bench: Bench) -> Problem:
    (problem,) = bench.check()
    return problem


def test_rows_that_overlap_are_an_error_with_an_event(bench: Bench) -> None:
    write(bench, "failure.days_late", '"[0..3]", 1', '">= 3", 2', hit="unique")
    problem = only(bench)
    assert (problem.code, problem.severity, problem.pointer) == ("CE712", "error", "/table/rows/1")
    assert problem.message == "rows 1 and 2 can hold at once, and only one row of it may"
    assert json.loads(problem.example)["event"]["failure"] == {"days_late": 3}


def test_rows_that_meet_end_to_end_do_not_overlap(bench: Bench) -> None:
    write(bench, "failure.days_late", '"[0..3)", 1', '">= 3", 2', hit="unique")
    assert told(bench) == []


def test_under_any_rows_may_overlap_when_they_ask_for_the_same(bench: Bench) -> None:
    write(bench, "failure.days_late, failure.safety", "-, true, 2", '">= 3", -, 2', "< 3, false, 1", hit="any")
    assert told(bench) == []
    write(bench, "failure.days_late, failure.safety", "-, true, 2", '">= 3", -, 3', "< 3, false, 1", hit="any")
    assert [code for code, _, _ in told(bench)] == ["CE712"]


def test_a_row_that_several_rows_hide_is_never_reached(bench: Bench) -> None:
    write(bench, "failure.severity, failure.safety", "1..2, -, 1", '">= 3", true, 2', "-, true, 3", "-, -, 1")
    problem = only(bench)
    assert (problem.code, problem.severity, problem.pointer) == ("CE713", "warning", "/table/rows/2")
    assert problem.message.endswith("whenever it holds, one of the rows above does, or is not known")


def test_a_gap_between_two_ranges_is_shown(bench: Bench) -> None:
    write(bench, "failure.cost, case.priority", "< 5.00 GBP, -, 1", '"> 5.00 GBP", -, 2', hit="unique")
    problem = only(bench)
    assert (problem.code, problem.pointer) == ("CE714", "/table/rows")
    assert problem.message == "no row holds when `failure.cost` is 5.00 GBP"
    assert json.loads(problem.example)["event"]["failure"] == {"cost": "5.00 GBP"}


@pytest.mark.parametrize("hit", ["collect", "first"])
def test_what_the_rows_share_and_a_last_row_close_a_gap(bench: Bench, hit: str) -> None:
    shared = "when: {field: failure.severity, at_least: 3}\n" if hit == "first" else ""
    write(bench, "failure.severity", "3, 2", "4, 3", hit=hit, more=shared)
    assert told(bench) == []
    write(bench, "failure.severity", "4, 3", "-, 1", hit="first")
    assert told(bench) == []


def test_counts_that_depend_on_each_other_are_no_gap(bench: Bench) -> None:
    inputs = "{count: failures, within: 7d}, {count: failures, within: 30d}"
    write(bench, inputs, '"> 0", "> 0", 2', "0, -, 1", hit="unique")
    assert told(bench) == []


def test_words_are_not_compared_and_that_is_said(bench: Bench) -> None:
    write(bench, "{field: case.subject, operator: contains}", "refund, 2", "parcel, 1", hit="unique")
    problem = only(bench)
    assert (problem.code, problem.severity) == ("CE715", "warning")
    assert problem.message == "its rows are not fully compared: the cells of `case.subject` test words"


def test_a_row_that_can_never_match_is_named(bench: Bench) -> None:
    write(
        bench, "failure.severity", "1, 2", "4, 3", more="when: {field: failure.severity, at_least: 2}\n", hit="collect"
    )
    problem = only(bench)
    assert (problem.code, problem.pointer) == ("CE701", "/table/rows/0/0")
    assert problem.message.startswith("row 1 can never match")


def test_a_row_that_another_policy_makes_useless_is_told(bench: Bench) -> None:
    path = write(bench, "failure.severity", "1..3, 3", "4, 1")
    for name in ("answer-in-time", "always-three"):
        bench.write(f"{name}.test.yaml", f"policy: {name}\ncases: [{{name: one, expect: fires}}]\n")
    live = path.read_text(encoding="utf-8").replace("status: draft", "status: live")
    path.write_text(live, encoding="utf-8")
    other = HEAD.replace("answer-in-time", "always-three").replace("draft", "live")
    when = "when: {field: failure.severity, at_least: 3}\nescalate: {to: tier-two, level: 3}\n"
    bench.write("always-three.yaml", f"{other}{when}")
    (problem,) = bench.check()
    assert (problem.code, problem.pointer) == ("CE704", "/table/rows/1")
    assert "whenever row 2 matches, so does `always-three`" in problem.message


def test_a_comment_waives_a_gap(bench: Bench) -> None:
    path = write(bench, "failure.severity", "4, 3", "3, 1")
    comment = "# careengine: allow CE714 because below 3 nobody has to be told\n"
    path.write_text(comment + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert told(bench) == []


def test_the_largest_table_is_read_and_compared_in_seconds(bench: Bench) -> None:
    rows = (f'"[{n}..{n + 1})", [t-{n % 7}, u], 1' for n in range(500))
    write(bench, "failure.days_late, customer.tier", *rows, hit="unique")
    start = process_time()
    codes: Any = [code for code, _, _ in told(bench)]
    assert codes == ["CE714"]
    assert process_time() - start < 20  # about 3; the machines are shared


TORN = [
    ("first", ("< 50.00 GBP, 1", "< 50.00 EUR, 2"), "/table/rows/1/0"),
    ("unique", ("< 50.00 GBP, 1", "-, 2", "< 50.00 EUR, 3"), "/table/rows/2/0"),
    ("any", ("< 50.00 GBP, 1", "< 50.00 EUR, 2"), "/table/rows/1/0"),
    ("any", ("< 50.00 GBP, 1", "< 50.00 EUR, 1"), ""),
    ("collect", ("< 50.00 GBP, 1", "< 50.00 EUR, 2"), ""),
    ("first", ("< 50.00 GBP, 1", ">= 50.00 GBP, 2"), ""),
    ("first", ('["< 50.00 GBP", "< 60.00 EUR"], 1', "< 90.00 EUR, 2"), ""),
]


@pytest.mark.parametrize(("hit", "rows", "pointer"), TORN)
def test_amounts_in_several_currencies_keep_rows_from_acting(
    bench: Bench, hit: str, rows: tuple[str, ...], pointer: str
) -> None:
    write(bench, "failure.cost", *rows, hit=hit)
    found = [problem for problem in bench.check() if problem.code == "CE718"]
    assert [problem.pointer for problem in found] == ([pointer] if pointer else [])
    assert all("an amount in " in problem.message for problem in found)


@pytest.mark.parametrize("hit", ["first", "unique"])
def test_rows_that_another_column_tells_apart_may_name_several_currencies(bench: Bench, hit: str) -> None:
    write(bench, "customer.tier, failure.cost", "gold, < 50.00 GBP, 1", "silver, < 50.00 EUR, 2", hit=hit)
    assert "CE718" not in [problem.code for problem in bench.check()]


def test_an_empty_cell_hides_no_other_mistake(bench: Bench) -> None:
    write(bench, "customer.tier, failure.days_late", "~, < 3, 1", "gold, soon, 2", "-, < 3, ~", "-, 5", "gold, -, 12")
    found = [(problem.code, problem.pointer) for problem in bench.check() if problem.severity == "error"]
    assert found == [
        ("CE203", "/table/rows/0/0"),
        ("CE304", "/table/rows/1/1"),
        ("CE203", "/table/rows/2/2"),
        ("CE220", "/table/rows/3"),
        ("CE209", "/table/rows/4/2"),
    ]


@pytest.mark.parametrize(
    ("cell", "pointer", "hint"),
    [
        ('"gold "', "/0", "write `gold`"),
        ('" gold"', "/0", "write `gold`"),
        ('[silver, "gold "]', "/0/1", "write `gold`"),
        ('""', "/0", "write `-` where anything will do"),
        ('"  "', "/0", "write `-` where anything will do"),
        ('[gold, ""]', "/0/1", "write `-` where anything will do"),
        ('" not (gold) "', "", ""),
        ('" < 3 "', "", ""),
    ],
)
def test_a_cell_that_is_blank_or_ends_with_a_blank_is_refused(bench: Bench, cell: str, pointer: str, hint: str) -> None:
    field = "failure.days_late" if "3" in cell else "customer.tier"
    write(bench, field, f"{cell}, 1", "-, 2")
    found = [(problem.code, problem.pointer, problem.suggestion) for problem in bench.check() if problem.code < "CE7"]
    assert found == ([("CE320", f"/table/rows/0{pointer}", hint)] if pointer else [])

"""ServiceNow's history becomes events: what each row tells, what is left out, and in which order."""

from __future__ import annotations

import random
from io import StringIO
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from careengine.backtest.servicenow import Tally, interactions
from careengine.backtest.servicenow_rows import NotAnExportError
from careengine.resources import schema

if TYPE_CHECKING:
    from careengine.backtest.servicenow_rows import BadRow

HEADER = (
    "number,incident_state,reassignment_count,reopen_count,sys_mod_count,made_sla,caller_id,opened_at,"
    "sys_updated_at,contact_type,category,priority,assignment_group,assigned_to"
)


def row(**cells: object) -> str:
    """A row of the case A, changed where the test says so."""
    plain = {
        "number": "A",
        "incident_state": "New",
        "reassignment_count": 0,
        "reopen_count": 0,
        "sys_mod_count": 0,
        "made_sla": "TRUE",
        "caller_id": "Caller 1",
        "opened_at": "31-01-2024 08:00",
        "sys_updated_at": "31-01-2024 08:05",
        "contact_type": "Phone",
        "category": "Printer",
        "priority": "3 - Moderate",
        "assignment_group": "Desk",
        "assigned_to": "?",
    }
    assert set(cells) <= set(plain)
    return ",".join(str(value) for value in (plain | cells).values())


def run(*rows: str, header: str = HEADER) -> tuple[list[dict[str, Any]], list[BadRow], Tally]:
    bad: list[BadRow] = []
    tally = Tally()
    events = list(interactions(StringIO("\n".join((header, *rows)), newline=""), tally, bad.append))
    return events, bad, tally


def types(*rows: str) -> list[str]:
    return [event["type"] for event in run(*rows)[0]]


def test_a_first_row_says_all_that_the_export_knows() -> None:
    [event], bad, _ = run(row(assigned_to="Ada", made_sla="FALSE", priority="1 - Critical"))
    assert not bad
    assert event == {
        "id": "A-0-20240131T080500",
        "source": "servicenow",
        "type": "case.opened",
        "occurred_at": "2024-01-31T08:05:00Z",
        "channel": "phone",
        "customer": {"id": "Caller 1"},
        "case": {
            "id": "A",
            "status": "new",
            "priority": "urgent",
            "owner": "Ada",
            "team": "Desk",
            "category": "Printer",
            "opened_at": "2024-01-31T08:00:00Z",
            "reassignments": 0,
            "reopens": 0,
            "within_target": False,
        },
    }


def test_what_is_missing_stays_missing() -> None:
    needed = ("number", "sys_mod_count", "sys_updated_at")
    [event], bad, tally = run(row(**{name: "?" for name in HEADER.split(",") if name not in needed}))
    assert not bad
    assert not tally.unknown
    assert event["case"] == {"id": "A"}
    assert not {"customer", "channel"} & set(event)


def test_each_change_between_rows_is_its_own_event() -> None:
    assert types(
        row(sys_mod_count=0),
        row(sys_mod_count=1, sys_updated_at="31-01-2024 09:00", incident_state="Active"),
        row(sys_mod_count=2, sys_updated_at="31-01-2024 10:00", reassignment_count=1, assignment_group="Network"),
        row(sys_mod_count=3, sys_updated_at="01-02-2024 07:00", reassignment_count=1, assignment_group="Field"),
        row(sys_mod_count=4, sys_updated_at="01-02-2024 08:00", reassignment_count=1, assignment_group="?"),
        row(sys_mod_count=5, sys_updated_at="01-02-2024 09:00", reassignment_count=1, assignment_group="Field"),
        row(sys_mod_count=6, sys_updated_at="01-02-2024 10:00", reassignment_count=1, assignment_group="Field",
            incident_state="Resolved"),
        row(sys_mod_count=7, sys_updated_at="01-02-2024 11:00", reassignment_count=1, assignment_group="Field",
            incident_state="Resolved"),
        row(sys_mod_count=8, sys_updated_at="01-02-2024 12:00", reassignment_count=1, assignment_group="Field",
            incident_state="Active", reopen_count=1),
        row(sys_mod_count=9, sys_updated_at="01-02-2024 13:00", reassignment_count=1, assignment_group="Field",
            incident_state="Resolved", reopen_count=1),
    ) == [
        "case.opened",
        "case.updated",
        "case.transferred",
        "case.transferred",
        "case.updated",
        "case.updated",
        "case.resolved",
        "case.updated",
        "case.reopened",
        "case.resolved",
    ]  # fmt: skip


def test_one_row_that_tells_several_things_is_the_most_pressing_one() -> None:
    both = row(sys_mod_count=1, reassignment_count=1, reopen_count=1, incident_state="Resolved")
    moved = row(sys_mod_count=1, reassignment_count=1, incident_state="Resolved")
    later = row(sys_mod_count=2, reassignment_count=1, incident_state="Resolved", sys_updated_at="31-01-2024 09:00")
    assert types(row(), both)[1:] == ["case.reopened"]
    assert types(row(), moved, later)[1:] == ["case.transferred", "case.resolved"]


def test_events_come_in_time_order_over_all_cases_however_the_file_is_sorted() -> None:
    rows = [
        row(number=case, sys_mod_count=mod, sys_updated_at=f"{day:02}-03-2024 {hour:02}:00", reassignment_count=mod)
        for case in ("A", "B", "C")
        for mod, (day, hour) in enumerate([(1, 9), (1, 9), (2, 7), (11, 6)])
    ]
    expected = run(*rows)[0]
    random.Random(7).shuffle(rows)
    assert run(*rows)[0] == expected
    assert [event["occurred_at"] for event in expected] == sorted(event["occurred_at"] for event in expected)


def test_a_modification_number_that_is_used_twice_still_gives_two_events() -> None:
    events, bad, _ = run(row(), row(sys_updated_at="31-01-2024 09:52"))
    assert not bad
    assert len({event["id"] for event in events}) == 2


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("A,New", "2 cells where the header has 14"),
        (row(number="?"), "`number` is missing"),
        (row(sys_updated_at="?"), "`sys_updated_at` is missing"),
        (row(sys_updated_at="31-02-2024 08:00"), "`sys_updated_at` is `31-02-2024 08:00`, which is no time"),
        (row(opened_at="yesterday"), "`opened_at` is `yesterday`, which is no time"),
        (row(reassignment_count="-1"), "`reassignment_count` is `-1`, which is no count"),
        (row(reopen_count="1e3"), "`reopen_count` is `1e3`, which is no count"),
        (row(sys_mod_count="9" * 30), "`sys_mod_count` is `9"),
        (row(number="A" * 201), "`number` is not readable text"),
        (row(caller_id="a\0b"), "`caller_id` is not readable text"),
        (row(category="\udcff"), "`category` is not readable text"),
        (row(), "the same update of `A` stands on line 2"),
    ],
)
def test_a_bad_row_is_named_with_its_line_and_the_rest_goes_on(line: str, why: str) -> None:
    events, [bad], _ = run(row(), line, row(number="B"))
    assert [event["case"]["id"] for event in events] == ["A", "B"]
    assert bad.line == 3
    assert why in bad.why


def test_lines_are_counted_past_cells_that_hold_line_ends() -> None:
    split = row(category='"two\nlines"')
    _, bad, _ = run(split, row(number="B"), row(number="?"))
    assert [problem.line for problem in bad] == [3, 5]


def test_a_word_without_translation_stays_missing_and_is_counted() -> None:
    [event, _], bad, tally = run(row(incident_state="Parked"), row(number="B", incident_state="Parked"))
    assert not bad
    assert "status" not in event["case"]
    assert tally.unknown == {"incident_state `Parked`": 2}


@pytest.mark.parametrize("header", ["", "a,b,c", "PK\x03\x04\0\0", HEADER.replace("number", "nummer")])
def test_another_file_is_refused_as_a_whole(header: str) -> None:
    with pytest.raises(NotAnExportError, match="no column `number`"):
        run(row(), header=header)


def test_what_comes_out_fits_the_interaction_schema() -> None:
    validator = jsonschema_rs.validator_for(schema("interaction"))
    states = ("New", "Active", "Awaiting User Info", "Awaiting Problem", "On Hold", "Resolved", "Closed", "Odd")
    channels = ("Phone", "Email", "Self service", "IVR", "Chat", "Walk-in", "Direct opening", "?")
    rows = [
        row(number=f"C{n}", incident_state=state, contact_type=channel, priority=f"{n % 7} - x", caller_id="ö" * 200)
        for n, (state, channel) in enumerate(zip(states, channels, strict=True))
    ]
    events, bad, tally = run(*rows)
    assert not bad
    assert len(events) == len(rows) == tally.events["case.opened"]
    for event in events:
        validator.validate(event)

"""Calendars written as rule files: what falls due by them, who may name them, and how they are read aloud."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from careengine.decide import decide
from careengine.decide.render import render
from careengine.decide.terms import due_at
from careengine.errors import PolicyError
from careengine.model.facts import Facts
from careengine.model.history import Entry
from careengine.model.value import parse_duration, parse_instant, say_instant
from careengine.policy.loader import build_set, load
from tests.policy.bench import CALENDAR, ESCALATION, PROTECTION

if TYPE_CHECKING:
    from careengine.model.policy import PolicySet
    from tests.policy.bench import Bench

HEAD = "kind: calendar\ntitle: Working hours\nowner: care\nstatus: live\nrationale: They are ours.\n"
ALL_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WORKDAYS = ALL_DAYS[:5]


def calendar(bench: Bench, name: str, hours: str, days: tuple[str, ...] = WORKDAYS, more: str = "") -> None:
    zone = "" if "zone:" in more else "zone: UTC\n"
    week = "".join(f"  {day}: [{hours}]\n" for day in days)
    bench.write(f"{name}.yaml", f"id: {name}\n{HEAD}{zone}{more}week:\n{week}")


def due(bench: Bench, name: str, start: str, within: str) -> str:
    policies = load([bench.folder], bench.catalogue)
    at = due_at(parse_instant(start), parse_duration(within), name, policies)
    assert at is not None
    return say_instant(at)


CHRISTMAS = """\
zone: Europe/London
closed: [2026-12-25, 2026-12-28]
days: [{date: 2026-12-24, hours: [09:00-12:00]}]
"""
# The vectors of clocks: hours, days, more, start, length, due.
VECTORS: list[tuple[str, tuple[str, ...], str, str, str, str]] = [
    ("09:00-17:00", WORKDAYS, "", "2026-03-06T16:30:00Z", "1h", "2026-03-09T09:30:00Z"),
    ("08:00-18:00", WORKDAYS, "", "2026-03-02T17:00:00Z", "4h", "2026-03-03T11:00:00Z"),
    ("08:00-18:00", WORKDAYS, "", "2026-03-02T17:00:00Z", "3h", "2026-03-03T10:00:00Z"),  # its warning, 1 h before
    ("08:00-12:00, 13:30-18:00", WORKDAYS, "", "2026-03-02T12:30:00Z", "1h", "2026-03-02T14:30:00Z"),
    ("21:00-02:00", ALL_DAYS, "", "2026-03-03T01:30:00Z", "1h", "2026-03-03T21:30:00Z"),
    ("00:00-24:00", ALL_DAYS, "", "2026-03-02T12:00:00Z", "24h", "2026-03-03T12:00:00Z"),
    ("00:00-24:00", ALL_DAYS, "zone: Europe/London\n", "2026-03-28T12:00:00Z", "24h", "2026-03-29T12:00:00Z"),
    ("00:00-24:00", ALL_DAYS, "zone: Europe/London\n", "2026-10-24T11:00:00Z", "24h", "2026-10-25T11:00:00Z"),
    ("09:00-17:00", WORKDAYS, CHRISTMAS, "2026-12-24T11:00:00Z", "2h", "2026-12-29T10:00:00Z"),
]


@pytest.mark.parametrize(("hours", "days", "more", "start", "within", "wanted"), VECTORS)
def test_a_vector_of_clocks(
    bench: Bench, hours: str, days: tuple[str, ...], more: str, start: str, within: str, wanted: str
) -> None:
    calendar(bench, "hours", hours, days, more)
    assert due(bench, "hours", start, within) == wanted


def test_the_window_of_seven_days_leaves_out_what_is_exactly_seven_days_old(bench: Bench) -> None:
    bench.write("again.yaml", ESCALATION.replace("asked-for-a-person", "again").replace("bot.turn", "case.opened"))
    text = (bench.folder / "again.yaml").read_text()
    test = "when: {count: cases, within: 7d, at_least: 2}"
    bench.write("again.yaml", text.replace("when: {field: bot.human_requested, is: true}", test))
    policies = load([bench.folder], bench.catalogue)
    now = datetime(2026, 3, 9, 9, 30, tzinfo=UTC)
    for earlier, fires in ((timedelta(days=7), False), (timedelta(days=7, seconds=-1), True)):
        assert bool(decide(opened(now, now - earlier), policies).matched) is fires


def opened(at: datetime, *before: datetime) -> Facts:
    fields: dict[str, Any] = {
        "id": "e-1",
        "source": "test",
        "type": "case.opened",
        "occurred_at": at,
        "customer.id": "C-1",
        "case.id": "T-1",
    }
    past = [Entry(at=one, kind="cases", ref=f"T-{number + 2}") for number, one in enumerate(before)]
    return Facts.of(fields, at, past)


def test_public_holidays_are_those_of_the_country_and_its_part(bench: Bench) -> None:
    england = "zone: Europe/London\nholidays: {country: GB, subdivision: ENG}\n"
    scotland = "zone: Europe/London\nholidays: {country: GB, subdivision: SCT}\n"
    calendar(bench, "england", "09:00-17:00", more=england)
    calendar(bench, "scotland", "09:00-17:00", more=scotland)
    # The summer bank holiday of 2026: 3 August in Scotland, 31 August in England.
    assert due(bench, "england", "2026-08-31T09:00:00+01:00", "1h") == "2026-09-01T09:00:00Z"
    assert due(bench, "scotland", "2026-08-31T09:00:00+01:00", "1h") == "2026-08-31T09:00:00Z"


LONDON = CALENDAR.replace("status: shadow", "status: live")
TIMED = ESCALATION.replace("next_update: PT8H", "next_update: PT2H, calendar: uk-desk").replace("shadow", "live")
TOLD = PROTECTION.replace("within: 5m", "within: 30m, calendar: uk-desk").replace("shadow", "live")


@pytest.fixture
def timed(bench: Bench) -> PolicySet:
    bench.write("calendar/uk-desk.yaml", LONDON)
    bench.write("escalation/asked-for-a-person.yaml", TIMED)
    bench.write("protection/abuse.yaml", TOLD.replace("within: 1d", "within: 4h, calendar: uk-desk"))
    return load([bench.folder], bench.catalogue)


def fact(at: datetime, event: str, **more: Any) -> Facts:
    fields: dict[str, Any] = {"id": "e-1", "source": "test", "type": event, "occurred_at": at, "case.id": "T-1"}
    return Facts.of({**fields, **more}, at, [])


def test_a_decision_tells_the_instants(timed: PolicySet) -> None:
    monday = datetime(2026, 3, 2, 11, 30, tzinfo=UTC)
    asked = decide(fact(monday, "bot.turn", **{"bot.human_requested": True}), timed)
    escalated = asked.actions[0].params
    assert escalated["calendar"] == "uk-desk"
    assert escalated["respond_due_at"] == "2026-03-02T16:30:00Z"
    assert escalated["next_update_due_at"] == "2026-03-02T14:30:00Z"
    assert "taken up within 4 hours by the hours of uk-desk" in escalated["text"]
    reported = decide(fact(monday, "incident.reported", **{"incident.category": "insult"}), timed)
    due_of = {action.type: action.params.get("due_at") for action in reported.actions}
    assert due_of["alert"] == "2026-03-02T12:00:00Z"
    assert due_of["flag"] == "2026-03-02T16:30:00Z"


def test_where_no_calendar_is_named_a_decision_is_as_it_was(bench: Bench) -> None:
    bench.write("asked-for-a-person.yaml", ESCALATION.replace("shadow", "live"))
    policies = load([bench.folder], bench.catalogue)
    params = decide(fact(datetime(2026, 3, 2, tzinfo=UTC), "bot.turn", **{"bot.human_requested": True}), policies)
    assert not {"calendar", "respond_due_at", "next_update_due_at"} & set(params.actions[0].params)


def test_of_two_alerts_the_one_that_is_due_first_stands(bench: Bench) -> None:
    sooner = TOLD.replace("id: abuse", "id: sooner").replace("within: 30m, calendar: uk-desk", "within: 1h")
    bench.write("calendar/uk-desk.yaml", LONDON)
    bench.write("protection/abuse.yaml", TOLD)
    bench.write("protection/sooner.yaml", sooner)
    policies = load([bench.folder], bench.catalogue)
    night = datetime(2026, 3, 3, 20, tzinfo=UTC)  # the desk opens again on Friday
    for at, within in ((night, "1 hour"), (datetime(2026, 3, 2, 10, tzinfo=UTC), "30 minutes")):
        decision = decide(fact(at, "incident.reported", **{"incident.category": "insult"}), policies)
        (alert,) = (action for action in decision.actions if action.type == "alert")
        assert alert.params["within"] == within
        assert alert.policies == ("abuse", "sooner")


def test_the_set_has_its_calendars_and_its_hash_and_documents_tell_of_them(timed: PolicySet, bench: Bench) -> None:
    assert list(timed.calendars) == ["uk-desk"]
    again = build_set(timed.documents(), bench.catalogue)
    assert again.hash == timed.hash
    bench.write("calendar/uk-desk.yaml", LONDON.replace("13:00-17:30", "13:00-17:00"))
    assert load([bench.folder], bench.catalogue).hash != timed.hash


def test_an_unknown_calendar_is_told_across_files_with_what_was_meant(bench: Bench, timed: PolicySet) -> None:
    assert timed.get("abuse")
    bench.write("escalation/asked-for-a-person.yaml", TIMED.replace("calendar: uk-desk", "calendar: uk-dsk"))
    (problem,) = [one for one in bench.check() if one.severity == "error"]
    assert (problem.code, problem.suggestion) == ("CE335", "did you mean `uk-desk`?")
    with pytest.raises(PolicyError, match="there is no calendar `uk-dsk`"):
        load([bench.folder], bench.catalogue)


def test_one_file_alone_is_checked_with_the_calendar_beside_it(bench: Bench, timed: PolicySet) -> None:
    assert timed.get("abuse")
    path = bench.folder / "escalation" / "asked-for-a-person.yaml"
    assert [one.code for one in bench.check(path)] == ["CE502"]
    with pytest.raises(PolicyError, match="there is no calendar `uk-desk`"):
        load([path], bench.catalogue)
    assert load([path], bench.catalogue, bring=True).calendars.keys() == {"uk-desk"}


@pytest.mark.parametrize("status", ["draft", "retired"])
def test_who_acts_counts_by_a_calendar_that_is_live(bench: Bench, status: str) -> None:
    bench.write("calendar/uk-desk.yaml", CALENDAR.replace("status: shadow", f"status: {status}"))
    path = bench.write("escalation/asked-for-a-person.yaml", TIMED)
    (problem,) = [one for one in bench.check() if one.severity == "error"]
    assert (problem.code, Path(problem.path)) == ("CE335", path)
    assert problem.message == f"the calendar `uk-desk` is not live but `{status}`"
    bench.write("escalation/asked-for-a-person.yaml", TIMED.replace("status: live", "status: draft"))
    assert [one for one in bench.check() if one.severity == "error"] == []


def test_a_mistake_in_a_calendar_is_told_once_and_not_again_where_it_is_named(bench: Bench) -> None:
    bench.write("calendar/uk-desk.yaml", LONDON.replace("Europe/London", "Europe/Londn"))
    bench.write("escalation/asked-for-a-person.yaml", TIMED)
    (problem,) = [one for one in bench.check() if one.severity == "error"]
    assert (problem.code, problem.suggestion) == ("CE330", "did you mean `Europe/London`?")


def test_the_rows_of_a_table_may_each_name_one(bench: Bench) -> None:
    table = """\
table:
  hit_policy: first
  inputs: [customer.tier]
  outputs: [escalate.calendar]
  rows:
    - [gold, uk-desk]
    - [-, nowhere]
"""
    bench.write("calendar/uk-desk.yaml", LONDON)
    bench.write("asked-for-a-person.yaml", ESCALATION + table)
    (problem,) = [one for one in bench.check() if one.severity == "error"]
    assert (problem.code, problem.pointer) == ("CE335", "/table/rows/1/1")


def test_a_calendar_is_read_aloud(timed: PolicySet, bench: Bench) -> None:
    hours = timed.get("uk-desk")
    assert hours is not None
    text = render(hours, bench.catalogue).text()
    assert text.splitlines() == [
        "uk-desk: When the desk is staffed (calendar)",
        "Then:",
        "1. Monday open 09:00-12:00 and 13:00-17:30",
        "2. Tuesday to Thursday closed",
        "3. Friday open 21:00-02:00",
        "4. Saturday closed",
        "5. Sunday open 22:00-06:00",
        "6. the hours are those of the clock in Europe/London",
        "7. closed on the public holidays of GB, ENG",
        "8. closed on 2026-12-28 and 2026-12-29",
        "9. on 2026-12-24 open 09:00-12:00 and 13:00-14:00",
        "It is live: it acts. Its owner is care.",
        "Why: Whoever waits for us waits by our hours.",
    ]

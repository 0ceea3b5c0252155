"""Counts and sums over a window, against a plain reading of what they promise."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careengine.model.history import KIND_OF_EVENT, UNDONE, Entry, HistoryQuery, HistoryValue, entries_of, told_by
from careengine.model.value import Money

NOW = datetime(2026, 3, 8, 9, 30, tzinfo=UTC)
HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
FIELDS: dict[str, Any] = {"issue.id": "I-1", "case.id": "T-1"}
FILTERS = ("direction", "channel", "family", "category", "policy")


def _entry(ago: timedelta = HOUR, ref: str = "r-1", **more: Any) -> Entry:
    return Entry(at=NOW - ago, kind=more.pop("kind", "offers"), ref=ref, **more)


def _count(*entries: Entry, function: str = "count", fields: dict[str, Any] = FIELDS, **more: Any) -> HistoryValue:
    return HistoryQuery(function=function, kind="offers", **more).answer(entries, fields, NOW)


entries = st.builds(
    _entry,
    st.sampled_from([-HOUR, timedelta(0), HOUR, WEEK - timedelta(seconds=1), WEEK, WEEK + HOUR]),
    st.sampled_from(["r-1", "r-2", "r-3", "r-4"]),
    kind=st.sampled_from(["offers", "offers", "offers", "failures"]),
    status=st.sampled_from(["", "accepted", *sorted(UNDONE)]),
    severity=st.sampled_from([None, 1, 3]),
    issue=st.sampled_from([None, "I-1", "I-2"]),
    **{name: st.sampled_from([None, "a", "b"]) for name in FILTERS},
)
queries = st.fixed_dictionaries(
    {},
    optional={
        "within": st.sampled_from([HOUR, WEEK]),
        "same": st.just("issue"),
        "status": st.sampled_from(["accepted", "rejected"]),
        "severity_at_least": st.sampled_from([1, 2, 3]),
        **{name: st.just("a") for name in FILTERS},
    },
)


def _plainly(kept: list[Entry], asked: dict[str, Any]) -> int:
    """How many things fit, put together from all that was told of each."""
    told: dict[str, list[Entry]] = {}
    for entry in sorted(kept, key=lambda one: one.at):
        if entry.kind == "offers" and entry.at <= NOW:
            told.setdefault(entry.ref, []).append(entry)
    fit = 0
    for lines in told.values():
        whole: dict[str, Any] = {}
        for name in (*FILTERS, "severity", "issue"):
            said = [getattr(line, name) for line in lines if getattr(line, name) is not None]
            whole[name] = said[-1] if said else None
        status = lines[-1].status
        fit += (
            ("within" not in asked or lines[0].at > NOW - asked["within"])
            and ("same" not in asked or whole["issue"] == "I-1")
            and (status == asked["status"] if "status" in asked else status not in UNDONE)
            and (whole["severity"] or 0) >= asked.get("severity_at_least", 0)
            and all(whole[name] == asked[name] for name in FILTERS if name in asked)
        )
    return fit


@given(kept=st.lists(entries, max_size=8), asked=queries)
def test_a_count_is_what_a_plain_reading_finds(kept: list[Entry], asked: dict[str, Any]) -> None:
    assert _count(*kept, **asked) == _plainly(kept, asked)


@pytest.mark.parametrize(
    ("ago", "is_in"), [(-timedelta(seconds=1), 0), (timedelta(0), 1), (WEEK - timedelta(seconds=1), 1), (WEEK, 0)]
)
def test_a_window_ends_now_and_leaves_its_first_instant_out(ago: timedelta, is_in: int) -> None:
    assert _count(_entry(ago), within=WEEK) == is_in


@pytest.mark.parametrize(("minutes", "contacts"), [([0, 29], 1), ([0, 30], 2), ([0, 20, 40], 2), ([0, 20, 30, 45], 2)])
def test_contacts_less_than_the_gap_apart_are_one(minutes: list[int], contacts: int) -> None:
    kept = [_entry(timedelta(hours=2, minutes=-after), f"r-{after}") for after in minutes]
    assert _count(*reversed(kept), distinct_gap=timedelta(minutes=30)) == contacts


def test_what_has_no_severity_is_less_severe_than_any() -> None:
    assert _count(_entry(severity=None), severity_at_least=1) == 0


def test_a_sum_adds_one_currency_and_knows_nothing_of_two() -> None:
    kept = [_entry(ref=f"r-{number}", amount=Money(Decimal(number), "GBP")) for number in (1, 2)]
    assert _count(*kept, _entry(ref="none"), function="sum") == Money(Decimal(3), "GBP")
    assert _count(function="sum") == Money(Decimal(0), "")
    assert _count(*kept, _entry(ref="r-9", amount=Money(Decimal(1), "EUR")), function="sum") is None


def test_without_the_thing_that_must_be_the_same_nothing_is_known() -> None:
    assert _count(_entry(issue="I-1"), same="issue", fields={}) is None
    assert _count(_entry(issue="I-1"), same="issue") == 1


def test_a_query_is_named_by_all_that_it_asks() -> None:
    query = HistoryQuery(function="count", kind="offers", within=WEEK, distinct_gap=HOUR, family="a", same="issue")
    assert query.key == "count(offers family=a same=issue distinct_gap=1 hour within=7 days)"
    assert HistoryQuery(function="sum", kind="offers").key == "sum(offers)"


TOLD: dict[str, Any] = {
    "id": "e-1",
    "source": "shop",
    "direction": "inbound",
    "channel": "chat",
    "case.id": "T-1",
    "issue.id": "I-1",
    "employee.id": "E-1",
    "issue.category": "bill",
    "failure.id": "F-1",
    "failure.type": "late",
    "failure.severity": 2,
    "failure.cost": Money(Decimal(7), "GBP"),
    "incident.id": "X-1",
    "incident.category": "abuse",
    "incident.severity": 3,
    "incident.target": "E-2",
    "incident.reviewer": "E-3",
    "incident.evidence": ("call-1",),
    "offer.id": "O-1",
    "offer.family": "goodwill",
    "offer.amount": Money(Decimal(5), "GBP"),
    "promise.id": "P-1",
}


@pytest.mark.parametrize("event", KIND_OF_EVENT)
def test_an_event_makes_the_entry_of_its_kind(event: str) -> None:
    kind, ref, status = KIND_OF_EVENT[event]
    [made] = entries_of({**TOLD, "type": event}, NOW)
    assert made == Entry(
        at=NOW,
        kind=kind,
        ref="shop/e-1" if ref == "id" else TOLD[ref],
        status=status,
        direction="inbound",
        channel="chat",
        case="T-1",
        issue="I-1",
        employee="E-2" if kind == "incidents" else "E-1",
        family="goodwill",
        category={"failures": "late", "fixes": "late", "incidents": "abuse"}.get(kind, "bill"),
        severity=3 if kind == "incidents" else 2,
        amount={"offers": TOLD["offer.amount"], "failures": TOLD["failure.cost"]}.get(kind),
        source="shop",
    )


def test_what_is_not_told_stays_untold() -> None:
    bare: dict[str, Any] = {
        "type": "failure.recorded",
        "id": "e-1",
        "source": "shop",
        "failure.severity": True,
        "channel": 5,
    }
    [made] = entries_of(bare, NOW)
    assert (made.ref, made.severity, made.channel, made.case) == ("shop/e-1", None, None, None)
    assert entries_of({**bare, "type": "clock.due"}, NOW) == []


def test_what_a_crm_remembers_has_the_name_that_its_event_would_have() -> None:
    contact, offer = _entry(kind="interactions"), _entry()
    assert told_by("shop", contact) == replace(contact, ref="shop/r-1", source="shop")
    assert told_by("shop", offer) == replace(offer, source="shop")

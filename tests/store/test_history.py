"""What is read back from the history table answers every question as the whole history would."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careengine.model.condition import HistoryTest
from careengine.model.history import Entry, HistoryQuery
from careengine.model.policy import OncePer, PolicySet
from careengine.model.value import Money
from careengine.pipeline.needs import LASTING, Needs
from careengine.store import Store, events, history
from tests.decide.worlds import policy, policy_set
from tests.store.shelf import NOW, event

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from careengine.model.value import Value

FIELDS: dict[str, Value] = {"type": "interaction.received", "issue.id": "i-1", "case.id": "c-1"}
_KINDS = ("interactions", "offers", "incidents", "failures", "decisions")
_WINDOWS = (None, timedelta(hours=3), timedelta(days=1), timedelta(days=7))
_HOURS = st.integers(-9 * 24, 5).map(lambda hours: NOW + timedelta(hours=hours))
_TENANTS = count()


@st.composite
def _entry(draw: st.DrawFn, number: int) -> Entry:
    kind = draw(st.sampled_from(_KINDS))
    return Entry(
        at=draw(_HOURS),
        kind=kind,
        ref=draw(st.sampled_from(["r-1", "r-2"])) if kind in LASTING else f"e-{number}",
        status=draw(st.sampled_from(["", "confirmed", "rejected", "reversed"])),
        direction=draw(st.sampled_from([None, "inbound"])),
        case=draw(st.sampled_from([None, "c-1", "c-2"])),
        issue=draw(st.sampled_from([None, "i-1", "i-2"])),
        severity=draw(st.sampled_from([None, 1, 3])),
        policy=draw(st.sampled_from([None, "p-1"])),
        amount=draw(st.sampled_from([None, Money.parse("10.00 GBP"), Money.parse("2.5 GBP"), Money.parse("1 EUR")])),
    )


_ENTRIES = st.integers(0, 12).flatmap(lambda size: st.tuples(*(_entry(number) for number in range(size))))
_QUERIES = st.builds(
    HistoryQuery,
    function=st.sampled_from(["count", "sum"]),
    kind=st.sampled_from(_KINDS),
    within=st.sampled_from(_WINDOWS),
    same=st.sampled_from([None, "issue", "case"]),
    direction=st.sampled_from([None, "inbound"]),
    status=st.sampled_from([None, "confirmed"]),
    severity_at_least=st.sampled_from([None, 2]),
    distinct_gap=st.sampled_from([None, timedelta(hours=4)]),
    distinct=st.sampled_from([None, "case"]),
    half_life=st.sampled_from([None, timedelta(hours=30)]),
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with closing(Store.open(f"sqlite:///{tmp_path_factory.mktemp('history') / 'care.db'}")) as opened:
        yield opened


@given(entries=_ENTRIES, queries=st.lists(_QUERIES, min_size=1, max_size=4))
def test_every_count_and_sum_is_as_over_the_whole_history(
    shared: Store, entries: Sequence[Entry], queries: Sequence[HistoryQuery]
) -> None:
    tenant = f"t-{next(_TENANTS)}"
    kept = _kept(shared, tenant, entries)
    tests = [HistoryTest(pointer="/when", query=query, operator="at_least", operand=1) for query in queries]
    rules = policy_set([policy(f"p-{n}", "escalation", test, None) for n, test in enumerate(tests)])
    with shared.read() as reader:
        loaded = history.entries(reader, tenant, "C-1", NOW, Needs().since(rules, NOW))
    assert all(entry in kept for entry in loaded)
    for query in queries:
        assert query.answer(loaded, FIELDS, NOW) == query.answer(kept, FIELDS, NOW), query.key


def _kept(store: Store, tenant: str, entries: Sequence[Entry]) -> Sequence[Entry]:
    with store.write() as transaction:
        number = events.add(transaction, event(tenant=tenant))
        history.add(transaction, tenant, "C-1", number, entries)
    return entries


def test_entries_come_back_as_they_were_and_in_order(store: Store) -> None:
    later = Entry(at=NOW, kind="offers", ref="a-1", amount=Money.parse("10.50 GBP"), family="goodwill", severity=2)
    earlier = Entry(at=NOW - timedelta(microseconds=1), kind="interactions", ref="e-1", channel="email", employee="m")
    _kept(store, "acme", [later, earlier])
    with store.read() as reader:
        wanted = {"offers": None, "interactions": None}
        assert history.entries(reader, "acme", "C-1", NOW, wanted) == [earlier, later]
        assert history.entries(reader, "acme", "C-1", NOW - timedelta(seconds=1), wanted) == []
        assert history.entries(reader, "acme", "C-2", NOW, wanted) == []
        assert history.entries(reader, "other", "C-1", NOW, wanted) == []
        assert history.entries(reader, "acme", "C-1", NOW, {"surveys": None}) == []
        assert history.entries(reader, "acme", "C-1", NOW, {}) == []


def test_only_the_window_is_read_of_what_happens_once(store: Store) -> None:
    ages = [timedelta(days=days) for days in (1, 6, 7, 8, 400)]
    contacts = [Entry(at=NOW - age, kind="interactions", ref=f"e-{age.days}") for age in ages]
    incidents = [Entry(at=NOW - age, kind="incidents", ref=f"i-{age.days}") for age in ages]
    _kept(store, "acme", [*contacts, *incidents])
    seven = timedelta(days=7)
    tests = [
        HistoryTest(
            pointer="/when", query=HistoryQuery(function="count", kind=kind, within=seven), operator="is", operand=1
        )
        for kind in ("interactions", "incidents")
    ]
    rules = policy_set([policy(f"p-{n}", "escalation", test, None) for n, test in enumerate(tests)])
    with store.read() as reader:
        loaded = history.entries(reader, "acme", "C-1", NOW, Needs().since(rules, NOW))
    assert [entry.ref for entry in loaded if entry.kind == "interactions"] == ["e-6", "e-1"]
    assert len([entry for entry in loaded if entry.kind == "incidents"]) == 5


def test_a_rule_sets_needs() -> None:
    day, week = timedelta(days=1), timedelta(days=7)

    def counts(kind: str, within: timedelta | None) -> HistoryTest:
        query = HistoryQuery(function="count", kind=kind, within=within)
        return HistoryTest(pointer="/when", query=query, operator="at_least", operand=1)

    rules = policy_set(
        [
            policy("a", "escalation", counts("interactions", day), None, unless=counts("surveys", None)),
            policy("b", "escalation", counts("interactions", week), None, once_per=OncePer(same="case", within=day)),
            policy("c", "escalation", counts("transfers", None), None, status="draft"),
            policy("d", "escalation", counts("surveys", day), None, status="shadow"),
        ]
    )
    assert Needs().since(rules, NOW) == {"interactions": NOW - week, "surveys": None, "decisions": NOW - day}


def test_what_a_rule_set_needs_is_found_once_and_anew_for_another() -> None:
    def rules(name: str, kind: str) -> PolicySet:
        query = HistoryQuery(function="count", kind=kind)
        asked = HistoryTest(pointer="/when", query=query, operator="at_least", operand=1)
        return replace(policy_set([policy("a", "escalation", asked, None)]), hash=name)

    needs = Needs()
    assert needs.since(rules("1" * 64, "surveys"), NOW) == {"surveys": None}
    assert needs.since(rules("1" * 64, "promises"), NOW) == {"surveys": None}  # the hash names one set and no other
    assert needs.since(rules("2" * 64, "promises"), NOW) == {"promises": None}


def test_a_window_may_begin_before_there_were_years() -> None:
    query = HistoryQuery(function="count", kind="interactions", within=timedelta(days=10**6))
    asked = HistoryTest(pointer="/when", query=query, operator="at_least", operand=1)
    since = Needs().since(policy_set([policy("a", "escalation", asked, None)]), NOW)
    assert since == {"interactions": datetime.min.replace(tzinfo=UTC)}

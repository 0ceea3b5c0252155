"""What is reserved, spent and released, in any order: never more than there is, and room that is given back returns."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from careengine.model.usage import Used
from careengine.store import Store, events, reservations, tables, totals
from careengine.store.removal import remove_events
from careengine.store.reservations import Stored
from tests.decide.worlds import NOW, pounds
from tests.store.shelf import event as new_event

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from careengine.model.usage import Usage

MOST = Decimal("50.00")
TENANTS = count()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MIDNIGHT = NOW.replace(hour=0, minute=0)
T = "acme"

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("reserve"), st.sampled_from(["5.00", "20.00", "30.00"]), st.sampled_from([None, 1, 30])),
        st.tuples(st.sampled_from(["spend", "release", "approve"]), st.integers(0, 9), st.none()),
        st.tuples(st.just("wait"), st.sampled_from([1, 7, 36]), st.none()),
    ),
    max_size=25,
)


def asked(at: Any = NOW, *, whole: bool) -> Used:
    month = (NOW - 20 * DAY, NOW + 20 * DAY) if whole else (at - 20 * DAY, at + 20 * DAY)
    ends = {"since": month[0], "until": month[1]}
    return Used(policy="p", scope="all", as_of=at, whole=whole, currency="GBP", **ends)


def reserved(number: int, amount: str, event: int, at: Any = NOW, **more: Any) -> Stored:
    base: dict[str, Any] = {"policy": "p", "scope": "all", "action": f"a-{number}", "state": "held"}
    return Stored(**base | more, at=at, event=event, amount=pounds(amount))


def event(transaction: Connection, number: int = 1) -> int:
    return events.add(transaction, new_event(f"e-{number}"))


def read(store: Store, at: Any = NOW, *, whole: bool = True) -> Usage:
    with store.read() as reader:
        return totals.usage(reader, T, asked(at, whole=whole))


def is_right(store: Store) -> bool:
    with store.read() as reader:
        return all(finding.ok for finding in totals.checked(reader))


def counts(one: Stored, at: Any) -> bool:
    """Whether it takes up room, told the long way."""
    return one.state == "spent" or (one.state == "held" and (one.until is None or one.until > at))


class Ledger:
    """A store in which steps are taken, and what was done beyond the limit, by a person or because it was given."""

    def __init__(self, store: Store) -> None:
        self.store, self.at, self.number, self.forced = store, NOW, 0, False
        self.tenant = f"t-{next(TENANTS)}"
        with store.write() as transaction:
            self.event = events.add(transaction, new_event(tenant=self.tenant))

    def read(self, *, whole: bool) -> Usage:
        question = Used(**{**_fields(asked(self.at, whole=whole)), "as_of": self.at})
        with self.store.read() as reader:
            return totals.usage(reader, self.tenant, question)

    def take(self, step: tuple[str, Any, Any]) -> None:
        what, one, hours = step
        if what == "wait":
            self.at += one * HOUR
        elif what == "reserve":
            self.reserve(one, None if hours is None else self.at + hours * HOUR)
        else:
            self.change(what, f"a-{one}")

    def reserve(self, amount: str, until: Any) -> None:
        """As a decision does it: in one transaction it looks whether there is room, and takes it."""
        with self.store.write() as transaction:
            question = asked(whole=True)
            used = totals.usage(transaction, self.tenant, Used(**{**_fields(question), "as_of": self.at}))
            if used.amount + Decimal(amount) <= MOST:
                one = reserved(self.number, amount, self.event, self.at, until=until)
                reservations.add(transaction, self.tenant, [one])
                self.number += 1

    def change(self, what: str, action: str) -> None:
        with self.store.write() as transaction:
            before = reservations.of_action(transaction, self.tenant, action)
            self.forced |= what != "release" and any(not counts(one, self.at) for one in before)
            when = (self.at,) if what == "approve" else ()
            getattr(reservations, what)(transaction, self.tenant, action, *when)

    def all(self) -> list[Stored]:
        with self.store.read() as reader:
            return [one for n in range(self.number) for one in reservations.of_action(reader, self.tenant, f"a-{n}")]


def _fields(question: Used) -> dict[str, Any]:
    return {name: getattr(question, name) for name in Used.__dataclass_fields__}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with closing(Store.open(f"sqlite:///{tmp_path_factory.mktemp('laws') / 'care.db'}")) as opened:
        yield opened


@given(steps=STEPS)
def test_what_is_taken_is_what_was_reserved_and_never_too_much(steps: Sequence[Any], shared: Store) -> None:
    ledger = Ledger(shared)
    for step in steps:
        ledger.take(step)
        taking = [one for one in ledger.all() if counts(one, ledger.at)]
        told = sum((one.amount.amount for one in taking if one.amount), Decimal(0))
        for whole in (True, False):
            used = ledger.read(whole=whole)
            assert (used.count, used.amount) == (len(taking), told)
        assert told <= MOST or ledger.forced
    assert is_right(shared)
    for one in range(ledger.number):
        ledger.change("release", f"a-{one}")
    assert ledger.read(whole=True).count == 0
    assert is_right(shared)


EDGES = st.sampled_from([timedelta(), timedelta(microseconds=1), -timedelta(microseconds=1), timedelta(minutes=20)])
INSTANTS = st.builds(lambda hours, off: MIDNIGHT + hours * HOUR + off, st.integers(-80, 80), EDGES)


@given(times=st.lists(INSTANTS, max_size=12), ends=st.tuples(INSTANTS, INSTANTS), whole=st.booleans())
def test_hours_and_days_come_to_what_one_by_one_does(times: Any, ends: Any, shared: Store, *, whole: bool) -> None:
    tenant, (since, until) = f"t-{next(TENANTS)}", sorted(ends)
    with shared.write() as transaction:
        number = events.add(transaction, new_event(tenant=tenant))
        for scope in ("all", "person:C-1"):
            made = [reserved(n, f"{n}.50", number, at, state="spent", scope=scope) for n, at in enumerate(times)]
            reservations.add(transaction, tenant, made)
        more: dict[str, Any] = {"since": since, "until": until, "whole": whole, "as_of": NOW, "currency": "GBP"}
        both = [Used(policy="p", scope=scope, **more) for scope in ("all", "person:C-1")]
        many, few = (totals.usage(transaction, tenant, one) for one in both)
        for n in range(0, len(times), 2):
            reservations.release(transaction, tenant, f"a-{n}")
        later = [totals.usage(transaction, tenant, one) for one in both]
        assert all(finding.ok for finding in totals.checked(transaction))
    inside = [n for n, at in enumerate(times) if (since <= at if whole else since < at) and at < until]
    assert many == few
    assert (many.count, many.amount) == (len(inside), sum((Decimal(f"{n}.50") for n in inside), Decimal(0)))
    assert later[0] == later[1]


def test_the_work_of_a_long_window_does_not_grow_with_what_it_counts(file_store: Store) -> None:
    steps = []
    with file_store.write() as transaction:
        number = event(transaction)
        for few, many in ((0, 500), (500, 5_000)):
            made = [
                reserved(n, "1.00", number, NOW - n * timedelta(minutes=5), state="spent") for n in range(few, many)
            ]
            reservations.add(transaction, T, made)
            steps.append(_steps(transaction, asked(whole=False)))
    assert steps[1] < 3 * steps[0]


def _steps(transaction: Connection, question: Used) -> int:
    """How many instructions of SQLite's machine the question takes, in hundreds."""
    ticks = count()
    driver: Any = transaction.connection.driver_connection
    totals.usage(transaction, T, question)  # it is made ready
    driver.set_progress_handler(lambda: next(ticks) < 0, 100)
    totals.usage(transaction, T, question)
    driver.set_progress_handler(None, 0)
    return next(ticks)


def test_a_period_begins_with_its_first_instant_and_ends_before_the_next(store: Store) -> None:
    ends = {"since": NOW, "until": NOW + DAY}
    question = Used(policy="p", scope="all", as_of=NOW, whole=True, currency="GBP", **ends)
    with store.write() as transaction:
        number = event(transaction)
        times = [NOW - timedelta(microseconds=1), NOW, NOW + DAY - timedelta(microseconds=1), NOW + DAY]
        made = [reserved(n, "1.00", number, at, state="spent") for n, at in enumerate(times)]
        reservations.add(transaction, T, made)
        assert totals.usage(transaction, T, question).count == 2


def test_a_window_leaves_out_what_is_exactly_as_old(store: Store) -> None:
    with store.write() as transaction:
        number = event(transaction)
        times = [NOW - 20 * DAY, NOW - 20 * DAY + timedelta(seconds=1)]
        made = [reserved(n, "1.00", number, at, state="spent") for n, at in enumerate(times)]
        reservations.add(transaction, T, made)
    assert read(store, whole=False).count == 1


def test_a_period_and_a_window_count_the_same(store: Store) -> None:
    with store.write() as transaction:
        number = event(transaction)
        reservations.add(transaction, T, [reserved(n, "2.50", number, NOW + n * HOUR) for n in range(3)])
        reservations.add(transaction, T, [reserved(3, "2.50", number, NOW + 3 * HOUR)])
    assert read(store) == read(store, whole=False)
    assert read(store).amount == 10
    assert is_right(store)


def test_other_tenants_policies_and_scopes_count_for_themselves(store: Store) -> None:
    with store.write() as transaction:
        number = event(transaction)
        others = [{"policy": "q"}, {"scope": "person:C-1"}]
        made = [reserved(n, "1.00", number, **other) for n, other in enumerate(others)]
        reservations.add(transaction, T, made)
        reservations.add(transaction, "other", [reserved(0, "1.00", number)])
    assert read(store).count == 0


def test_a_wrong_total_is_told(store: Store) -> None:
    with store.write() as transaction:
        number = event(transaction)
        reservations.add(transaction, T, [reserved(0, "1.00", number)])
        assert all(found.ok for found in totals.checked(transaction))
        transaction.execute(update(tables.totals).values(units=7))
        (finding,) = totals.checked(transaction)
    assert not finding.ok
    assert finding.found == "the totals of `p` are not what was reserved"


def test_what_is_erased_no_longer_counts_and_names_nobody(store: Store) -> None:
    with store.write() as transaction:
        number = event(transaction)
        reservations.add(transaction, T, [reserved(0, "1.00", number, scope="person:C-1")])
        totals.note(transaction, T, "p", "person:C-1", NOW, number)
        remove_events(transaction, T, [number], NOW)
        for table in (tables.totals, tables.notices, tables.reservations):
            assert transaction.execute(table.select()).all() == []


@pytest.mark.parametrize("scope", ["all", "team:T-1"])
@pytest.mark.parametrize("whole", [True, False])
def test_what_was_spent_of_what_many_share_stays_and_tells_nothing_of_whom(
    store: Store, scope: str, *, whole: bool
) -> None:
    question = Used(**{**_fields(asked(whole=whole)), "scope": scope})
    with store.write() as transaction:
        number = event(transaction)
        states: list[dict[str, Any]] = [
            {"state": "spent"},
            {},
            {"until": NOW + DAY},
            {"state": "waiting"},
            {"state": "released"},
        ]
        made = [reserved(n, "1.50", number, scope=scope, **more) for n, more in enumerate(states)]
        reservations.add(transaction, T, made)
        assert totals.usage(transaction, T, question).count == 3
        remove_events(transaction, T, [number], NOW)
        used = totals.usage(transaction, T, question)
        (left,) = transaction.execute(tables.reservations.select()).all()
    assert (used.count, used.amount) == (1, Decimal("1.50"))
    assert left.event is None
    assert left.action not in {one.action for one in made}
    assert is_right(store)


def test_a_person_may_grant_another_amount(store: Store) -> None:
    with store.write() as transaction:
        number = event(transaction)
        waits = reserved(0, "30.00", number, state="waiting", until=NOW + 2 * DAY)
        reservations.add(transaction, T, [waits])
        later = NOW + DAY
        reservations.approve(transaction, T, "a-0", later, pounds("12.00"))
        (kept,) = reservations.of_action(transaction, T, "a-0")
    assert (kept.state, kept.at, kept.until, kept.override) == ("held", later, None, True)
    assert kept.amount == pounds("12.00")
    assert read(store).amount == 12

"""What guardrails cost: `pipeline.handle()` with them over the same pipeline without, on a large database.

Both have the same 100 policies but for the guardrails among them, and the same past: a million entries of history and
a million reservations, of which the running month of one budget has tens of thousands. Events go to both in turns. One
sort makes an offer each, which is reserved in every limit and budget; one is a contact about nothing in particular.
"""

from __future__ import annotations

import random
import shutil
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from statistics import fmean, median
from time import perf_counter
from typing import TYPE_CHECKING, Any

from careengine import resources
from careengine.model.policy import RESTRAINING, REVIEW, PolicySet
from careengine.policy.compile import compile_plan
from careengine.policy.loader import load
from careengine.store import Store
from careengine.store.columns import Instant
from tests.decide.worlds import CATALOGUE
from tests.pipeline.house import contact, pipeline
from tests.reliability.history_at_scale import fill
from tests.store.shelf import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from careengine.model.policy import Policy
    from careengine.pipeline import Pipeline

POLICIES, PAST = 100, 1_000_000
DAYS = 365
_INSERT = (
    "INSERT INTO reservations"
    " (tenant, policy, scope, at, action, event, units, currency, state, until, override, place)"
    " VALUES ('acme', ?, ?, ?, ?, 1, 100000, 'GBP', 'spent', NULL, 0, 0)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Median milliseconds of an event without guardrails and with them; `ratio` is the worse of medians and means."""

    events: int
    without: float
    guarded: float
    ratio: float
    reserved: int

    def __str__(self) -> str:
        times = f"{self.guarded:.2f} ms over {self.without:.2f} ms an event, {self.ratio:.2f}x"
        return f"{times} ({self.events:,} events, {self.reserved:,} reservations)"


def compare(folder: Path, events: int, past: int = PAST) -> dict[str, Cost]:
    """The cost of an event that makes an offer, and of one that is about nothing in particular."""
    policies = rules()
    one = folder / "guarded.db"
    with closing(Store.open(f"sqlite:///{one}")) as store:
        customers = fill(store, past)
        _reserve(store, past, customers)
        store.forget()
    shutil.copy(one, folder / "without.db")
    with (
        closing(Store.open(f"sqlite:///{one}")) as guarded,
        closing(Store.open(f"sqlite:///{folder / 'without.db'}")) as without,
    ):
        plain = [one for one in policies if one.kind not in RESTRAINING]
        lines = [pipeline(guarded, _set(policies)), pipeline(without, _set(plain))]
        _run(lines, _failures("warm", 20))
        sorts = {
            "that makes an offer": _failures("f", events),
            "that asks for nothing": _contacts("c", events, customers),
        }
        return {name: _run(lines, documents) for name, documents in sorts.items()}


def rules() -> Sequence[Policy]:
    """The starter policies, and copies of those that propose something, a hundred in all."""
    found = [one for one in load([resources.rules_folder()], CATALOGUE).policies if one.kind != REVIEW]
    kinds = [one for one in found if one.events and one.id != "late-delivery"]
    more = [replace(kinds[n % len(kinds)], id=f"{kinds[n % len(kinds)].id}-{n}") for n in range(POLICIES - len(found))]
    return sorted([*found, *more], key=lambda one: one.id)


def _set(policies: Sequence[Policy]) -> PolicySet:
    return PolicySet(policies=tuple(policies), hash=f"{len(policies):064}", plan=compile_plan(policies))


def _run(lines: Sequence[Pipeline], documents: Iterator[dict[str, Any]]) -> Cost:
    taken: tuple[list[float], list[float]] = ([], [])
    reserved = 0
    for number, document in enumerate(documents):
        for which in (0, 1) if number % 2 else (1, 0):
            began = perf_counter()
            made = lines[which].handle(document, "acme").decision
            taken[which].append(perf_counter() - began)
            reserved += len(made.get("reserved", ()))
    guarded, without = (median(each) * 1000 for each in taken)
    whole = fmean(taken[0]) / fmean(taken[1])
    return Cost(
        events=len(taken[0]), without=without, guarded=guarded, ratio=max(guarded / without, whole), reserved=reserved
    )


def _failures(name: str, count: int) -> Iterator[dict[str, Any]]:
    """Late deliveries of customers who had none before."""
    for number in range(count):
        who = f"{name}-{number}"
        customer = {"id": who, "household": f"H-{who}", "tier": "bronze"}
        failure = {"id": f"F-{who}", "type": "late_delivery", "fault": "company", "severity": 2, "days_late": 4}
        about: dict[str, Any] = {"customer": customer, "failure": failure, "employee": {"id": "A-1", "team": "billing"}}
        yield contact(f"{name}-{number}", type="failure.recorded", case={"id": f"T-{who}"}, issue={"id": who}, **about)


def _contacts(name: str, count: int, customers: int) -> Iterator[dict[str, Any]]:
    """Contacts of customers with a past."""
    chance = random.Random(7)
    for number in range(count):
        yield contact(f"{name}-{number}", customer={"id": f"C-{chance.randrange(customers)}"}, text="a plain question")


def _reserve(store: Store, rows: int, customers: int) -> None:
    """A year of reservations: all of them in one budget, and each in a limit of somebody's."""
    chance = random.Random(20261122)
    now = Instant().process_bind_param(NOW, store.engine.dialect) or 0
    year = int(timedelta(days=DAYS) / timedelta(microseconds=1))
    whose = ("person:C-", "household:H-")
    policies = ("goodwill-once-60d", "goodwill-value-year")

    def made() -> Iterator[tuple[Any, ...]]:
        for number in range(rows // 2):
            at = now - year + number * year // (rows // 2)
            yield "goodwill-monthly", "all", at, f"a-{number}"
            which = number % 2
            yield policies[which], f"{whose[which]}{chance.randrange(customers)}", at, f"a-{number}"

    with closing(store.engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("BEGIN")
        cursor.executemany(_INSERT, made())  # type: ignore[arg-type]  # SQLite takes them one by one
        connection.commit()
        cursor.execute("ANALYZE reservations")

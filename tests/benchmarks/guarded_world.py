"""A contact centre a year on, to ask what guardrails cost: its policies, what its database holds, its events."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import insert

from careengine import resources
from careengine.model.due_event import due_event
from careengine.model.policy import CALENDAR, PROTECTION, RESTRAINING, REVIEW, STANDARD
from careengine.model.restrictions import ENDED, Standing
from careengine.model.value import say_instant
from careengine.policy.loader import load
from careengine.store import reservations, tables
from careengine.store.columns import Instant
from careengine.store.reservations import Stored
from careengine.store.totals import SPENT
from tests.decide.worlds import CATALOGUE, pounds
from tests.pipeline.house import contact
from tests.reliability.history_at_scale import fill as fill_history
from tests.store.shelf import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from careengine.model.policy import Policy
    from careengine.store import Store

POLICIES = 100
GUARDING = frozenset({*RESTRAINING, PROTECTION, STANDARD, REVIEW})
_MICROSECOND, _SECOND, _DAY, _YEAR = timedelta(microseconds=1), timedelta(seconds=1), timedelta(days=1), 365
_AT_ONCE = 20_000  # rows of one statement
_SOURCE = "demo"


def rules() -> Sequence[Policy]:
    """The starter policies, and copies of them in turns until there are a hundred, so that each kind has more.

    Nothing else offers when `late-delivery` does: what is made of one offer is then told apart.
    """
    found = load([resources.rules_folder()], CATALOGUE).policies
    again = [one for one in found if one.id != "late-delivery" and one.kind not in (CALENDAR, REVIEW)]
    turns: Counter[str] = Counter()
    ordered = sorted(again, key=lambda one: (_turn(turns, one.kind), one.kind))
    copies = [replace(ordered[n % len(ordered)], id=f"{ordered[n % len(ordered)].id}-{n}") for n in range(POLICIES)]
    return sorted([*found, *copies[: POLICIES - len(found)]], key=lambda one: one.id)


def _turn(turns: Counter[str], kind: str) -> int:
    turns[kind] += 1
    return turns[kind]


def without_guardrails(policies: Iterable[Policy]) -> list[Policy]:
    """Those that only propose: no limit, cap, authority, arbitration, clock, protection or way to a human."""
    return [one for one in policies if one.kind not in GUARDING]


def fill(store: Store, past: int, timers: int) -> int:
    """A year of history and reservations, and what stands of clocks, timers, tasks and restrictions; the customers."""
    customers = fill_history(store, past)
    with store.write() as transaction:
        for some in _some(_reservations(past, customers)):
            reservations.add(transaction, "acme", some)
    now = Instant().process_bind_param(NOW, store.engine.dialect) or 0
    made = {
        tables.clocks: _clocks(timers // 2, now),
        tables.timers: _timers(timers, customers, now),
        tables.tasks: _tasks(past // 20, customers, now),
        tables.restrictions: _restrictions(past // 100, customers, now),
        tables.overrides: _overrides(past // 20, now),
        tables.notices: _notices(past // 1000, now),
    }
    with closing(store.engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("BEGIN IMMEDIATE")
        for table, rows in made.items():
            for row in rows:
                cursor.execute(str(insert(table).values(dict.fromkeys(row)).compile(store.engine)), list(row.values()))
        connection.commit()
        cursor.execute("ANALYZE")
    store.forget()
    return customers


def _some(made: Iterator[Stored]) -> Iterator[Sequence[Stored]]:
    while some := [one for _, one in zip(range(_AT_ONCE), made, strict=False)]:
        yield some


def _reservations(rows: int, customers: int) -> Iterator[Stored]:
    """All of them in one budget, and each in a limit of somebody's."""
    chance, step = random.Random(20261122), _YEAR * _DAY / max(1, rows // 2)
    limits = (("goodwill-once-60d", "person:C-"), ("goodwill-value-year", "household:H-"))
    for number in range(rows // 2):
        at, (policy, whose) = NOW - _YEAR * _DAY + number * step, limits[number % 2]
        more: Mapping[str, Any] = {"at": at, "action": f"a-{number}", "event": 1, "state": SPENT}
        yield Stored(policy="goodwill-monthly", scope="all", amount=pounds("10.00"), **more)
        yield Stored(policy=policy, scope=f"{whose}{chance.randrange(customers)}", amount=pounds("10.00"), **more)


def _clocks(rows: int, now: int) -> Iterator[dict[str, Any]]:
    """Cases that were opened in the last weeks, half of them still waiting for an answer."""
    for number in range(rows):
        case = f"T-{number}"
        document: dict[str, Any] = {
            "pauses": [],
            "past": None,
            "next": None,
            "until": None,
            "cause": {"source": _SOURCE, "id": case},
            "told": say_instant(NOW),
        }
        yield {
            "tenant": "acme",
            "policy": "first-response",
            "source": _SOURCE,
            "subject": f"case:{case}",
            "case": case,
            "state": "running" if number % 2 else "met",
            "event": 1,
            "started_at": now - number * (_SECOND // _MICROSECOND),
            "due_at": now,
            "document": _json(document),
        }


def _timers(rows: int, customers: int, now: int) -> Iterator[dict[str, Any]]:
    """Each a second after the one before, the first of them a second from now."""
    for number in range(rows):
        cause = {"id": f"e-{number}", "source": _SOURCE, "customer": {"id": f"C-{number % customers}"}}
        at, named = NOW + (number + 1) * _SECOND, f"clock:first-response:{number:024x}"
        told = {"kind": "standard", "policy": "first-response", "step": "breach", "subject": f"case:T-{number}"}
        due_at = now + (number + 1) * (_SECOND // _MICROSECOND)
        yield {
            "tenant": "acme",
            "id": named,
            "due_at": due_at,
            "try_at": due_at,
            "attempts": 0,
            "event": 1,
            "document": _json(due_event(cause, named, at, **told)),
        }


def _tasks(rows: int, customers: int, now: int) -> Iterator[dict[str, Any]]:
    for number in range(rows):
        yield {
            "tenant": "acme",
            "id": f"t_{number}",
            "kind": ("approval", "flag", "promise", "nomination")[number % 4],
            "state": "open" if number % 10 == 0 else "approved",
            "event": 1,
            "customer": f"C-{number % customers}",
            "source": _SOURCE,
            "target": f"case:T-{number}",
            "role": "team-lead",
            "policy": "goodwill-once-60d",
            "opened_at": now,
            "due_at": now,
            "changed_at": now,
            "subject": f"action:a-{number}",
            "document": _json({"asks": "may this be given?", "params": {}}),
        }


def _restrictions(rows: int, customers: int, now: int) -> Iterator[dict[str, Any]]:
    for number in range(rows):
        standing = Standing(
            id=f"r-{number}",
            policy="abuse-ladder",
            step="written_warning",
            state=ENDED,
            to="team-lead",
            incident=f"I-{number}",
            as_of=NOW - _DAY,
        )
        yield {
            "tenant": "acme",
            "id": standing.id,
            "customer": f"C-{number % customers}",
            "event": 1,
            "opened_at": now,
            "changed_at": now,
            "standing": _json(standing.to_json()),
            "document": _json({}),
        }


def _overrides(rows: int, now: int) -> Iterator[dict[str, Any]]:
    for number in range(rows):
        told = {"did": "declined", "reason": "not this time", "exception": "not this time", "actor": "person:a-1"}
        more = {"policy": "late-delivery", "at": now, "event": 1, "decision": f"d-{number}"}
        yield {"tenant": "acme", **more, **told}


def _notices(rows: int, now: int) -> Iterator[dict[str, Any]]:
    for number in range(rows):
        month = number * 31 * (_DAY // _MICROSECOND)
        yield {"tenant": "acme", "policy": "goodwill-monthly", "scope": "all", "at": now - month - 1, "event": 1}


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _told(sort: str, number: int, **more: Any) -> dict[str, Any]:
    who = {"id": f"{sort}-{number}", "household": f"H-{sort}-{number}", "tier": "bronze", "consent": ["care", "survey"]}
    about: dict[str, Any] = {"customer": who, "case": {"id": f"{sort}-{number}"}, "issue": {"id": f"{sort}-{number}"}}
    return contact(f"{sort}-{number}", **about | {"employee": {"id": "A-1", "team": "billing"}} | more)


def _question(sort: str, number: int, customers: int) -> dict[str, Any]:
    who = random.Random(f"{sort}-{number}").randrange(customers)
    return contact(f"{sort}-{number}", customer={"id": f"C-{who}"}, text="a plain question")


def _late(sort: str, number: int, _: int) -> dict[str, Any]:
    fault = {"id": f"F-{sort}-{number}", "type": "late_delivery", "fault": "company", "severity": 2, "days_late": 4}
    return _told(sort, number, type="failure.recorded", failure=fault)


def _opened(sort: str, number: int, _: int) -> dict[str, Any]:
    return _told(sort, number, type="case.opened", case={"id": f"{sort}-{number}", "status": "open"})


def _answered(sort: str, number: int, customers: int) -> dict[str, Any]:
    """An agent's answer in a case whose clock runs, if the name of the sort has none of its own."""
    case, who = {"id": f"T-{2 * number + 1}", "status": "open"}, {"id": f"C-{number % customers}"}
    more: dict[str, Any] = {"direction": "outbound", "actor": {"type": "agent", "id": "A-1"}}
    return contact(f"{sort}-{number}", customer=who, case=case, **more)


def _incident(sort: str, number: int, customers: int) -> dict[str, Any]:
    parties = {"reporter": "A-1", "reviewer": "A-2", "target": "A-1"}
    what = {"id": f"I-{sort}-{number}", "category": "harassment", "severity": 3, "evidence": ["recording-1"]}
    who = {"id": f"C-{number % customers}"}
    return contact(f"{sort}-{number}", type="incident.confirmed", customer=who, incident={**what, **parties})


def _survey(sort: str, number: int, _: int) -> dict[str, Any]:
    return _told(sort, number, type="survey.answered", survey={"nps": 3})


def _bot(sort: str, number: int, _: int) -> dict[str, Any]:
    more: dict[str, Any] = {"bot": {"human_requested": True}, "actor": {"type": "bot"}, "channel": "chat"}
    return _told(sort, number, type="bot.turn", **more)


def _praise(sort: str, number: int, _: int) -> dict[str, Any]:
    return _told(sort, number, type="compliment.received", text="Robin found my parcel and rang me twice. Thank you.")


# Every sort of event, with its share of a hundred of a day.
SORTS: Mapping[str, tuple[int, Callable[[str, int, int], dict[str, Any]]]] = {
    "a contact about nothing in particular": (40, _question),
    "an agent's answer in a case": (25, _answered),
    "a case is opened": (15, _opened),
    "a late delivery, an offer is made": (8, _late),
    "a survey by an unhappy customer": (5, _survey),
    "a turn of a bot": (4, _bot),
    "a compliment": (2, _praise),
    "abuse is confirmed": (1, _incident),
}


def a_day(events: int) -> list[str]:
    """The sorts of so many events, mixed as a day has them."""
    sorts = list(chain.from_iterable([sort] * share for sort, (share, _) in SORTS.items()))
    return [sorts[number * 37 % len(sorts)] for number in range(events)]

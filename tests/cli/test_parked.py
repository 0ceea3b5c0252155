"""`careengine parked` and the service settle what is parked by adapter and cause, always for a reason."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from careengine.store import causes, outbox
from tests.cli.conftest import inside
from tests.store.shelf import action, decision, keep

if TYPE_CHECKING:
    from tests.cli.conftest import Careengine

WHY = ("--reason", "the case is open again")


@pytest.fixture
def parked(careengine: Careengine, database: str) -> str:
    """Three actions that a CRM rejected and one for which no attempt was left."""
    assert careengine("db", "upgrade").code == 0
    now = datetime.now(UTC)
    with inside(database) as transaction:
        for number in range(4):
            name = f"a-{number}"
            keep(transaction, decision(f"d-{name}", "recovery", action(name)), tenant="default")
            why = causes.reason(causes.REJECTED if number else causes.GAVE_UP, "no")
            outbox.park(transaction, "default", name, why, now)
    return database


@pytest.mark.usefixtures("parked")
def test_it_is_listed_retried_and_dropped(careengine: Careengine) -> None:
    rows = careengine("parked", "list", "--format", "json").json
    assert [(row["what"], row["cause"], row["count"]) for row in rows] == [
        ("actions", "gave-up", 1),
        ("actions", "rejected", 3),
    ]
    adapter = ("actions", "--adapter", rows[0]["adapter"])
    assert "rejected" in careengine("parked", "list").out
    retried = careengine("parked", "retry", *adapter, "--cause", "rejected", *WHY)
    assert (retried.code, retried.out) == (0, "3 actions will be tried again\n")
    dropped = careengine("parked", "drop", *adapter, *WHY)
    assert (dropped.code, dropped.out) == (0, "1 action dropped\n")
    assert careengine("parked", "drop", *adapter, *WHY).code == 1
    assert "nothing is parked" in careengine("parked", "list").out
    entries = careengine("audit", "--format", "json").json
    assert sorted((entry["did"], entry["reason"]) for entry in entries) == [("drop", WHY[1])] + [("retry", WHY[1])] * 3
    assert all(entry["actor"].startswith("local:") for entry in entries)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("retry", "actions", "--adapter", "demo"), "--reason"),
        (("retry", "actions", *WHY), "--adapter"),
        (("drop", "things", "--adapter", "demo", *WHY), "deliveries"),
        (("drop", "actions", "--adapter", "demo", "--cause", "bad-mood", *WHY), "gave-up"),
        (("drop", "actions", "--adapter", "demo", "--reason", " "), "say why"),
    ],
)
def test_wrong_use_is_told(careengine: Careengine, arguments: tuple[str, ...], says: str) -> None:
    ran = careengine("parked", *arguments)
    assert ran.code == 2
    assert says in ran.err


def test_doctor_tells_whose_credentials_are_refused(careengine: Careengine, parked: str) -> None:
    with inside(parked) as transaction:
        outbox.retry_parked(transaction, "default", "a-1", "try", datetime.now(UTC))
        why = causes.reason(causes.REFUSED, "key expired")
        outbox.again(transaction, "default", "a-1", datetime.now(UTC), why, datetime.now(UTC), 1)
    ran = careengine("doctor")
    assert ran.code == 1
    assert "credentials refused: key expired" in ran.out
    assert "renew the credentials in `[adapters." in ran.out

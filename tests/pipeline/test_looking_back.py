"""How far back the rules look is known of everything that counts what was before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from careengine import resources
from careengine.model.contact_cap import ContactCap, Frequency
from careengine.model.policy import LIVE
from careengine.pipeline.looking_back import looks_back
from careengine.policy import loader
from tests.decide.worlds import CATALOGUE, policy
from tests.pipeline.limits import ALWAYS, DAY, GOODWILL, limit

ZONE = ZoneInfo("Europe/London")
CAP = ContactCap(purposes=("care",), frequency=Frequency(at_most=1, within=400 * DAY, of=("care",), then="skip"))


@pytest.mark.parametrize(
    ("more", "far"),
    [
        ({"within": 365 * DAY}, 365),
        ({"period": "day", "zone": ZONE}, 1),
        ({"period": "week", "zone": ZONE}, 7),
        ({"period": "month", "zone": ZONE}, 31),
        ({"period": "quarter", "zone": ZONE}, 92),
        ({"period": "year", "zone": ZONE}, 366),
    ],
)
@pytest.mark.parametrize("kind", ["limit", "budget"])
def test_limits_and_budgets(kind: str, more: dict[str, Any], far: int) -> None:
    assert looks_back((limit("room", kind, **more),)) == {"room": timedelta(days=far)}


@pytest.mark.parametrize("per", ["all", "team"])
def test_what_stays_spent_needs_no_events(per: str) -> None:
    assert looks_back((limit("room", "budget", per=per),)) == {}


def test_contact_caps() -> None:
    cap = policy("cap", "contact_cap", ALWAYS, CAP, events=frozenset())
    assert looks_back((cap,)) == {"cap": 400 * DAY}


def test_ladders() -> None:
    rules = loader.load([resources.rules_folder() / "protection" / "abuse-ladder.yaml"], CATALOGUE)
    assert looks_back(rules.policies) == {"abuse-ladder": 180 * DAY}


def test_what_looks_at_nothing_before_or_is_not_at_work_is_left_out() -> None:
    assert limit("off", status="draft").status != LIVE
    assert looks_back((GOODWILL, limit("off", status="draft"))) == {}

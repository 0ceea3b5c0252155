"""Limits and budgets as files: what is read of them, and two that contradict each other."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from careengine.model.arbitration import Arbitration
from careengine.model.limit import Ask, Limit, Notice
from careengine.model.policy import Offer, Recovery
from tests.decide.worlds import pounds
from tests.policy.bench import ARBITRATION, BUDGET, LIMIT

if TYPE_CHECKING:
    from tests.policy.bench import Bench

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LIVE_BUDGET = BUDGET.replace("shadow", "live")
EUROS = LIVE_BUDGET.replace("GBP", "EUR").replace("goodwill-weekly", "goodwill-weekly-eu")


def codes(bench: Bench) -> list[tuple[str, str, str]]:
    return [(one.code, one.severity, one.pointer) for one in bench.check() if one.code != "CE502"]


def test_a_limit_is_what_its_file_says(bench: Bench) -> None:
    policy = bench.load(bench.policy(kind="limit"))
    assert policy.outcome == Limit(
        block="limit",
        of="offer",
        per="household",
        family="goodwill",
        count=2,
        amount=pounds("100.00"),
        within=90 * DAY,
        hold=7 * DAY,
        over=Ask(to="team-lead", within=4 * HOUR),
        notice=Notice(at=80, to="care-operations"),
    )
    assert list(policy.outcome.roles()) == [("/over/ask", "team-lead"), ("/tell/to", "care-operations")]
    assert policy.events == frozenset()


def test_a_budget_is_what_its_file_says(bench: Bench) -> None:
    outcome = bench.load(bench.policy(kind="budget")).outcome
    assert isinstance(outcome, Limit)
    assert (outcome.block, outcome.per, outcome.period, outcome.zone) == (
        "budget",
        "all",
        "week",
        ZoneInfo("Europe/London"),
    )
    assert (outcome.family, outcome.within, outcome.hold, outcome.notice) == (None, None, None, None)


def test_two_budgets_on_the_same_thing_are_fine(bench: Bench) -> None:
    bench.write("goodwill-weekly.yaml", LIVE_BUDGET)
    other = LIVE_BUDGET.replace("goodwill-weekly", "goodwill-yearly").replace("period: week", "period: year")
    bench.write("goodwill-yearly.yaml", other)
    assert codes(bench) == []


def test_two_currencies_for_the_same_offers_are_a_mistake(bench: Bench) -> None:
    bench.write("goodwill-weekly.yaml", LIVE_BUDGET)
    bench.write("goodwill-weekly-eu.yaml", EUROS)
    assert codes(bench) == [("CE345", "error", "/budget/amount")]


@pytest.mark.parametrize(
    "other",
    [
        EUROS.replace("live", "draft"),
        EUROS.replace("per: all,", "per: all, of: follow_up, count: 3,").replace("amount: 5000.00 EUR, ", ""),
        EUROS.replace("amount: 5000.00 EUR", "count: 3"),
    ],
)
def test_what_never_meets_does_not_contradict(bench: Bench, other: str) -> None:
    bench.write("goodwill-weekly.yaml", LIVE_BUDGET)
    bench.write("goodwill-weekly-eu.yaml", other)
    assert codes(bench) == []


def test_a_condition_keeps_currencies_apart(bench: Bench) -> None:
    bench.write("goodwill-weekly.yaml", f"{LIVE_BUDGET}when: {{field: customer.region, is: uk}}\n")
    bench.write("goodwill-weekly-eu.yaml", f"{EUROS}when: {{field: customer.region, is: eu}}\n")
    assert codes(bench) == []


def test_families_that_differ_do_not_meet(bench: Bench) -> None:
    bench.write("goodwill-weekly.yaml", LIVE_BUDGET.replace("per: all", "family: gesture, per: all"))
    bench.write("goodwill-twice.yaml", LIMIT.replace("shadow", "live").replace("GBP", "EUR"))
    assert codes(bench) == []


def test_an_entitlement_is_owed_without_saying_so(bench: Bench) -> None:
    policy = bench.load(bench.policy(kind="entitlement"))
    assert isinstance(policy.outcome, Recovery)
    assert policy.outcome.offer == Offer(family="entitlement", amount=pounds("30.00"))


def test_a_recovery_still_says_what_it_gives(bench: Bench) -> None:
    bench.policy("  family: goodwill\n  amount", "  amount")
    assert [(one.code, one.pointer) for one in bench.check()] == [("CE202", "/offer/family")]


LIVE_ARBITRATION = ARBITRATION.replace("shadow", "live")


def test_an_arbitration_is_what_its_file_says(bench: Bench) -> None:
    assert bench.load(bench.policy(kind="arbitration")).outcome == Arbitration(
        families={"goodwill": "max", "gesture": "best"},
        exclusive=(("goodwill", "gesture"),),
        pick=1,
        order=("priority", "severity_fit", "cost", "id"),
        no_selling=90 * DAY,
    )


def test_the_id_decides_last_without_being_named(bench: Bench) -> None:
    outcome = bench.load(bench.policy("cost, id]", "cost]", kind="arbitration")).outcome
    assert isinstance(outcome, Arbitration)
    assert outcome.order[-2:] == ("cost", "id")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("x", "x"), [("CE347", "warning", "/arbitration")]),
        (("status: live", "priority: 60\nstatus: live"), []),
        (("status: live", "status: draft"), []),
    ],
)
def test_two_arbitrations_of_one_rank(bench: Bench, change: tuple[str, str], expected: list[object]) -> None:
    bench.write("one-of-all.yaml", LIVE_ARBITRATION)
    bench.write("two-of-all.yaml", LIVE_ARBITRATION.replace("one-of-all", "two-of-all").replace(*change))
    assert codes(bench) == expected


def test_a_group_names_what_makes_an_offer(bench: Bench) -> None:
    bench.policy()
    bench.write("one-of-all.yaml", ARBITRATION.replace("[[goodwill, gesture]]", "[[gesture, late-delivrey]]"))
    (problem,) = bench.check()
    assert (problem.code, problem.pointer) == ("CE348", "/arbitration/exclusive/0/1")
    assert problem.suggestion == "did you mean `late-delivery`?"

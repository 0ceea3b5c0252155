"""`once_per` is kept whoever a case is told to be of, and in whichever order events come."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from careengine.backtest.replay import replay
from careengine.model.policy import Escalation, OncePer
from careengine.store import tables
from tests.decide.worlds import CATALOGUE, NOW, field_test, policy, policy_set
from tests.pipeline.house import WEEK, contact, pipeline

if TYPE_CHECKING:
    from datetime import datetime

    from careengine.store import Store

HOUR = timedelta(hours=1)
RULE = policy("late", "escalation", field_test("failure.type", "is", "late_delivery"), Escalation(to="tier-2", level=2))


def acted(store: Store, same: str, told: list[tuple[datetime, str | None, str]]) -> list[bool]:
    """Of events (when, whose, of which CRM) in the order in which they come, whether the rule acted on each."""
    rules = policy_set([replace(RULE, once_per=OncePer(same=same, within=WEEK))])
    line, found = pipeline(store, rules, clock=lambda: NOW + 2 * WEEK), []
    for number, (at, whose, source) in enumerate(told):
        more = {"customer": {"id": whose} if whose else {}, "source": source, "issue": {"id": "I-1"}}
        document = contact(f"e-{number}", at, failure={"type": "late_delivery"}, case={"id": "T-1"}, **more)
        found.append(bool(line.handle(document, "acme").decision["actions"]))
    with store.read() as reader:
        kept = reader.execute(select(tables.decisions.c.decision, tables.decisions.c.facts)).all()
    assert [replay(one.decision, one.facts, rules, CATALOGUE).difference for one in kept] == [""] * len(told)
    return found


@pytest.mark.parametrize("same", ["case", "customer", "issue"])
def test_an_event_that_comes_late_does_not_make_it_act_again(store: Store, same: str) -> None:
    times = [NOW + 2 * HOUR, NOW + HOUR, NOW, NOW + 2 * HOUR - WEEK]
    assert acted(store, same, [(at, "C-1", "demo") for at in times]) == [True, False, False, True]


@pytest.mark.parametrize("whose", [("C-1", "C-2", "C-3"), (None, None, None), (None, "C-1", None)])
def test_a_case_is_one_whoever_it_is_told_to_be_of(store: Store, whose: tuple[str | None, ...]) -> None:
    told = [(NOW + number * HOUR, one, "demo") for number, one in enumerate(whose)]
    assert acted(store, "case", [*told, (NOW + WEEK, "C-4", "demo")]) == [True, False, False, True]


def test_another_crms_case_and_another_customers_issue_are_others(store: Store) -> None:
    assert acted(store, "case", [(NOW, "C-1", "demo"), (NOW, "C-1", "other")]) == [True, True]


@pytest.mark.parametrize("same", ["customer", "issue"])
def test_another_customer_is_another(store: Store, same: str) -> None:
    assert acted(store, same, [(NOW, "C-1", "demo"), (NOW, "C-2", "demo")]) == [True, True]

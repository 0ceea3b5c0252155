"""Decisions are added and found again, page by page, and never changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select, update

from careengine.errors import StoreError
from careengine.model.decision import Match
from careengine.store import Store, decisions, events, outbox, rulesets, tables
from tests.store.shelf import NOW, RULESET, action, decision, event, keep

if TYPE_CHECKING:
    from collections.abc import Mapping


def test_a_decision_comes_back_with_all_it_was_made_of(store: Store) -> None:
    made = decision("d-1", "recovery", action())
    with store.write() as transaction:
        keep(transaction, made)
    with store.read() as reader:
        found = decisions.get(reader, "acme", "d-1")
        assert found is not None
        assert (found.decision, found.facts) == (made.to_json(), {"as_of": made.as_of})
        assert (found.event, found.ruleset, found.recorded_at) == ({"id": "e-d-1"}, RULESET, NOW)
        assert rulesets.get(reader, "acme", found.ruleset) == [{"id": "p-1"}]
        assert decisions.get(reader, "acme", "d-2") is None


def test_a_table_of_which_several_rows_act_is_one_match(store: Store) -> None:
    rows = tuple(Match(policy="t-1", kind="recovery", because=(), row=row) for row in (1, 3))
    with store.write() as transaction:
        keep(transaction, replace(decision("d-1", "recovery", action()), matched=rows))
    with store.read() as reader:
        assert reader.execute(select(tables.matches.c.policy)).scalars().all() == ["t-1"]
        found = decisions.get(reader, "acme", "d-1")
        assert found is not None
        assert [match["row"] for match in found.decision["matched"]] == [1, 3]


def test_a_decision_is_never_changed(store: Store) -> None:
    with store.write() as transaction:
        keep(transaction, decision())
    with pytest.raises(StoreError, match="refuses this record"), store.write() as transaction:
        transaction.execute(update(tables.decisions).values(ruleset="0" * 64))
    with store.read() as reader:
        assert reader.scalar(select(tables.decisions.c.ruleset)) == RULESET


def test_what_hangs_on_an_event_goes_with_it(store: Store) -> None:
    with store.write() as transaction:
        keep(transaction, decision("d-1", "recovery", action()))
        transaction.execute(delete(tables.events).where(tables.events.c.tenant == "acme"))
        for table in (tables.decisions, tables.matches, tables.actions):
            assert transaction.execute(select(table)).all() == []


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["d-3", "d-2", "d-1"]),
        ({"limit": 2}, ["d-3", "d-2"]),
        ({"after": "d-2"}, ["d-1"]),
        ({"after": "d-1"}, []),
        ({"after": "never heard of"}, []),
        ({"kind": "recovery"}, ["d-3", "d-1"]),
        ({"kind": "protection"}, ["d-2"]),
        ({"status": "propose"}, ["d-2"]),
        ({"status": "execute", "kind": "recovery"}, ["d-3", "d-1"]),
        ({"customer": "C-9"}, ["d-3"]),
    ],
)
def test_pages(store: Store, asked: Mapping[str, str], expected: list[str]) -> None:
    with store.write() as transaction:
        keep(transaction, decision("d-1", "recovery", action("a-1")))
        keep(transaction, decision("d-2", "protection", action("a-2", status="propose")))
        keep(transaction, decision("d-3", "recovery", action("a-3")), customer="C-9")
        keep(transaction, decision("d-1", "recovery", action("a-1", status="propose")), tenant="other")
    with store.read() as reader:
        assert [one.id for one in decisions.page(reader, "acme", **asked)] == expected  # type: ignore[arg-type]


def test_two_tenants_with_the_same_ids_do_not_meet(store: Store) -> None:
    with store.write() as transaction:
        for tenant in ("acme", "other"):
            keep(transaction, decision("d-1", "recovery", action()), tenant=tenant)
        assert outbox.claim(transaction, "acme", "demo", NOW) is not None
        assert outbox.claim(transaction, "acme", "demo", NOW) is None
    with store.read() as reader:
        assert [one.tenant for one in decisions.page(reader, "other")] == ["other"]
        assert [one.decision for one in outbox.in_state(reader, "other", "due")] == ["d-1"]
        assert events.answered(reader, "nobody", "demo", "e-d-1") is None


def test_a_rule_set_is_kept_once(store: Store) -> None:
    with store.write() as transaction:
        rulesets.keep(transaction, "acme", RULESET, lambda: [{"id": "a"}], NOW)
        rulesets.keep(transaction, "acme", RULESET, lambda: [{"id": "b"}], NOW)
        assert rulesets.get(transaction, "acme", RULESET) == [{"id": "a"}]
        assert rulesets.get(transaction, "other", RULESET) is None


def test_an_event_answers_with_its_first_decision(store: Store) -> None:
    with store.write() as transaction:
        keep(transaction, decision())
        events.add(transaction, event("undecided"))
        known = events.answered(transaction, "acme", "demo", "e-d-1")
        assert known is not None
        assert known.decision is not None
        assert (known.digest, known.decision["id"]) == ("0" * 64, "d-1")
        assert events.answered(transaction, "acme", "other", "e-d-1") is None

"""What an event came of is ours to say: who echoes it is believed as far as we know it, and nobody else is harmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from careengine.decide.loop import DEEPEST
from careengine.store import events
from tests.pipeline.house import contact, late, pipeline

if TYPE_CHECKING:
    from careengine.pipeline import Pipeline
    from careengine.store import Store

BY_SYSTEM = {"actor": {"type": "system"}}


def told(line: Pipeline, event: str, **more: Any) -> dict[str, Any]:
    return line.handle(late(event, **BY_SYSTEM, **more), "acme").decision


def kept(store: Store, event: str) -> Any:
    with store.read() as reader:
        document = events.document_named(reader, "acme", "demo", event)
    assert document is not None
    return document.get("cause")


@pytest.mark.parametrize(
    "cause",
    [
        {"event": "nobody-knows-it", "depth": DEEPEST + 1},
        {"depth": DEEPEST + 1},
        {"event": "elsewhere", "depth": DEEPEST + 1},
    ],
)
def test_who_claims_a_cause_that_we_do_not_know_is_as_if_they_had_not(store: Store, cause: dict[str, Any]) -> None:
    line = pipeline(store)
    line.handle(contact("elsewhere", source="shop"), "acme")
    assert [one["policy"] for one in told(line, "e-1", cause=cause)["matched"]] == ["late-delivery"]
    tried = line.dry_run(late("e-2", **BY_SYSTEM, cause=cause, customer={"id": "C-2"}), "acme")
    assert [one["policy"] for one in tried["matched"]] == ["late-delivery"]
    assert kept(store, "e-1") is None


def test_a_circle_that_is_echoed_is_noticed_however_slow_it_is(store: Store) -> None:
    line = pipeline(store)
    for number in range(DEEPEST + 2):
        cause = {"cause": {"event": f"e-{number - 1}", "depth": 0}} if number else {}
        customer = {"customer": {"id": f"C-{number}"}}
        decision = told(line, f"e-{number}", case=None, **customer, **cause)
        assert (decision["withheld"] != []) is (number > DEEPEST), number
    assert kept(store, f"e-{DEEPEST}") == {"event": f"e-{DEEPEST - 1}", "depth": DEEPEST}


def test_the_same_event_with_its_cause_told_again_is_the_same(store: Store) -> None:
    line = pipeline(store)
    told(line, "e-1")
    first = told(line, "e-2", cause={"event": "e-1", "depth": 7})
    again = line.handle(late("e-2", **BY_SYSTEM, cause={"event": "e-1", "depth": 7}), "acme")
    assert again.duplicate
    assert again.decision == first

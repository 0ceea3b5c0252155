"""What is kept after its caller stopped waiting is counted and told like everything else, and once."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING

import pytest

from careengine.errors import StoreError
from careengine.pipeline import pipeline as story
from careengine.store import decisions
from careengine.telemetry import metrics
from tests.pipeline.house import Hooks, late, pipeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine.decide.guard import Guard
    from careengine.model.decision import Decision
    from careengine.store import Store


@dataclass(slots=True)
class Slow(Hooks):
    """A plugin whose guard takes its time."""

    begun: Event = field(default_factory=Event)
    go: Event = field(default_factory=Event)
    heard: Event = field(default_factory=Event)

    def guards(self) -> Sequence[Guard]:
        self.begun.set()
        self.go.wait(20)
        return ()

    def decision_recorded(self, decision: Decision) -> None:
        self.told.append(decision)
        self.heard.set()


def counted(outcome: str) -> float:
    return metrics.REGISTRY.get_sample_value("careengine_interactions_total", {"outcome": outcome}) or 0.0


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story, "KEEP_SECONDS", 0.05)


def test_it_is_counted_told_and_delivered(store: Store) -> None:
    hooks, woken, before = Slow(), [], counted("decided")
    line = pipeline(store, hooks=hooks)
    line.wake = lambda: woken.append(counted("decided"))
    with pytest.raises(StoreError, match="in time"):
        line.handle(late(), "acme")
    assert (counted("decided"), woken, hooks.told) == (before, [], [])
    hooks.go.set()
    assert hooks.heard.wait(10)
    assert (counted("decided"), woken) == (before + 1, [before + 1])
    assert line.handle(late(), "acme").duplicate
    line.close()
    assert len(hooks.told) == len(woken) == 1


def test_what_had_not_begun_is_given_up(file_store: Store) -> None:
    hooks = Slow()
    line = pipeline(file_store, hooks=hooks)
    with file_store.write(), pytest.raises(StoreError, match="in time"):
        line.handle(late(), "acme")
    hooks.go.set()
    assert not line.handle(late(), "acme").duplicate
    with file_store.read() as reader:
        assert len(decisions.page(reader, "acme")) == len(hooks.told) == 1


def test_what_fails_late_is_neither_counted_nor_told(store: Store) -> None:
    hooks, before = Slow(), counted("decided")
    line = pipeline(store, hooks=hooks)
    line.policies = lambda: hooks.guards() and 1 / 0  # type: ignore[assignment, return-value]
    with pytest.raises(StoreError, match="in time"):
        line.handle(late(), "acme")
    hooks.go.set()
    line.close()
    store.submit(lambda _: None).result(10)
    assert (counted("decided"), hooks.told) == (before, [])

"""A batch shares commits and lets others in between; what is kept late is told all the same."""

from __future__ import annotations

from dataclasses import replace
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from sqlalchemy import event as hook

from careengine import AdapterSpec
from careengine.host import Host, PluginInfo
from careengine.host.admit import Impl
from careengine.pipeline import Pipeline
from careengine.service import interactions
from careengine.settings import AdapterSettings, DeliverySettings
from careengine.telemetry import metrics
from tests.delivery.crm import Crm
from tests.service.conftest import event, settings_in
from tests.service.test_door import held

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from careengine import Action, Receipt
    from careengine.model.decision import Decision
    from tests.service.conftest import Start

SIZE = 200


def test_a_batch_shares_commits_and_others_come_in_between(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    service, order, commits = start(), [], []
    begun, go = held(monkeypatch, "_once")
    waits = Pipeline._once

    def noted(self: Pipeline, transaction: Any, arrival: Any, digest: str) -> Any:
        order.append(arrival.interaction.id)
        return waits(self, transaction, arrival, digest)

    monkeypatch.setattr(Pipeline, "_once", noted)
    hook.listen(service.app.store.engine, "commit", lambda _: commits.append(1))
    batch, answers = [event(id=f"b-{number}") for number in range(SIZE)], []
    whole = Thread(target=lambda: answers.append(service.post("/v1/interactions", batch).json()["results"]))
    single = Thread(target=lambda: service.post("/v1/interactions", event(id="single")))
    whole.start()
    assert begun.wait(10)
    single.start()
    jobs = service.app.store._writer._jobs  # type: ignore[attr-defined]
    for _ in range(10_000):
        if jobs.qsize() == interactions._TOGETHER:  # the rest of the first ones, and behind them the single one
            break
        service.get("/healthz")
    go.set()
    single.join(20)
    whole.join(20)
    assert [each for each in order if each != "single"] == [each["id"] for each in batch]
    assert order.index("single") == interactions._TOGETHER
    assert len(commits) < SIZE / 4
    assert [result["decision"]["interaction"] for result in answers[0]] == [each["id"] for each in batch]


class Shop(Crm):
    def __init__(self) -> None:
        super().__init__()
        self.reached = Event()

    def apply(self, action: Action, key: str) -> Receipt:
        receipt = super().apply(action, key)
        self.reached.set()
        return receipt


def test_what_is_kept_late_is_counted_delivered_and_told(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, heard, told = Shop(), Event(), list[str]()

    def recorded(decision: Decision) -> None:
        told.append(decision.interaction)
        heard.set()

    spec = AdapterSpec(name="shop", create=lambda _: shop)
    plugin = PluginInfo(name="shop", distribution="shop", version="1", adapters=(spec,))
    name = "careengine_decision_recorded"
    host = Host((plugin,), {name: (Impl(plugin="shop", hook=name, function=recorded, arguments=("decision",)),)})
    settings = replace(
        settings_in(tmp_path),
        adapters={"shop": AdapterSettings(name="shop", type="shop")},
        delivery=DeliverySettings(poll_seconds=60),
    )
    service = start(host=host, settings=settings)
    monkeypatch.setattr(interactions, "KEEP_SECONDS", 0.1)
    before = metrics.INTERACTIONS.labels("decided")._value.get()
    _, go = held(monkeypatch, "_once")
    sent = event()
    refused = service.post("/v1/interactions", sent)
    assert (refused.status_code, refused.json()["type"]) == (503, "urn:careengine:problem:unavailable")
    assert told == []
    go.set()
    assert heard.wait(10)
    assert shop.reached.wait(10)
    assert told == [sent["id"]]
    assert metrics.INTERACTIONS.labels("decided")._value.get() == before + 1

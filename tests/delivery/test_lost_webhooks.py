"""The whole application and the demo CRM over real sockets: nothing is lost while we are away, nothing comes twice."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from careengine_demo.testing import SECRET, TOKEN, StagedCrm

from careengine.app import App
from careengine.host import Host
from careengine.settings import (
    AdapterSettings,
    DeliverySettings,
    Origin,
    PluginsSettings,
    RulesSettings,
    Settings,
    StoreSettings,
)
from careengine.store import decisions
from careengine.testing import Answer, Proxy
from tests.delivery.crm import Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from careengine.store.decisions import StoredDecision

NAME = "shop-desk"  # not the plugin's own name: the source is what the settings call it
MINUTE = 60.0
RULE = """\
id: asked-three-times
kind: escalation
title: Bring in tier 2 when a customer has to ask a third time
owner: care-operations
status: live
rationale: Whoever must ask three times in a week is not being helped by asking a fourth time.
events: [interaction.received]
when: {count: interactions, direction: inbound, within: 7d, at_least: 3}
escalate: {to: tier-2, level: 2}
"""


@pytest.fixture
def crm() -> Iterator[StagedCrm]:
    with StagedCrm() as staged:
        yield staged


class NoMemory(Proxy):
    """The CRM, out of order wherever somebody asks for a history."""

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        return Answer(status=503) if path.endswith("/history") else super().ask(method, path, headers, body)


@pytest.fixture
def clock() -> Clock:
    return Clock(at=datetime.now(UTC))  # near the CRM's own, which stamps what happens there


@pytest.fixture
def opened(tmp_path: Path, crm: StagedCrm, clock: Clock) -> Callable[..., App]:
    """Opens the application; `url` is where it takes the CRM to be."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "asked-three-times.yaml").write_text(RULE)
    for name, secret in (("token", TOKEN), ("webhook_secret", SECRET)):
        (tmp_path / name).write_text(secret)
        (tmp_path / name).chmod(0o600)

    def opened(url: str = "") -> App:
        secrets = {name: {"file": name} for name in ("token", "webhook_secret")}
        origins = dict.fromkeys(secrets, Origin(label="the test", folder=tmp_path))
        options = {"base_url": url or crm.url, **secrets}
        settings = Settings(
            rules=RulesSettings(paths=(tmp_path / "rules",), starter=False),
            store=StoreSettings(url=f"sqlite:///{tmp_path / 'care.db'}"),
            plugins=PluginsSettings(disabled=("django-helpdesk",)),
            delivery=DeliverySettings(max_attempts=3, first_delay_seconds=1, max_delay_seconds=2),
            adapters={NAME: AdapterSettings(name=NAME, type="demo", options=options, origins=origins)},
        )
        return App.open(settings, Host.load(settings.plugins.disabled), clock)

    return opened


def _says(crm: StagedCrm, case: str, text: str = "Where is my parcel?") -> None:
    """The customer writes; nobody listens for the webhook."""
    assert crm.ask("POST", f"tickets/{case}/messages", json={"text": text, "channel": "email"}).ok


def _decided(app: App) -> list[StoredDecision]:
    with app.store.read() as reader:
        return list(reversed(decisions.page(reader, "default")))


def _types(app: App) -> list[str]:
    return [one.event["type"] for one in _decided(app)]


def _matched(app: App) -> list[list[str]]:
    return [[match["policy"] for match in one.decision["matched"]] for one in _decided(app)]


def _deliver(app: App, crm: StagedCrm, case: str) -> None:
    """The webhook of the customer's message arrives."""
    request = crm.webhook("ticket.message", case)
    adapter, _ = app.adapters[NAME]
    app.keep_delivery(NAME, adapter.verify(request), request)


def test_what_happened_while_we_were_away_is_caught_up_once(
    crm: StagedCrm, clock: Clock, opened: Callable[..., App]
) -> None:
    before = crm.make_case()
    _says(crm, before)
    with opened() as app:
        app.delivery.run_once()
        assert _types(app) == []
    case = crm.make_case()
    _says(crm, case)
    with opened() as app:
        app.delivery.run_once()
        assert _types(app) == ["case.opened", "interaction.received"]
        assert {one.source for one in _decided(app)} == {NAME}
        assert {one.event["customer"]["tier"] for one in _decided(app)} == {"gold"}  # as the CRM completed it
        _says(crm, case)
        app.delivery.run_once()
        clock.forward(MINUTE)
        app.delivery.run_once()
    clock.forward(MINUTE)
    with opened() as app:
        app.delivery.run_once()
        assert Counter(_types(app)) == {"case.opened": 1, "interaction.received": 2}
        # Two messages since, and the one before us that the CRM remembered.
        assert _matched(app) == [[], [], ["asked-three-times"]]
        assert app.delivery.troubles == {}
    assert len(crm.ticket(case)["notes"]) == 1


@pytest.mark.parametrize("order", ["webhook first", "webhook last", "both at once"])
def test_the_same_event_both_ways_is_one_decision(
    crm: StagedCrm, clock: Clock, opened: Callable[..., App], order: str
) -> None:
    case = crm.make_case()
    with opened() as app:
        app.delivery.run_once()
        _says(crm, case)
        if order != "webhook last":
            _deliver(app, crm, case)
        if order == "webhook first":
            app.delivery.run_once()
        clock.forward(MINUTE)
        app.delivery.run_once()
        if order == "webhook last":
            _deliver(app, crm, case)
            app.delivery.run_once()
        assert _types(app) == ["interaction.received"]


@pytest.mark.parametrize(("before", "matched"), [(2, ["asked-three-times"]), (1, [])])
def test_a_window_knows_what_was_before_us(
    crm: StagedCrm, opened: Callable[..., App], before: int, matched: list[str]
) -> None:
    case = crm.make_case()
    for _ in range(before):
        _says(crm, case)
        crm.webhook("ticket.message", case)
    with opened() as app:
        _says(crm, case)
        _deliver(app, crm, case)
        app.delivery.run_once()
        assert _matched(app) == [matched]


def test_a_crm_without_its_memory_does_not_hold_up_care(
    crm: StagedCrm, clock: Clock, opened: Callable[..., App]
) -> None:
    case = crm.make_case()
    for _ in range(2):
        _says(crm, case)
        crm.webhook("ticket.message", case)
    with NoMemory(crm.url) as proxy, opened(proxy.url) as app:
        _says(crm, case)
        _deliver(app, crm, case)
        for _ in range(3):
            assert _matched(app) == []
            app.delivery.run_once()
            clock.forward(2)
        assert _matched(app) == [[]]


def test_a_crm_that_is_down_is_told_and_caught_up_on_when_it_is_back(
    crm: StagedCrm, clock: Clock, opened: Callable[..., App]
) -> None:
    with Proxy(crm.url) as proxy, opened(proxy.url) as app:
        app.delivery.run_once()
        proxy.answer = Answer(status=500)
        case = crm.make_case()
        clock.forward(MINUTE)
        app.delivery.run_once()
        [check] = [check for check in app.checks() if check.name == "reconciling"]
        assert (check.ok, check.needed) == (False, False)
        assert check.detail == f"cannot be asked what got lost: `{NAME}`; the log says why"
        proxy.answer = None
        clock.forward(2)
        app.delivery.run_once()
        assert _types(app) == ["case.opened"]
        assert _decided(app)[0].event["case"]["id"] == case
        assert all(check.ok for check in app.checks())

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event as hook

from careengine import AdapterSpec, Capabilities, PolicyError, SettingsError, StoreError, WebhookRequest
from careengine.app import App, rule_paths
from careengine.host import Host, PluginInfo
from careengine.settings import AdapterSettings, Origin, RetentionSettings, RulesSettings, Settings, StoreSettings
from careengine.store import audit, decisions, inbox, outbox, states

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

POLICY = """\
id: {id}
kind: escalation
title: A person looks at a late delivery
owner: care-operations
status: {status}
rationale: A test needs a policy that fires.
events: [interaction.received]
when: {{field: failure.days_late, at_least: 3}}
escalate: {{to: team-lead, level: 1}}
"""
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
EVENT = {
    "id": "e-1",
    "source": "shop",
    "type": "interaction.received",
    "occurred_at": "2026-03-02T09:30:00Z",
    "case": {"id": "T-1"},
    "failure": {"days_late": 4},
}


def write(folder: Path, name: str, status: str = "live") -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.yaml").write_text(POLICY.format(id=name, status=status))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    write(tmp_path / "rules", "late")
    return Settings(
        rules=RulesSettings(paths=(tmp_path / "rules",), starter=False),
        store=StoreSettings(url=f"sqlite:///{tmp_path / 'care.db'}"),
    )


def with_adapters(settings: Settings, *types: str, **options: Any) -> Settings:
    origins = dict.fromkeys(options, Origin(label="the test", folder=settings.rules.paths[0].parent))
    made = {kind: AdapterSettings(name=kind, type=kind, options=options, origins=origins) for kind in types}
    return replace(settings, adapters=made)


def brings(name: str, create: Callable[[Mapping[str, Any]], Any], *, secret: bool = False) -> PluginInfo:
    token = {"type": "string", "x-secret": secret}
    schema = {"type": "object", "additionalProperties": False, "properties": {"token": token}}
    spec = AdapterSpec(
        name=name, create=create, capabilities=Capabilities(actions=frozenset({"escalate"})), settings_schema=schema
    )
    return PluginInfo(name=name, distribution=name, version="1", adapters=(spec,))


def sick(name: str) -> PluginInfo:
    return PluginInfo(name=name, distribution=name, version="1", state="quarantined", reason="it is broken")


def matched(app: App) -> list[str]:
    return [match["policy"] for match in app.pipeline.dry_run(EVENT, "default")["matched"]]


def check(app: App, name: str) -> tuple[bool, str]:
    found = next(each for each in app.checks() if each.name == name)
    return found.ok, found.detail


def test_an_interaction_goes_all_the_way(settings: Settings) -> None:
    with App.open(settings, Host(), lambda: NOW) as app:
        outcome = app.handle(EVENT, "default")
        again = app.handle(EVENT, "default")
    assert [match["policy"] for match in outcome.decision["matched"]] == ["late"]
    assert (outcome.duplicate, again.duplicate, again.decision) == (False, True, outcome.decision)


def test_a_reload_takes_the_new_rules_or_keeps_the_old_ones(settings: Settings) -> None:
    folder = settings.rules.paths[0]
    with App.open(settings, Host()) as app:
        before = app.policies()
        (folder / "late.yaml").write_text("id: late\nkind: nonsense\n")
        problems = app.reload()
        assert problems
        assert app.policies() is before
        assert check(app, "rules")[0] is False
        write(folder, "late")
        write(folder, "later", "shadow")
        assert app.reload() == []
        assert [policy.id for policy in app.policies().policies] == ["late", "later"]
        assert check(app, "rules")[0] is True
        assert "1 live, 1 shadow" in check(app, "rules")[1]


def test_rules_with_a_mistake_are_refused_at_the_start_and_nothing_is_left_behind(settings: Settings) -> None:
    (settings.rules.paths[0] / "late.yaml").write_text("id: late\n")
    with pytest.raises(PolicyError) as refused:
        App.open(settings, Host())
    assert refused.value.problems
    assert not list(settings.rules.paths[0].parent.glob("care.db*"))


def test_a_database_that_cannot_be_opened_is_said_so(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        App.open(replace(settings, store=StoreSettings(url=f"sqlite:///{tmp_path / 'no' / 'care.db'}")), Host())


def test_rules_come_from_the_settings_the_starter_set_and_the_plugins(settings: Settings) -> None:
    assert rule_paths(settings, Host()) == settings.rules.paths
    both = replace(settings, rules=replace(settings.rules, starter=True))
    assert len(rule_paths(both, Host())) == 2


def test_an_adapter_that_cannot_be_made_is_named_and_the_rest_works(settings: Settings) -> None:
    def fail(_: Mapping[str, Any]) -> Any:
        raise RuntimeError("planted secret")

    host = Host((brings("shop", lambda _: object()), brings("desk", fail), sick("gone")))
    with App.open(with_adapters(settings, "shop", "desk", "gone"), host) as app:
        assert set(app.adapters) == {"shop"}
        assert set(app.broken_adapters) == {"desk", "gone"}
        assert "planted" not in app.broken_adapters["desk"]
        assert "it is broken" in app.broken_adapters["gone"]
        assert check(app, "adapters") == (False, "out of order: desk, gone")
        assert check(app, "plugins")[0] is False
        assert matched(app) == ["late"]


def test_actions_wait_for_an_adapter_that_is_out_of_order(settings: Settings) -> None:
    def fail(_: Mapping[str, Any]) -> Any:
        raise RuntimeError

    with App.open(with_adapters(settings, "shop"), Host((brings("shop", fail),))) as app:
        app.handle(EVENT, "default")
        with app.store.read() as reader:
            due = outbox.in_state(reader, "default", states.DUE)
    assert [stored.action.type for stored in due] == ["escalate"]


def test_an_adapter_of_a_type_that_nobody_brings_is_a_mistake_in_the_settings(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="did you mean `shop`"):
        App.open(with_adapters(settings, "shopp"), Host((brings("shop", lambda _: object()),)))


def test_every_mistake_in_the_adapters_is_told(settings: Settings) -> None:
    host = Host((brings("shop", lambda _: object()), brings("desk", lambda _: object())))
    with pytest.raises(SettingsError) as refused:
        App.open(with_adapters(settings, "shop", "desk", colour="red"), host)
    assert len(str(refused.value).splitlines()) == 2


def test_what_is_kept_of_a_webhook_holds_no_secret(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a planted/secret")
    (tmp_path / "token").chmod(0o600)
    chosen = with_adapters(settings, "shop", token={"file": "token"})
    request = WebhookRequest(
        method="POST",
        url="https://x/webhooks/shop?token=a%20planted%2Fsecret",
        headers={"x-token": "a planted/secret", "authorization": "Basic x", "x-event": "ticket"},
        body=b"{}",
    )
    with App.open(chosen, Host((brings("shop", lambda _: object(), secret=True),))) as app:
        assert app.keep_delivery("shop", "d-1", request) is True
        assert app.keep_delivery("shop", "d-1", request) is False
        with app.store.read() as reader:
            (kept,) = inbox.in_state(reader, "default", states.DUE)
    assert kept.request.headers == {"x-event": "ticket"}
    assert kept.request.url == "https://x/webhooks/shop"


def test_what_has_waited_long_or_was_parked_is_worth_a_look(settings: Settings) -> None:
    clock = [NOW]
    host = Host((brings("shop", lambda _: object()),))
    with App.open(with_adapters(settings, "shop"), host, lambda: clock[0]) as app:
        assert check(app, "outbox") == (True, "nothing waits")
        decision = app.handle(EVENT, "default").decision
        clock[0] += timedelta(minutes=5)
        assert check(app, "outbox") == (True, "the oldest is due for 5 minutes")
        clock[0] += timedelta(hours=1)
        assert check(app, "outbox")[0] is False
        action = next(action["id"] for action in decision["actions"] if action["type"] == "escalate")
        with app.store.write() as transaction:
            outbox.park(transaction, "default", action, "no", clock[0])
        assert check(app, "outbox") == (
            False,
            "nothing waits; 1 parked for a person, see `/v1/actions?state=parked`",
        )


def test_a_database_that_cannot_be_written_means_not_ready(settings: Settings) -> None:
    with App.open(settings, Host()) as app:
        assert all(each.ok for each in app.checks() if each.needed)
        hook.listen(app.store.engine, "checkout", lambda raw, *_: raw.execute("PRAGMA query_only=ON").close())
        assert [each.name for each in app.checks() if each.needed and not each.ok] == ["store"]


def test_texts_that_a_plugin_forbids_to_keep_are_not_kept(settings: Settings) -> None:
    class Forbids(Host):
        def redact(self, field: str, text: str) -> str | None:  # noqa: ARG002  as the host has it
            return None

    sent = {**EVENT, "incident": {"evidence": ["planted words"]}}
    with App.open(settings, Forbids()) as app:
        app.handle(sent, "default")
    stored = (settings.rules.paths[0].parent / "care.db").read_bytes()
    assert b"e-1" in stored
    assert b"planted words" not in stored


LOOKS_BACK = POLICY.replace("when: ", "once_per: {{same: case, within: 60d}}\nwhen: ")


@pytest.mark.parametrize(("days", "fine"), [(0, True), (60, True), (59, False)])
def test_rules_that_look_back_farther_than_events_are_kept_are_said_so(
    settings: Settings,
    days: int,
    fine: bool,  # noqa: FBT001  pytest gives it by name
) -> None:
    (settings.rules.paths[0] / "late.yaml").write_text(LOOKS_BACK.format(id="late", status="live"))
    with App.open(replace(settings, retention=RetentionSettings(events_days=days)), Host()) as app:
        ok, detail = check(app, "retention")
    assert ok is fine
    assert ("rules look back 60 days (`late`)" in detail) is not fine


def test_what_was_kept_long_enough_goes_while_the_service_runs(settings: Settings) -> None:
    now, gone = NOW, Event()
    with App.open(replace(settings, retention=RetentionSettings(events_days=1)), Host(), lambda: now) as app:
        app.handle({**EVENT, "failure": {"days_late": 1}}, "default")
        now = NOW + timedelta(days=2)

        def watch(_connection: Any, _cursor: Any, statement: str, *_: object) -> None:
            if statement.startswith("INSERT INTO audit"):
                gone.set()

        hook.listen(app.store.engine, "before_cursor_execute", watch)
        app.start()
        assert gone.wait(10)
        app.stop()
        with app.store.read() as reader:
            assert decisions.page(reader, "default") == []
            (entry,) = audit.page(reader, "default")
    assert (entry.deed.actor, entry.deed.after) == ("careengine", {"events": 1})

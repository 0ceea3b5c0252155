"""`GET /metrics`: who may see it, that it is true, and that nobody can be found in it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

from careengine import __version__
from careengine.model.adapter import WebhookRequest
from careengine.service.roles import DECISIONS_READ, METRICS_READ
from careengine.store import inbox, keys
from tests.service.conftest import event, policy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.service.conftest import Running, Start

CANARY = "planted-canary"


def figures(service: Running) -> dict[str, float]:
    """Every sample by its name and labels."""
    answer = service.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        sample.name + "".join(f" {name}={value}" for name, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_only_a_key_that_may_sees_the_figures(start: Start) -> None:
    service = start(auth="keys")
    now = service.app.clock()
    with service.app.store.write() as transaction:
        made = {
            scope: keys.make(transaction, "default", scope, [scope], now, None)
            for scope in (METRICS_READ, DECISIONS_READ)
        }
    codes = [
        service.get("/metrics", headers={"Authorization": f"Bearer {key}"} if key else {}).status_code
        for key in (None, made[DECISIONS_READ], made[METRICS_READ])
    ]
    assert codes == [401, 403, 200]


def test_requests_are_counted_by_template_and_interactions_by_what_became_of_them(service: Running) -> None:
    before = figures(service)
    document = event()
    service.post("/v1/interactions", document)
    service.post("/v1/interactions", document)
    service.post("/v1/interactions", {"no": "interaction"})
    service.get(f"/v1/decisions/{CANARY}")
    service.raw(b"PLANTED /canary HTTP/1.1\r\nHost: x\r\n\r\n")
    after = figures(service)
    grown = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}
    count = "careengine_request_seconds_count"
    assert grown[f"{count} method=POST route=/v1/interactions status=200"] == 2
    assert grown[f"{count} method=POST route=/v1/interactions status=422"] == 1
    assert grown[f"{count} method=GET route=/v1/decisions/{{id}} status=404"] == 1
    for outcome in ("decided", "duplicate", "refused"):
        assert grown[f"careengine_interactions_total outcome={outcome}"] == 1
    assert grown["careengine_decisions_total kind=escalation"] == 1
    assert grown["careengine_policy_matches_total policy=late"] == 1
    assert grown["careengine_actions_total status=execute type=escalate"] == 1
    for name in ("read", "decide", "store", "commit"):
        assert grown[f"careengine_step_seconds_count step={name}"] >= 1


def test_nothing_that_a_caller_sent_is_a_label(service: Running) -> None:
    document = event(id=CANARY, source=CANARY, customer={"id": CANARY}, case={"id": CANARY}, text=CANARY)
    assert service.post("/v1/interactions", document).status_code == 200
    service.post(f"/webhooks/{CANARY}")
    service.get(f"/{CANARY}", headers={"X-Canary": CANARY}, params={"q": CANARY})
    assert CANARY not in service.get("/metrics").text


def test_what_is_so_at_the_moment_is_shown(start: Start, tmp_path: Path) -> None:
    service = start()
    found = figures(service)
    assert found[f"careengine_build_info version={__version__}"] == 1
    assert found["careengine_policies status=live"] == 1
    assert found["careengine_store_up"] == 1
    assert found["careengine_rules_refused_problems"] == 0
    refused, ok = (f"careengine_rule_reloads_total outcome={outcome}" for outcome in ("refused", "ok"))
    (tmp_path / "rules" / "late.yaml").write_text("id: late\n")
    service.app.reload()
    after = figures(service)
    assert after["careengine_rules_refused_problems"] > 0
    assert after[refused] > found.get(refused, 0)  # the watcher of the files may have looked, too
    (tmp_path / "rules" / "late.yaml").write_text(policy("late", 2))
    service.app.reload()
    assert figures(service)[ok] > found.get(ok, 0)


def test_queues_are_shown_with_their_age_and_by_adapters_that_are_configured_only(start: Start) -> None:
    service = start()
    request = WebhookRequest(method="POST", url="/", headers={}, body=b"{}")
    with service.app.store.write() as transaction:
        for number in range(3):
            received = service.app.clock() - timedelta(hours=1)
            inbox.keep(transaction, "default", CANARY, f"d-{number}", request, received)
            inbox.keep(transaction, "elsewhere", "another tenant's", f"d-{number}", request, received)
    found = figures(service)
    assert found["careengine_queue_depth adapter= queue=inbox state=due"] == 3
    assert 3600 <= found["careengine_queue_age_seconds adapter= queue=inbox state=due"] < 3700
    assert CANARY not in str(found)

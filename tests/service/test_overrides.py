"""Who does otherwise than a rule says tells so over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from careengine.host import Host
from careengine.service.roles import ROLES
from tests.service.conftest import Running, event, run, settings_in
from tests.service.test_tasks import OFFER, as_

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp("overrides")
    (folder / "rules").mkdir()
    (folder / "rules" / "late.yaml").write_text(OFFER)
    with run(settings_in(folder, auth="keys"), Host()) as running:
        yield running


def test_it_is_kept_and_escalated(service: Running) -> None:
    admin = as_(service, scopes=("admin",))
    decision = service.post("/v1/interactions", event(), headers=admin).json()["id"]
    body = {"decision": decision, "policy": "late", "did": "otherwise", "reason": "a gift", "escalate": True}
    made = service.post("/v1/overrides", body, headers=as_(service, scopes=tuple(ROLES["agent"])))
    assert made.status_code == 200
    [task] = service.get("/v1/exceptions", headers=admin).json()["exceptions"]
    assert made.json()["task"] == task["id"]
    assert task["role"] == "care-operations"


def test_what_is_wrong_is_told_by_its_pointer(service: Running) -> None:
    refused = service.post("/v1/overrides", {"did": "ignored", "colour": "red"}, headers=as_(service))
    assert refused.status_code == 422
    places = {problem["pointer"] for problem in refused.json()["errors"]}
    assert places >= {"/decision", "/policy", "/did", "/reason", "/colour"}


def test_without_the_scope_nothing_is_kept(service: Running) -> None:
    refused = service.post("/v1/overrides", {}, headers=as_(service, scopes=("tasks:read",)))
    assert refused.status_code == 403

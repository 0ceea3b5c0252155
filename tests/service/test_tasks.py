"""What waits for people is listed, shown and decided over HTTP, by whoever fills the role that is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from careengine.host import Host
from careengine.people import KINDS
from careengine.service.roles import ROLES
from careengine.settings import PeopleSettings
from careengine.store import keys
from tests.service.conftest import Running, event, run, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OFFER = """\
id: late
kind: recovery
title: A late delivery is put right
owner: care-operations
status: live
rationale: A test needs an offer that somebody agrees to.
events: [interaction.received]
when:
  all:
    - {field: failure.days_late, at_least: 3}
steps: [offer]
offer: {family: goodwill, amount: 40.00 GBP, approver: team-lead}
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp("tasks")
    (folder / "rules").mkdir()
    (folder / "rules" / "late.yaml").write_text(OFFER)
    people = PeopleSettings(employees={"agent-7": ("key:none",)})
    with run(replace(settings_in(folder, auth="keys"), people=people), Host()) as running:
        yield running


def as_(service: Running, *fills: str, scopes: tuple[str, ...] = ("tasks:read", "tasks:decide")) -> dict[str, str]:
    with service.app.store.write() as transaction:
        key = keys.make(transaction, "default", "desk", scopes, service.app.clock(), None, fills)
    return {"Authorization": f"Bearer {key}"}


def ask(service: Running, **fields: Any) -> dict[str, Any]:
    """An offer that waits for a yes; the task that came of it."""
    admin = as_(service, scopes=("admin",))
    sent = service.post("/v1/interactions", event(**fields), headers=admin).json()
    action = next(one for one in sent["actions"] if one["type"] == "offer")
    found = service.get("/v1/approvals", params={"limit": 200}, headers=admin).json()["approvals"]
    [task] = [one for one in found if one["action"] == action["id"]]
    return dict(task)


def decide(service: Running, task: dict[str, Any], headers: dict[str, str], **answer: Any) -> Any:
    body = {"outcome": "approve", "reason": "it was our fault", **answer}
    return service.post(f"/v1/approvals/{task['id']}/decide", body, headers=headers)


def test_it_is_asked_shown_and_decided_once(service: Running) -> None:
    task, lead = ask(service), as_(service, "team-lead")
    assert (task["kind"], task["role"], task["state"]) == ("approval", "team-lead", "open")
    assert task["outcomes"] == ["approve", "decline", "amend"]
    assert "40.00 GBP" in task["asks"]
    answered = decide(service, task, lead)
    assert (answered.status_code, answered.json()["state"]) == (200, "approved")
    shown = service.get(f"/v1/approvals/{task['id']}", headers=lead).json()
    assert shown["decided"]["reason"] == "it was our fault"
    assert [(entry["did"], entry["reason"]) for entry in shown["audit"]] == [("approve", "it was our fault")]
    late = decide(service, task, lead, outcome="decline")
    assert late.status_code == 409
    assert late.json()["type"] == "urn:careengine:problem:conflict"
    assert late.json()["state"] == "approved"


def test_whoever_may_not_is_told_who_may(service: Running) -> None:
    task = ask(service)
    refused = decide(service, task, as_(service, "director"))
    assert refused.status_code == 403
    assert refused.json()["type"] == "urn:careengine:problem:not-yours"
    assert refused.json()["role"] == "team-lead"
    assert "you fill `director`" in refused.json()["detail"]
    barred = decide(service, task, as_(service, "team-lead", scopes=("tasks:read",)))
    assert barred.json()["type"] == "urn:careengine:problem:forbidden"
    assert "`tasks:decide`" in barred.json()["detail"]


def test_agents_come_in_to_decide_what_their_role_in_the_company_is_asked(service: Running) -> None:
    task, agent = ask(service), ROLES["agent"]
    refused = decide(service, task, as_(service, "frontline", scopes=tuple(agent)))
    assert (refused.status_code, refused.json()["role"]) == (403, "team-lead")
    assert decide(service, task, as_(service, "team-lead", scopes=tuple(agent))).status_code == 200


def test_a_wrong_answer_is_told_at_its_place(service: Running) -> None:
    refused = decide(service, ask(service), as_(service, "team-lead"), outcome="amend", amount="ten", mood="good")
    assert refused.status_code == 422
    assert [one["pointer"] for one in refused.json()["errors"]] == ["/amount", "/mood"]


def test_lists_hold_what_is_asked_for(service: Running) -> None:
    mine, other = ask(service, customer={"id": "C-lists"}), as_(service, "director")
    lead = as_(service, "team-lead")

    def found(headers: dict[str, str], path: str = "/v1/tasks", **query: Any) -> list[str]:
        answer = service.get(path, params={"customer": "C-lists", **query}, headers=headers).json()
        return [one["id"] for one in answer["tasks" if path == "/v1/tasks" else path.removeprefix("/v1/")]]

    assert found(lead) == found(lead, mine="true") == found(other) == [mine["id"]]
    assert found(lead, "/v1/approvals") == found(lead, role="team-lead") == [mine["id"]]
    assert found(other, mine="true") == found(lead, "/v1/flags") == found(lead, overdue="true") == []
    decide(service, mine, lead)
    assert found(lead) == []
    assert found(lead, state="approved") == found(lead, state="all", kind="approval") == [mine["id"]]


def test_pages_follow_each_other(service: Running) -> None:
    several, headers = {ask(service, customer={"id": "C-pages"})["id"] for _ in range(3)}, as_(service)
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        query = {"customer": "C-pages", "limit": 2, **after}
        page = service.get("/v1/approvals", params=query, headers=headers).json()
        seen += [one["id"] for one in page["approvals"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert len(seen) == 3
    assert set(seen) == several
    assert service.get("/v1/approvals", params={"after": "t_none"}, headers=headers).status_code == 404


def test_what_is_not_there_is_not_there(service: Running) -> None:
    task, lead = ask(service), as_(service, "team-lead")
    for path in (f"/v1/flags/{task['id']}", "/v1/approvals/t_none"):
        assert service.get(path, headers=lead).status_code == 404
        body = {"outcome": "confirm", "reason": "it was so"}
        assert service.post(f"{path}/decide", body, headers=lead).status_code == 404


def test_somebody_is_told_who_they_are(service: Running) -> None:
    told = service.get("/v1/whoami", headers=as_(service, "team-lead", "director")).json()
    assert told["actor"].startswith("key:")
    assert told["fills"] == ["director", "team-lead"]
    assert told["scopes"] == ["tasks:decide", "tasks:read"]


def test_every_kind_has_its_addresses(service: Running) -> None:
    addresses = service.get("/").json()["addresses"]
    for kind in KINDS.values():
        assert {f"GET /v1/{kind.names}", f"GET /v1/{kind.names}/{{id}}"} <= addresses.keys()
        assert f"POST /v1/{kind.names}/{{id}}/decide" in addresses
        assert len({choice.state for choice in kind.choices}) == len(kind.choices)

"""Due process over HTTP and at the command line: who may, what is missing, what is too late."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from careengine import resources
from careengine.host import Host
from careengine.settings import PeopleSettings
from careengine.store import keys
from tests.people.conduct import TOLD
from tests.service.conftest import Running, event, run, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EMPLOYEES: dict[str, tuple[str, ...]] = {}  # every key is somebody else's


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp("conduct")
    (folder / "rules").mkdir()
    for name in ("abuse-ladder", "abuse-reported"):
        shutil.copy(resources.rules_folder() / "protection" / f"{name}.yaml", folder / "rules")
    with run(replace(settings_in(folder, auth="keys"), people=PeopleSettings(employees=EMPLOYEES)), Host()) as running:
        yield running


def as_(service: Running, *fills: str, scopes: tuple[str, ...] = ("tasks:read", "tasks:decide")) -> dict[str, str]:
    with service.app.store.write() as transaction:
        key = keys.make(transaction, "default", "desk", scopes, service.app.clock(), None, fills)
    name = f"key:{key.split('_')[1]}"
    EMPLOYEES[f"E-{name}"] = (name,)
    return {"Authorization": f"Bearer {key}"}


def only(service: Running, names: str, customer: str, **query: str) -> dict[str, Any]:
    asked = {"customer": customer, **query}
    [found] = service.get(f"/v1/{names}", params=asked, headers=as_(service)).json()[names]
    return dict(found)


def proposed(service: Running, customer: str) -> dict[str, Any]:
    """A credible threat; what a director is asked."""
    incident = {"id": f"I-{customer}", "category": "threat", "credible": True, "severity": 4, "reporter": "sam"}
    incident |= {"in_distress": False, "complaint_itself": False, "disability_related": False, "evidence": ["call-1"]}
    admin = as_(service, scopes=("admin",))
    sent = event(type="incident.reported", customer={"id": customer}, incident=incident)
    assert service.post("/v1/interactions", sent, headers=admin).status_code == 200
    return only(service, "restrictions", customer)


def decide(service: Running, names: str, task: dict[str, Any], role: str, outcome: str, **given: Any) -> Any:
    body = {"outcome": outcome, "reason": "it is right", **given}
    return service.post(f"/v1/{names}/{task['id']}/decide", body, headers=as_(service, role))


def test_a_restriction_is_imposed_reviewed_and_contested(service: Running) -> None:
    task = proposed(service, "C-way")
    assert (task["role"], task["params"]["step"], task["state"]) == ("director", "suspension", "open")
    refused = decide(service, "restrictions", task, "team-lead", "impose", **TOLD)
    assert (refused.status_code, refused.json()["role"]) == (403, "director")
    lacking = decide(service, "restrictions", task, "director", "impose", behaviour="a threat")
    assert (lacking.status_code, lacking.json()["errors"][0]["pointer"]) == (422, "/evidence_summary")
    assert decide(service, "restrictions", task, "director", "impose", **TOLD).json()["state"] == "imposed"
    again = decide(service, "restrictions", task, "director", "impose", **TOLD)
    assert (again.status_code, again.json()["state"]) == (409, "imposed")

    agent = as_(service, "agent")
    handed_in = service.post(f"/v1/restrictions/{task['id']}/appeal", {"reason": "not me"}, headers=agent)
    assert (handed_in.status_code, handed_in.json()["role"]) == (200, "ops-manager")
    late = service.post(f"/v1/restrictions/{task['id']}/appeal", {"reason": "not me"}, headers=agent)
    assert late.status_code == 409
    wrong = service.post(f"/v1/restrictions/{task['id']}/appeal", {"why": "not me"}, headers=agent)
    assert wrong.status_code == 422
    assert service.post("/v1/restrictions/nobody/appeal", {"reason": "x"}, headers=agent).status_code == 404

    appeal, measure = only(service, "appeals", "C-way"), only(service, "measures", "C-way")
    assert decide(service, "appeals", appeal, "director", "overturn").status_code == 403
    assert decide(service, "appeals", appeal, "ops-manager", "overturn").json()["state"] == "overturned"
    gone = service.get(f"/v1/measures/{measure['id']}", headers=agent).json()
    assert gone["state"] == "withdrawn"
    kept = service.get("/v1/audit", headers=as_(service, scopes=("admin",))).json()["entries"]
    did = [entry["did"] for entry in kept if entry["subject"].startswith("restriction ")]
    assert did == ["end", "appeal", "impose"]


def test_a_key_that_is_no_employees_settles_nothing_that_somebody_may_not(service: Running) -> None:
    proposed(service, "C-key")
    flag, headers = only(service, "incidents", "C-key"), as_(service, "team-lead")
    _, name = EMPLOYEES.popitem()
    body = {"outcome": "confirm", "reason": "it is right"}
    refused = service.post(f"/v1/incidents/{flag['id']}/decide", body, headers=headers)
    assert (refused.status_code, refused.json()["role"]) == (403, "team-lead")
    assert f'`people.employees` says who is who, such as `agent-17 = ["{name[0]}"]`' in refused.json()["detail"]


def test_a_report_is_confirmed_on_evidence(service: Running) -> None:
    proposed(service, "C-flag")
    flag = only(service, "incidents", "C-flag")
    assert decide(service, "incidents", flag, "director", "confirm").status_code == 403
    excused = decide(service, "incidents", flag, "team-lead", "excuse", because_of="bad mood")
    assert (excused.status_code, excused.json()["errors"][0]["pointer"]) == (422, "/because_of")
    assert decide(service, "incidents", flag, "team-lead", "excuse", because_of="distress").json()["state"] == "excused"
    assert only(service, "restrictions", "C-flag", state="all")["state"] == "withdrawn"


def test_conduct_is_reported_found_and_judged_by_somebody_else(service: Running) -> None:
    reporter = as_(service, "team-lead", scopes=("interactions:write", "tasks:read", "tasks:decide"))
    body = {"customer": "C-rep", "category": "harassment", "severity": 2, "evidence": ["call-9"], "target": "agent-7"}
    made = service.post("/v1/incidents", body, headers=reporter)
    assert made.status_code == 200, made.text
    [task] = made.json()["incidents"]
    assert task == only(service, "incidents", "C-rep", employee="agent-7", role="team-lead")
    mine = service.post(f"/v1/incidents/{task['id']}/decide", {"outcome": "confirm", "reason": "so"}, headers=reporter)
    assert (mine.status_code, mine.json()["role"]) == (403, "team-lead")
    assert (
        decide(service, "incidents", task, "team-lead", "confirm", evidence=["call-9"]).json()["state"] == "confirmed"
    )
    shown = service.get(f"/v1/incidents/{task['id']}", headers=reporter).json()
    assert [entry["did"] for entry in shown["audit"]] == ["confirm"]
    assert (shown["about"]["incident"]["severity"], shown["about"]["evidence"]) == (2, [])  # no words are kept here
    late = decide(service, "incidents", task, "team-lead", "reject")
    assert (late.status_code, late.json()["state"]) == (409, "confirmed")
    wrong = service.post("/v1/incidents", {"customer": "C-rep", "severity": "bad"}, headers=reporter)
    assert (wrong.status_code, [one["pointer"] for one in wrong.json()["errors"]]) == (422, ["/category", "/severity"])
    assert service.post("/v1/incidents", body, headers=as_(service)).status_code == 403


def test_evidence_is_for_whoever_fills_the_role_or_had_a_part_in_it(service: Running) -> None:
    reporter = as_(service, scopes=("interactions:write", "tasks:read"))
    body = {"customer": "C-seen", "category": "insult", "severity": 2, "evidence": ["call-3"], "target": "agent-8"}
    [task] = service.post("/v1/incidents", body, headers=reporter).json()["incidents"]
    target = as_(service, scopes=("tasks:read",))
    EMPLOYEES["agent-8"] = EMPLOYEES.popitem()[1]
    stranger, lead = as_(service, "frontline"), as_(service, "team-lead")

    def seen(headers: dict[str, str]) -> Any:
        return service.get(f"/v1/incidents/{task['id']}", headers=headers).json()["about"]["evidence"]

    assert (seen(lead), seen(reporter), seen(target), seen(stranger)) == ([], [], [], None)
    assert decide(service, "incidents", task, "team-lead", "confirm", evidence=["call-4"]).status_code == 200
    path, query = "/v1/incidents", {"customer": "C-seen", "state": "confirmed"}
    for headers, evidence in ((lead, ["call-4"]), (stranger, None)):
        [listed] = service.get(path, params=query, headers=headers).json()["incidents"]
        assert listed["decided"]["evidence"] == evidence

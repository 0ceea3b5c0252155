"""`GET /v1/authority/{employee}` says what `careengine authority` says, to whoever may read what people are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from click.testing import CliRunner

from careengine.cli.main import cli
from careengine.host import Host
from tests.decide.worlds import NOW
from tests.policy.bench import AUTHORITY
from tests.service.conftest import Running, event, run, settings_in
from tests.service.test_tasks import OFFER, as_

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AT = "2026-03-02T12:00:00Z"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp("authority")
    (folder / "rules").mkdir()
    (folder / "rules" / "late.yaml").write_text(OFFER.replace(", approver: team-lead", ""))
    (folder / "rules" / "first-line.yaml").write_text(AUTHORITY.replace("shadow", "live"))
    with run(settings_in(folder, auth="keys"), Host()) as running:
        running.app.pipeline.clock = lambda: NOW
        sent = event(employee={"id": "E-7", "role": "agent"})
        assert running.post("/v1/interactions", sent, headers=as_(running, scopes=("admin",))).status_code == 200
        yield running


def asked(service: Running, employee: str, **query: str) -> Any:
    return service.get(f"/v1/authority/{employee}", params=query, headers=as_(service, scopes=("tasks:read",)))


def test_it_says_what_is_left_as_the_command_line_does(service: Running) -> None:
    told = asked(service, "E-7", case="T-1", at=AT).json()
    assert (told["employee"], told["role"], told["as_of"]) == ("E-7", "agent", AT)
    assert [(room["scope"], room["used"], room["left"]) for room in told["may"]] == [
        ("case:T-1", "40.00 GBP", "10.00 GBP"),
        ("employee:E-7", "40.00 GBP", "260.00 GBP"),
    ]
    settings, said = service.app.settings, told["role"]
    file = settings.rules.paths[0].parent / "careengine.toml"
    rules = f'[rules]\npaths = ["{settings.rules.paths[0]}"]\nstarter = false\n'
    file.write_text(f'{rules}[store]\nurl = "{settings.store.url}"\n')
    words = ("--settings", str(file), "authority", "E-7", "--role", said, "--case", "T-1", "--at", AT)
    ran = CliRunner().invoke(cli, [*words, "--format", "json"])
    assert orjson.loads(ran.stdout) == told, ran.output


def test_whose_role_is_not_known_is_named(service: Running) -> None:
    refused = asked(service, "E-8")
    assert (refused.status_code, refused.json()["type"]) == (404, "urn:careengine:problem:not-found")
    assert refused.json()["detail"] == "no event says which role `E-8` has; name it with `role`"
    assert [room["left"] for room in asked(service, "E-8", role="agent").json()["may"]] == ["50.00 GBP", "300.00 GBP"]
    assert asked(service, "E-8", role="director").json()["may"] == []


def test_what_makes_no_sense_is_told(service: Running) -> None:
    assert "`at`: " in asked(service, "E-7", at="soon").json()["detail"]
    assert asked(service, "E-7", colour="red").status_code == 400


def test_whoever_may_not_read_what_people_are_asked_does_not_read_it(service: Running) -> None:
    refused = service.get("/v1/authority/E-7", headers=as_(service, scopes=("decisions:read",)))
    assert refused.status_code == 403

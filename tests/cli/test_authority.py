"""`careengine authority` says what an employee may give now, from what is reserved already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from careengine.app import App
from careengine.settings import Settings
from tests.decide.worlds import NOW
from tests.policy.bench import AUTHORITY
from tests.service.conftest import event
from tests.service.test_tasks import OFFER

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Careengine


@pytest.fixture
def given(careengine: Careengine, tmp_path: Path) -> None:  # noqa: ARG001  its folder is the one
    """An agent gave 40 pounds on a case."""
    (tmp_path / "late.yaml").write_text(OFFER.replace(", approver: team-lead", ""))
    (tmp_path / "first-line.yaml").write_text(AUTHORITY.replace("shadow", "live"))
    served = event(employee={"id": "E-7", "role": "agent"})
    written = '[rules]\npaths = ["late.yaml", "first-line.yaml"]\nstarter = false\n'
    (tmp_path / "careengine.toml").write_text(written)
    settings = Settings.load(tmp_path / "careengine.toml")
    with App.open(settings, clock=lambda: NOW) as app:
        app.handle(served, settings.tenant)


AT = ("--at", "2026-03-02T12:00:00Z")


@pytest.mark.usefixtures("given")
def test_it_says_what_is_left(careengine: Careengine) -> None:
    told = careengine("authority", "E-7", "--case", "T-1", *AT, "--format", "json").json
    assert (told["employee"], told["role"], told["as_of"]) == ("E-7", "agent", "2026-03-02T12:00:00Z")
    assert [(room["scope"], room["used"], room["left"]) for room in told["may"]] == [
        ("case:T-1", "40.00 GBP", "10.00 GBP"),
        ("employee:E-7", "40.00 GBP", "260.00 GBP"),
    ]
    assert told["may"][0]["above"] == ["team-lead", "ops-manager"]
    shown = careengine("authority", "E-7", *AT).out
    assert "50.00 GBP" in shown
    assert "a new case" in shown
    assert "team-lead within 1 hour" in shown
    tomorrow = careengine("authority", "E-7", "--at", "2026-03-03T12:00:00Z", "--format", "json").json
    assert [room["left"] for room in tomorrow["may"]] == ["50.00 GBP", "300.00 GBP"]


@pytest.mark.usefixtures("given")
def test_whose_role_is_not_known_is_named(careengine: Careengine) -> None:
    ran = careengine("authority", "E-8")
    assert ran.code == 1
    assert "no event says which role `E-8` has; name it with `--role`" in ran.err
    known = careengine("authority", "E-8", "--role", "agent", *AT, "--format", "json").json
    assert [room["left"] for room in known["may"]] == ["50.00 GBP", "300.00 GBP"]
    assert "none binds E-8" in careengine("authority", "E-8", "--role", "director").out
    assert "is not an instant" in careengine("authority", "E-8", "--at", "noon").err

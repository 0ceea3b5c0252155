"""What is past its time is seen: in `/readyz`, and in the figures, by kind and role."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry

from careengine.app import App
from careengine.app.gauges import Gauges
from careengine.host import Host
from careengine.store import tasks
from careengine.store.tasks import Task
from tests.service.conftest import settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with App.open(settings_in(tmp_path), Host(), clock=lambda: NOW) as opened:
        yield opened


def ask(app: App, name: str, due_at: datetime | None, role: str = "team-lead", kind: str = "approval") -> None:
    task = Task(id=name, kind=kind, role=role, policy="late", opened_at=NOW, changed_at=NOW, due_at=due_at, document={})
    with app.store.write() as transaction:
        assert tasks.put(transaction, "default", task)


def test_what_is_in_time_is_well(app: App) -> None:
    ask(app, "t_1", NOW + HOUR)
    ask(app, "t_2", None)
    (check,) = [one for one in app.checks() if one.name == "people"]
    assert (check.ok, check.needed, check.detail) == (True, False, "nobody is waited for")


def test_what_is_late_is_told_by_kind_and_role(app: App) -> None:
    ask(app, "t_1", NOW - HOUR)
    ask(app, "t_2", NOW - 2 * HOUR)
    ask(app, "t_3", NOW + HOUR)
    ask(app, "t_4", NOW - HOUR, "director", "flag")
    with app.store.write() as transaction:
        assert tasks.settle(transaction, "default", "t_4", "rejected", {}, NOW)
    (check,) = [one for one in app.checks() if one.name == "people"]
    assert not check.ok
    assert check.detail == "past their time: 2 approvals for team-lead; `careengine tasks list --overdue` shows them"
    registry = CollectorRegistry()
    registry.register(Gauges(app))
    labels = {"kind": "approval", "role": "team-lead"}
    assert registry.get_sample_value("careengine_tasks_open", labels) == 3
    assert registry.get_sample_value("careengine_tasks_overdue", labels) == 2
    assert registry.get_sample_value("careengine_tasks_overdue_seconds", labels) == 7200
    assert registry.get_sample_value("careengine_tasks_open", {"kind": "flag", "role": "director"}) is None
    first = [one.id for one in app.people.page("default", overdue=True)]
    assert first == ["t_2", "t_1"]

"""What is counted, and that no label can grow without end."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from careengine.model.decision import Action, Decision, Match
from careengine.telemetry import metrics
from careengine.telemetry.steps import DECIDE, step

if TYPE_CHECKING:
    from pathlib import Path


def value(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


def decision(*policies: str, kind: str = "recovery") -> Decision:
    action = Action(id="a", type="note", status="execute", target="", params={}, policies=policies, because="")
    matched = tuple(Match(policy=policy, kind=kind, because=()) for policy in policies)
    return Decision(
        id="d_1",
        interaction="e",
        as_of="",
        ruleset="",
        mode="live",
        matched=matched,
        actions=(action,) * bool(policies),
    )


def test_a_decision_counts_once_for_each_kind_each_policy_and_each_action() -> None:
    before = {
        name: value(name, **labels)
        for name, labels in {
            "careengine_interactions_total": {"outcome": "decided"},
            "careengine_decisions_total": {"kind": "recovery"},
            "careengine_actions_total": {"type": "note", "status": "execute"},
        }.items()
    }
    metrics.decided(decision("one", "two"))
    assert value("careengine_interactions_total", outcome="decided") == before["careengine_interactions_total"] + 1
    assert value("careengine_decisions_total", kind="recovery") == before["careengine_decisions_total"] + 1
    assert value("careengine_actions_total", type="note", status="execute") == before["careengine_actions_total"] + 1
    assert value("careengine_policy_matches_total", policy="two") >= 1
    without = value("careengine_decisions_total", kind="none")
    metrics.decided(decision())
    assert value("careengine_decisions_total", kind="none") == without + 1


def test_a_large_rule_set_does_not_make_a_series_for_every_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_seen", set())
    monkeypatch.setattr(metrics, "MOST_POLICIES", 2)
    others = value("careengine_policy_matches_total", policy=metrics.OTHERS)
    for name in ("series-1", "series-2", "series-3", "series-4", "series-1"):
        metrics.decided(decision(name))
    assert value("careengine_policy_matches_total", policy="series-1") == 2
    assert value("careengine_policy_matches_total", policy="series-3") == 0
    assert value("careengine_policy_matches_total", policy=metrics.OTHERS) == others + 2


def test_a_step_is_timed_even_when_it_fails() -> None:
    before = value("careengine_step_seconds_count", step=DECIDE)
    with pytest.raises(ZeroDivisionError), step(DECIDE):
        _ = 1 / 0
    assert value("careengine_step_seconds_count", step=DECIDE) == before + 1


COUNT = "from careengine.telemetry import metrics; metrics.INTERACTIONS.labels('decided').inc()"
READ = (
    "from prometheus_client import generate_latest; from careengine.telemetry import metrics; "
    "print(generate_latest(metrics.counted()).decode())"
)


def test_workers_add_up_and_one_that_is_started_again_counts_on(tmp_path: Path) -> None:
    def run(code: str, worker: str) -> str:
        env = {**os.environ, metrics.FOLDER: str(tmp_path), metrics.WORKER: worker}
        ran = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
        return ran.stdout

    for worker in ("1", "2", "1"):
        run(COUNT, worker)
    assert 'careengine_interactions_total{outcome="decided"} 3.0' in run(READ, "2")
    assert sorted({path.stem.split("_")[-1] for path in tmp_path.glob("counter_*.db")}) == ["1", "2"]

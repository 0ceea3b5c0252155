"""The dashboard and the alerts ask only for what `GET /metrics` gives, in PromQL that a parser takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import promql_parser
import pytest
import yaml

import careengine
from tests.deploy.figures import described

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(careengine.__file__).parent / "deploy"
ALERTS = [rule for group in yaml.safe_load((HERE / "alerts.yaml").read_text())["groups"] for rule in group["rules"]]
DASHBOARD = json.loads((HERE / "dashboard.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
EXPRESSIONS = [rule["expr"] for rule in ALERTS] + [
    # Grafana puts these in before Prometheus sees them.
    target["expr"].replace("$__rate_interval", "5m").replace("$job", ".*")
    for panel in PANELS
    for target in panel["targets"]
]
ELSEWHERE = {"up": {"job", "instance"}}  # Prometheus's own
EVERYWHERE = {"job", "instance", "le"}


def selectors(expression: str) -> Iterator[tuple[str, set[str]]]:
    """The series that an expression reads: name and the labels it asks for."""
    found: list[tuple[str, set[str]]] = []

    def visit(node: Any) -> bool:
        if isinstance(node, promql_parser.VectorSelector):
            found.append((str(node.name), {matcher.name for matcher in node.matchers.matchers}))
        return True

    promql_parser.walk(promql_parser.parse(expression), visit)
    yield from found


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_what_is_asked_for_exists_with_its_labels(expression: str) -> None:
    known = {**{series: labels for one in described() for series, labels in one.series().items()}, **ELSEWHERE}
    asked = list(selectors(expression))
    assert asked
    for name, labels in asked:
        assert name in known, name
        assert labels <= known[name] | EVERYWHERE, (name, labels)


def test_a_misspelt_metric_would_be_found() -> None:
    assert list(selectors("sum(rate(careengine_nonsense_total{a='b'}[5m])) > 0")) == [
        ("careengine_nonsense_total", {"a"})
    ]


def test_every_metric_is_watched_by_an_alert_or_shown() -> None:
    asked = {name for expression in EXPRESSIONS for name, _ in selectors(expression)}
    assert [one.name for one in described() if not asked & set(one.series())] == []


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: str(rule["alert"]))
def test_an_alert_says_what_is_so_and_what_to_do(rule: dict[str, Any]) -> None:
    assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert set(rule["annotations"]) == {"summary", "what_to_do"}
    assert promql_parser.parse_duration(rule["for"])


def test_names_and_places_are_taken_once() -> None:
    assert len({rule["alert"] for rule in ALERTS}) == len(ALERTS)
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    covered = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(covered) == len(set(covered))
    assert max(x for x, _ in covered) < 24
    assert all(panel["description"] for panel in PANELS)

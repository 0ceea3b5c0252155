"""Every metric that `GET /metrics` can give, as the code defines it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from prometheus_client import Counter, Gauge, Histogram

from careengine.app import App
from careengine.app.gauges import Gauges
from careengine.host import Host
from careengine.telemetry import metrics
from tests.service.conftest import settings_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One metric: the name without endings, its type, labels and what it says."""

    name: str
    type: str
    labels: tuple[str, ...]
    says: str

    def series(self) -> dict[str, set[str]]:
        """The series it has, each with its labels."""
        endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}[self.type]
        return {self.name + ending: set(self.labels) for ending in endings}


@cache
def described() -> tuple[Described, ...]:
    """All of them, the counted ones first."""
    counted = [one for one in vars(metrics).values() if isinstance(one, (Counter, Gauge, Histogram))]
    found = [
        Described(name=one._name, type=one._type, labels=tuple(one._labelnames), says=one._documentation)
        for one in counted
    ]
    with TemporaryDirectory() as folder, App.open(settings_in(Path(folder)), Host()) as app:
        found += [
            Described(name=one.name, type=one.type, labels=tuple(one._labelnames), says=one.documentation)
            for one in Gauges(app).collect()
        ]
    return tuple(found)

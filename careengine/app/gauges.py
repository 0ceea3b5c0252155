"""What is so at the moment, as gauges for Prometheus: read when somebody asks, the same from every worker."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily

from careengine import __version__
from careengine.app.rules import counts
from careengine.errors import StoreError
from careengine.host import QUARANTINED
from careengine.store import queues, tasks, timers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.app.app import App
    from careengine.store.queues import Depth


class Gauges:
    """A collector for `prometheus_client`."""

    def __init__(self, app: App) -> None:
        self._app = app

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges, each with its samples."""
        yield self._build()
        yield from self._rules()
        yield from self._plugins()
        yield from self._queues()
        yield from self._timers()
        yield from self._tasks()

    def _build(self) -> GaugeMetricFamily:
        build = _gauge("careengine_build_info", "Always 1; the labels say which version runs.", ("version",))
        build.add_metric((__version__,), 1)
        return build

    def _rules(self) -> Iterator[GaugeMetricFamily]:
        rules = self._app.rules
        policies = _gauge("careengine_policies", "Policies of the set in force, by status.", ("status",))
        for status, count in counts(rules.current()).items():
            policies.add_metric((status,), count)
        yield policies
        age = max(0.0, time.time() - rules.read_at)
        yield _gauge("careengine_rules_age_seconds", "Since when the rules in force were read from their files.", age)
        refused = "Problems in the latest change of the rules, which was refused for them; 0: it is in force."
        yield _gauge("careengine_rules_refused_problems", refused, len(rules.refused))

    def _plugins(self) -> Iterator[GaugeMetricFamily]:
        states = [info.state for info in self._app.host.plugins]
        yield _gauge("careengine_plugins_quarantined", "Plugins that are quarantined.", states.count(QUARANTINED))
        broken = len(self._app.broken_adapters)
        yield _gauge("careengine_adapters_broken", "Configured adapters that are out of order.", broken)

    def _queues(self) -> Iterator[GaugeMetricFamily]:
        depth = _gauge(
            "careengine_queue_depth",
            f"Actions (`outbox`) and webhook deliveries (`inbox`) by state: `due`, `sending`, `parked`, `waiting` for "
            f"a person. Counted up to {queues.MOST}; `adapter` is empty for what no configured adapter brings.",
            ("queue", "state", "adapter"),
        )
        age = _gauge(
            "careengine_queue_age_seconds",
            "For how long the oldest one has been due, by the same labels.",
            ("queue", "state", "adapter"),
        )
        refused = _gauge(
            "careengine_credentials_refused",
            "Whether the CRM behind an adapter refuses our credentials, so that everything for it waits: 1 or 0.",
            ("adapter",),
        )
        try:
            for labels, count, seconds in self._waiting():
                depth.add_metric(labels, count)
                age.add_metric(labels, seconds)
            for adapter, says_no in self._refused():
                refused.add_metric((adapter,), says_no)
            reachable = 1
        except StoreError:
            reachable = 0
        yield depth
        yield age
        yield refused
        yield _gauge("careengine_store_up", "Whether the database could be read just now.", reachable)

    def _tasks(self) -> Iterator[GaugeMetricFamily]:
        count = _gauge(
            "careengine_tasks_open", "What waits for people, by kind and by the role that decides.", ("kind", "role")
        )
        late = _gauge(
            "careengine_tasks_overdue", "How much of it is past its time, by the same labels.", ("kind", "role")
        )
        oldest = _gauge(
            "careengine_tasks_overdue_seconds",
            "For how long the one that is overdue for longest is, by the same labels.",
            ("kind", "role"),
        )
        now = self._app.clock()
        try:
            with self._app.store.read() as reader:
                found = list(tasks.waiting(reader, self._app.settings.tenant, now))
        except StoreError:  # `careengine_store_up` says it
            return
        for one in found:
            labels = (one.kind, one.role)
            count.add_metric(labels, one.count)
            late.add_metric(labels, one.overdue)
            oldest.add_metric(labels, max(0.0, (now - one.due_at).total_seconds()) if one.due_at else 0.0)
        yield from (count, late, oldest)

    def _timers(self) -> Iterator[GaugeMetricFamily]:
        pending = _gauge("careengine_timers_pending", f"Timers that are set. Counted up to {timers.MOST}.", ())
        failing = _gauge(
            "careengine_timers_failing",
            "Timers whose event could not be kept; each is tried again, ever more seldom.",
            (),
        )
        overdue = _gauge(
            "careengine_timers_overdue_seconds", "For how long the timer that should have fired first is overdue.", ()
        )
        try:
            with self._app.store.read() as reader:
                found = timers.waiting(reader, self._app.settings.tenant)
        except StoreError:  # `careengine_store_up` says it
            return
        late = (self._app.clock() - found.oldest).total_seconds() if found.oldest else 0.0
        pending.add_metric((), found.count)
        failing.add_metric((), found.failed)
        overdue.add_metric((), max(0.0, late))
        yield from (pending, failing, overdue)

    def _refused(self) -> Iterator[tuple[str, int]]:
        with self._app.store.read() as reader:
            found = queues.refused(reader, self._app.settings.tenant)
        for adapter in self._app.settings.adapters:
            yield adapter, int(adapter in found)

    def _waiting(self) -> Iterator[tuple[tuple[str, str, str], int, float]]:
        now, known = self._app.clock(), self._app.settings.adapters
        with self._app.store.read() as reader:
            found = queues.depths(reader, self._app.settings.tenant)
        of: dict[tuple[str, str, str], list[Depth]] = {}
        for each in found:
            # What waits for a person may come from any source, and a source is a caller's word.
            adapter = each.adapter if each.adapter in known else ""
            of.setdefault((each.queue, each.state, adapter), []).append(each)
        for labels, same in of.items():
            oldest = max((now - each.due_at).total_seconds() for each in same)
            yield labels, sum(each.count for each in same), max(0.0, oldest)


def _gauge(name: str, says: str, labels_or_value: tuple[str, ...] | float) -> GaugeMetricFamily:
    if isinstance(labels_or_value, tuple):
        return GaugeMetricFamily(name, says, labels=labels_or_value)
    return GaugeMetricFamily(name, says, value=labels_or_value)

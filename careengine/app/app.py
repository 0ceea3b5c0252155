"""Opens and closes everything that makes up careengine, in the right order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import structlog

from careengine.app import checks
from careengine.app.adapters import Adapters
from careengine.app.keeping import Keeper
from careengine.app.reviewing import Reviewer
from careengine.app.rules import Rules, rule_paths
from careengine.app.storing import open_store
from careengine.delivery import Delivery
from careengine.delivery.timekeeper import LOOK_SECONDS, Timekeeper
from careengine.delivery.worker import Worker
from careengine.host import Host
from careengine.people import People
from careengine.pipeline import Pipeline, Reader
from careengine.pipeline.privacy import Privacy
from careengine.policy.fields import site_catalogue
from careengine.store import inbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from careengine.delivery.taking import Handle
    from careengine.errors import Problem
    from careengine.model.adapter import Adapter, Capabilities, WebhookRequest
    from careengine.model.catalogue import Catalogue
    from careengine.model.history import Entry
    from careengine.model.policy import PolicySet
    from careengine.pipeline import Outcome
    from careengine.settings import Settings
    from careengine.store import Store
    from careengine.store.inbox import StillThere

KEEPER_SECONDS = 60.0  # how often it is looked whether it is time to purge
STOP_SECONDS = 15.0  # what calls to a CRM that are under way get to end

log = structlog.get_logger("careengine.app")


def present() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The whole application, ready to handle interactions. Threads may share it; close it at the end.

    `schema` is the interaction schema with the company's own fields, `catalogue` the fields that rules may test.
    """

    settings: Settings
    host: Host
    store: Store
    catalogue: Catalogue
    schema: Mapping[str, Any]
    rules: Rules
    pipeline: Pipeline
    people: People
    delivery: Delivery
    clock: Callable[[], datetime]
    _adapters: Adapters
    _keeper: Worker
    _timekeeper: Worker
    _reviewer: Worker

    @classmethod
    def open(cls, settings: Settings, host: Host | None = None, clock: Callable[[], datetime] = present) -> Self:
        """Wire everything up; `host` stands in for the installed plugins.

        Raises SettingsError, PolicyError with every problem of the rules, and StoreError.
        """
        host = Host.load(settings.plugins.disabled) if host is None else host
        site = site_catalogue(settings.rules.fields)
        rules = Rules.load(rule_paths(settings, host), site.catalogue)
        adapters = Adapters.make(settings, host)
        reader = Reader.of(site.schema, site.catalogue, settings.service.max_depth)
        store = open_store(settings.store)  # last, because from here on there is something to close
        pipeline = Pipeline(
            store=store,
            reader=reader,
            privacy=Privacy.of(site.catalogue, settings.privacy.keep_text, host.redact),
            policies=rules.current,
            hooks=host,
            clock=clock,
            deliverable=adapters.deliverable,
            incident_reviewer=settings.people.incident_reviewer,
            care_first_for=timedelta(days=settings.people.care_first_days),
        )
        delivery = _delivery(settings, store, adapters, pipeline, clock)
        pipeline.wake = delivery.wake
        timekeeper = _timekeeper(settings, store, pipeline, clock)
        keeper = Keeper(store, settings.tenant, settings.retention, clock)
        reviewer = Reviewer(store=store, tenant=settings.tenant, policies=rules.current, clock=clock)
        return cls(
            settings=settings,
            host=host,
            store=store,
            catalogue=site.catalogue,
            schema=site.schema,
            rules=rules,
            pipeline=pipeline,
            people=People(pipeline=pipeline),
            delivery=delivery,
            clock=clock,
            _adapters=adapters,
            _keeper=Worker(name="retention", step=keeper.step, poll_seconds=KEEPER_SECONDS),
            _timekeeper=timekeeper,
            _reviewer=Worker(name="reviews", step=reviewer.step, poll_seconds=KEEPER_SECONDS),
        )

    @property
    def adapters(self) -> Mapping[str, tuple[Adapter, Capabilities]]:
        """The configured adapters that work, by name."""
        return self._adapters.working

    @property
    def broken_adapters(self) -> Mapping[str, str]:
        """The configured adapters that do not work, with the reason."""
        return self._adapters.broken

    @property
    def held_up(self) -> list[str]:
        """The workers beside the delivery that failed at their latest step."""
        return [worker.name for worker in self._workers if worker.held_up]

    @property
    def _workers(self) -> tuple[Worker, ...]:
        return self._timekeeper, self._keeper, self._reviewer

    def policies(self) -> PolicySet:
        """The rule set in force."""
        return self.rules.current()

    def reload(self) -> list[Problem]:
        """Read the rules again; with problems, which it gives, the rule set in force stays."""
        return self.rules.reload()

    def watched(self) -> Sequence[Path]:
        """The files and folders of the rules."""
        return self.rules.paths

    def checks(self) -> list[checks.Check]:
        """What is well, what is not, and whether interactions can be taken."""
        return checks.checks(self)

    def keep_delivery(self, adapter: str, delivery: str, request: WebhookRequest) -> bool:
        """Keep a webhook delivery to be worked off later; False when it was kept before. Raises StoreError."""
        kept = self._adapters.without_secrets(request)
        tenant, now = self.settings.tenant, self.clock()
        fresh = self.store.transact(lambda to: inbox.keep(to, tenant, adapter, delivery, kept, now))
        self.delivery.wake()
        return fresh

    def handle(self, document: Any, tenant: str) -> Outcome:
        """Decide, record, and let the delivery look for what is due; see `Pipeline.handle`."""
        return self.pipeline.handle(document, tenant)

    def start(self) -> None:
        """Start the workers: for decisions and webhooks, timers, reviews of the rules, and what is too old."""
        self.delivery.start()
        for worker in self._workers:
            worker.start()

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Stop the workers and wait, at most so long, for what they are doing."""
        for worker in self._workers:
            worker.ask_to_stop()
        for worker in self._workers:
            worker.join(seconds)
        if not self.delivery.stop(seconds):
            log.warning("a delivery was still under way when the program ended")

    def close(self) -> None:
        """Stop the workers, unless somebody did and waited as long as they had time, and close the database."""
        self.stop(0.0 if self.delivery.is_stopping else STOP_SECONDS)
        self.store.close()
        self.pipeline.close()

    def __enter__(self) -> Self:
        """Open at the start of a block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close at its end."""
        self.close()


def _told(handle_one: Callable[[Any, str, Sequence[Entry], StillThere | None], Outcome]) -> Handle:
    """The same with a log line, such as a request to the service has."""

    def handle(document: Any, tenant: str, past: Sequence[Entry], still_there: StillThere | None) -> Outcome:
        outcome = handle_one(document, tenant, past, still_there)
        decision, source = outcome.decision["id"], document["source"]
        log.info("decided", decision=decision, adapter=source, duplicate=outcome.duplicate)
        return outcome

    return handle


def _timekeeper(settings: Settings, store: Store, pipeline: Pipeline, clock: Callable[[], datetime]) -> Worker:
    keeper = Timekeeper(store=store, tenant=settings.tenant, handle=_told(pipeline.handle_any), clock=clock)
    return Worker(name="timers", step=keeper.step, poll_seconds=LOOK_SECONDS, wait=keeper.wait)


def _delivery(
    settings: Settings, store: Store, adapters: Adapters, pipeline: Pipeline, clock: Callable[[], datetime]
) -> Delivery:
    return Delivery(
        store=store,
        tenant=settings.tenant,
        adapters=adapters.working,
        settings=settings.delivery,
        handle=_told(pipeline.handle_live),
        clock=clock,
    )

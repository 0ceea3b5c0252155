"""The story of one event."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import structlog

from careengine.decide.loop import by_machine
from careengine.errors import ErasedError, PayloadError, StoreError
from careengine.model.facts import Facts
from careengine.model.restrictions import CARE_FIRST_FOR
from careengine.model.state import RecordedState
from careengine.model.zone import zone_named
from careengine.pipeline.arrival import Arrival
from careengine.pipeline.clocks import hold_clocks
from careengine.pipeline.given import used_before
from careengine.pipeline.identity import check_merge, take_turn, whose
from careengine.pipeline.incidents import parties_reported
from careengine.pipeline.known import known_by_now
from careengine.pipeline.needs import Needs
from careengine.pipeline.past import past_of
from careengine.pipeline.provenance import proven
from careengine.pipeline.recording import digest_of, record, reject_of, source_of
from careengine.pipeline.state import StoredState, decide_live
from careengine.pipeline.turns import take_rooms
from careengine.store import events, rejects
from careengine.telemetry import metrics
from careengine.telemetry.steps import DECIDE, READ, STORE, step

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from concurrent.futures import Future
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from careengine.decide.guard import Guard
    from careengine.model.decision import Decision
    from careengine.model.history import Entry
    from careengine.model.interaction import Interaction
    from careengine.model.person import Person
    from careengine.model.policy import PolicySet
    from careengine.model.state import State
    from careengine.model.value import Scalar, Value
    from careengine.pipeline.privacy import Privacy
    from careengine.pipeline.reading import Reader
    from careengine.store import Store
    from careengine.store.inbox import StillThere

KEEP_SECONDS = 10.0  # nobody waits longer for an event to be kept

log = structlog.get_logger("careengine.pipeline")


class Hooks(Protocol):
    """What plugins add to the story; the host isolates each of them."""

    def signals(self, interaction: Interaction, /) -> Mapping[str, Mapping[str, Scalar]]:
        """What plugins find in an interaction, by plugin and name."""
        ...

    def guards(self) -> Sequence[Guard]:
        """The guards, by name."""
        ...

    def decision_recorded(self, decision: Decision, /) -> None:
        """Tell the plugins of a decision that is kept."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The answer to an event. `decision` is as in `decision.schema.json`; a duplicate had no new effect.

    `made` is the decision itself, when it was made now.
    """

    decision: dict[str, Any]
    duplicate: bool
    made: Decision | None = field(default=None, repr=False, compare=False)


@dataclass(slots=True, kw_only=True)
class Pipeline:
    """Turns events into kept decisions. Threads may share it.

    `policies` gives the rule set of the moment; `deliverable` names, by source, the action types that the adapter
    of that source carries out; `clock` gives the present instant in UTC; `wake` tells those who deliver that there is
    something to do, and does not block. `incident_reviewer` is the role that judges reports of conduct of which no
    policy says who does. `care_first_for` is how long nobody restricts a customer after words in which a plugin found
    that care comes first.
    """

    store: Store
    reader: Reader
    privacy: Privacy
    policies: Callable[[], PolicySet]
    hooks: Hooks
    clock: Callable[[], datetime]
    deliverable: Mapping[str, Collection[str]] = field(default_factory=dict)
    wake: Callable[[], None] = lambda: None
    incident_reviewer: str = "team-lead"
    care_first_for: timedelta = CARE_FIRST_FOR
    _needs: Needs = field(default_factory=Needs)
    _tellers: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4, "careengine-tells"))

    def read(self, document: Any) -> Interaction:
        """Check an event that somebody sends now. Raises PayloadError with every fault found."""
        with step(READ):
            return _zone_told(self.reader.read_live(document, self.clock()))

    def _read_sent(self, document: Any) -> Interaction:
        with step(READ):
            return _zone_told(self.reader.read_outside(document))

    def handle(
        self, document: Any, tenant: str, past: Sequence[Entry] = (), still_there: StillThere | None = None
    ) -> Outcome:
        """Decide on an event and keep everything about it in one transaction; the same event again: the same answer.

        `past` is what the CRM remembers of the customer; with a new event it is considered and kept. `still_there` is
        asked inside the transaction whether what told of the event is. Raises PayloadError for an invalid event (it is
        counted), ErasedError for one that was erased or is there no more, and StoreError when nothing could be kept,
        or not in time. Who sends it cannot pass it off as an event of our own (see `handle_any`).
        """
        return self._handle(self._read_sent, document, tenant, past, still_there)

    def handle_live(
        self, document: Any, tenant: str, past: Sequence[Entry] = (), still_there: StillThere | None = None
    ) -> Outcome:
        """`handle`, of what a CRM tells as it happens: an event that is yet to come is invalid."""
        return self._handle(self.read, document, tenant, past, still_there)

    def handle_any(
        self, document: Any, tenant: str, past: Sequence[Entry] = (), still_there: StillThere | None = None
    ) -> Outcome:
        """`handle`, for the engine's own timers, and for trying out what they would lead to."""
        return self._handle(self.reader.read, document, tenant, past, still_there)

    def _handle(
        self,
        read: Callable[[Any], Interaction],
        document: Any,
        tenant: str,
        past: Sequence[Entry],
        still_there: StillThere | None,
    ) -> Outcome:
        interaction = self._read_or_count(read, document, tenant)
        fields = self.enriched(interaction)
        arrival = Arrival(tenant=tenant, interaction=interaction, fields=fields, past=past, still_there=still_there)
        end = self.submit(arrival)
        try:
            outcome = end.result(KEEP_SECONDS)
        except BaseException as error:
            self.leave(end)
            if isinstance(error, TimeoutError):
                raise too_late() from None
            if isinstance(error, PayloadError):
                self.count_reject(error, document, tenant)
            raise
        self.count(outcome)
        self.tell(outcome)
        return outcome

    def submit(self, arrival: Arrival) -> Future[Outcome]:
        """The middle of `handle`, for one who must not wait: the future ends when all is kept, or fails.

        What was kept is to be counted and told, and what nobody waits for any more to be left (`leave`). Raises
        Overloaded.
        """
        return self.store.submit(self._work(arrival))

    def submit_all(self, arrivals: Sequence[Arrival]) -> list[Future[Outcome]]:
        """`submit` for several, each for itself, in their order. Raises Overloaded: then none is taken up."""
        return self.store.submit_all([self._work(arrival) for arrival in arrivals])

    def _work(self, arrival: Arrival) -> Callable[[Connection], Outcome]:
        digest = digest_of(arrival.interaction.document)

        def work(transaction: Connection) -> Outcome:
            with step(STORE):
                return self._once(transaction, arrival, digest)

        return work

    def join(self, transaction: Connection, document: Any, tenant: str) -> Outcome:
        """Decide on an event of our own in a transaction of somebody else's, who counts and tells it once it is kept.

        Plugins are not asked for signals. Raises PayloadError.
        """
        interaction = self.reader.read(document)
        arrival = Arrival(tenant=tenant, interaction=interaction, fields=interaction.fields)
        return self._once(transaction, arrival, digest_of(interaction.document))

    def count(self, outcome: Outcome) -> None:
        """What is kept is counted, and its actions can be delivered. Does not block."""
        if outcome.made is None:
            metrics.INTERACTIONS.labels("duplicate").inc()
            return
        metrics.decided(outcome.made)
        self.wake()

    def tell(self, outcome: Outcome) -> None:
        """The end of `handle`: plugins hear of a decision that is kept, and of each once."""
        if outcome.made is not None:
            self.hooks.decision_recorded(outcome.made)

    def tell_beside(self, outcome: Outcome) -> Future[None]:
        """`tell` in a thread of its own, for one who must not wait."""
        return self._tellers.submit(copy_context().run, self.tell, outcome)

    def leave(self, end: Future[Outcome]) -> None:
        """Nobody waits any more: what has not begun is given up, what is kept after all is counted and told."""
        if not end.cancel():
            end.add_done_callback(self._late)

    def _late(self, end: Future[Outcome]) -> None:
        if not end.cancelled() and end.exception() is None:
            self.count(end.result())
            self.tell_beside(end.result())  # this thread is the one that writes

    def close(self) -> None:
        """Let plugins hear the end of what is told to them."""
        self._tellers.shutdown()

    def dry_run(self, document: Any, tenant: str) -> dict[str, Any]:
        """Decide on an event as if it came in now, and keep nothing. Raises PayloadError and StoreError."""
        interaction, policies = self.reader.read(document), self.policies()
        arrival = Arrival(tenant=tenant, interaction=interaction, fields=self.enriched(interaction))
        with self.store.read() as reader:
            person = whose(reader, tenant, interaction)
            check_merge(reader, arrival, person)
            arrival = proven(reader, arrival)
            facts = self._facts(reader, arrival, policies, person)
            return decide_live(facts, policies, self.hooks.guards()).to_json()  # guardrails ask the store

    def look_up(self, document: Any, tenant: str, kinds: Collection[str]) -> Facts:
        """What a decision on an event could know if it came in now: all history of these kinds.

        How limits, clocks and the like stand is not in it. Raises PayloadError and StoreError.
        """
        interaction = self.reader.read(document)
        arrival = Arrival(tenant=tenant, interaction=interaction, fields=self.enriched(interaction))
        with self.store.read() as reader:
            person = whose(reader, tenant, interaction)
            return facts_of(reader, proven(reader, arrival), person, dict.fromkeys(kinds), RecordedState())

    def _read_or_count(self, read: Callable[[Any], Interaction], document: Any, tenant: str) -> Interaction:
        try:
            return read(document)
        except PayloadError as error:
            self.count_reject(error, document, tenant)
            raise

    def count_reject(self, error: PayloadError, body: Any, tenant: str) -> None:
        """Count what was refused: `body` is its JSON, or the bytes that were no JSON. Nothing of its text is kept.

        Its source is a text of its own, too, unless it is an adapter's name or an event that is kept has the same.
        """
        metrics.INTERACTIONS.labels("refused").inc()
        source = source_of(body)
        try:
            self.store.transact(lambda to: self._add_reject(to, tenant, source, error, body))
        except StoreError as trouble:  # the sender still hears what was wrong with the event
            log.warning("reject not counted", why=str(trouble))

    def _add_reject(self, transaction: Connection, tenant: str, source: str, error: PayloadError, body: Any) -> None:
        known = source in self.deliverable or events.any_from(transaction, tenant, source)
        rejects.add(transaction, tenant, reject_of(error, body, source if known else "", self.clock()))

    def enriched(self, interaction: Interaction) -> dict[str, Value]:
        """The interaction's fields, with what plugins find in it as `signals.<plugin>.<name>`."""
        found = self.hooks.signals(interaction)
        signals = {f"signals.{plugin}.{name}": value for plugin, by in found.items() for name, value in by.items()}
        return {**interaction.fields, **signals}

    def _once(self, transaction: Connection, arrival: Arrival, digest: str) -> Outcome:
        tenant, interaction = arrival.tenant, arrival.interaction
        # One after the other for a person, or for an event of nobody: what is read next decides.
        person = take_turn(transaction, tenant, interaction)
        if arrival.still_there is not None and not arrival.still_there(transaction):
            raise ErasedError("what told of this event was erased meanwhile; it is not decided")
        known = events.answered(transaction, tenant, interaction.source, interaction.id)
        if known is not None:
            return _again(interaction, known, digest)
        check_merge(transaction, arrival, person)
        arrival = proven(transaction, arrival)
        take_rooms(transaction, arrival)
        policies = self.policies()
        hold_clocks(transaction, tenant, interaction, policies)
        facts = self._facts(transaction, arrival, policies, person)
        with step(DECIDE):
            decision = decide_live(facts, policies, self.hooks.guards())
        deliverable = self.deliverable.get(interaction.source, ())
        answer = record(
            transaction,
            arrival,
            digest=digest,
            facts=facts,
            policies=policies,
            decision=decision,
            deliverable=deliverable,
            privacy=self.privacy,
            now=self.clock(),
            incident_reviewer=self.incident_reviewer,
        )
        return Outcome(decision=answer, duplicate=False, made=decision)

    def _facts(self, reader: Connection, arrival: Arrival, policies: PolicySet, person: Person | None) -> Facts:
        as_of, machine = arrival.interaction.occurred_at, by_machine(arrival.interaction.fields)
        since = self._needs.since(policies, as_of, machine=machine)
        before = (lambda asked: used_before(asked, policies, arrival.past)) if arrival.past else None
        state = StoredState(reader, arrival.tenant, self.clock(), self.care_first_for, before)
        return facts_of(reader, arrival, person, since, state)


def facts_of(
    reader: Connection,
    arrival: Arrival,
    person: Person | None,
    since: Mapping[str, datetime | None],
    state: State,
) -> Facts:
    """What a decision on an event may look at; `since` as in `past_of`."""
    as_of, tenant = arrival.interaction.occurred_at, arrival.tenant
    fields = {**arrival.fields, **known_by_now(reader, arrival), **parties_reported(reader, arrival)}
    if person is None:
        return Facts.of(fields, as_of, arrival.past, tenant, state)
    past = [*past_of(reader, tenant, person, as_of, since), *arrival.past]
    if not person.joined:
        return Facts.of(fields, as_of, past, tenant, state)
    return Facts.of(person.lay_over(fields), as_of, past, tenant, state, person=person.id)


def too_late() -> StoreError:
    """Why one who waited for an event to be kept waits no longer."""
    return StoreError("the database did not come to it in time; try again in a moment")


def _zone_told(interaction: Interaction) -> Interaction:
    zone = interaction.fields.get("customer.tz")
    if isinstance(zone, str) and zone_named(zone) is None:
        log.warning("no such time zone", source=interaction.source, event_id=interaction.id, at="/customer/tz")
    return interaction


def _again(interaction: Interaction, known: events.Answered, digest: str) -> Outcome:
    if known.decision is None:
        raise ErasedError("this event was decided and erased; it is not decided again")
    if known.digest != digest:
        log.warning("event came again with other content", source=interaction.source, event_id=interaction.id)
    return Outcome(decision=known.decision, duplicate=True)

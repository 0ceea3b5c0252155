"""Eight bugs that lose or double actions, to prove that the harness sees them.

Each replaces functions of the product in the process under test, before it serves; the product has no switch for any
of it. Where a bug only shows when the process dies within a moment, the moment is held open for `HELD` seconds.
"""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import Future
from contextvars import ContextVar
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from careengine.app import App
from careengine.delivery import lane
from careengine.model.adapter import Receipt
from careengine.pipeline import Outcome, Pipeline
from careengine.store import events, outbox
from careengine.store.states import DROPPED
from tests.reliability.kills.plugin import LedgerAdapter

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from careengine.pipeline import Arrival

HELD = 0.1


def split_transaction() -> None:
    """The actions are kept in a second transaction after the event's."""
    add, submit, asked = outbox.add, Pipeline.submit, ContextVar[list[Any]]("asked")

    def submitted(pipeline: Pipeline, arrival: Arrival) -> Future[Outcome]:
        actions: list[Any] = []
        asked.set(actions)

        def second(outcome: Outcome) -> Outcome:
            with pipeline.store.write() as transaction:
                for one in actions:
                    add(transaction, *one)
            return outcome

        return _held(submit(pipeline, arrival), second)

    _replace(outbox, "add", lambda _transaction, *args: asked.get().append(args))
    _replace(Pipeline, "submit", submitted)


def acknowledge_first() -> None:
    """The answer leaves, and the event is kept in a moment."""
    submit = Pipeline.submit

    def submitted(pipeline: Pipeline, arrival: Arrival) -> Future[Outcome]:
        if arrival.still_there:  # a webhook, which was acknowledged before
            return submit(pipeline, arrival)
        threading.Timer(HELD, submit, (pipeline, arrival)).start()
        decision = pipeline.dry_run(arrival.interaction.document, arrival.tenant)
        answer: Future[Outcome] = Future()
        answer.set_result(Outcome(decision=decision, duplicate=False))
        return answer

    _replace(Pipeline, "submit", submitted)


def webhook_first() -> None:
    """A webhook is acknowledged, and kept in a moment."""
    keep = App.keep_delivery

    def kept(*delivery: Any) -> bool:
        threading.Timer(HELD, keep, delivery).start()
        return True

    _replace(App, "keep_delivery", kept)


def mark_first() -> None:
    """An action counts as done when it is taken up, before it is sent."""
    claim, apply = outbox.claim, LedgerAdapter.apply

    def applied(*given: Any) -> Receipt:
        threading.Event().wait(HELD)
        return apply(*given)

    def claimed(transaction: Any, tenant: str, adapter: str, now: Any, by: int | None) -> Any:
        found = claim(transaction, tenant, adapter, now, by)
        if found is not None:
            outbox.done(transaction, tenant, found.action.id, Receipt(outcome="changed"), now)
        return found

    _replace(outbox, "claim", claimed)
    _replace(LedgerAdapter, "apply", applied)


def fresh_key() -> None:
    """Every try has a key of its own."""
    apply = LedgerAdapter.apply
    _replace(LedgerAdapter, "apply", lambda self, action, _key: apply(self, action, uuid.uuid4().hex))


def give_up() -> None:
    """What fails is dropped in place of being tried again."""

    def dropped(transaction: Any, tenant: str, action: str, _due: Any, *, reason: str, now: Any, **_: Any) -> None:
        outbox._set(transaction, tenant, action, state=DROPPED, reason=reason, changed_at=now)

    _replace(outbox, "again", dropped)


def no_dedupe() -> None:
    """An event that comes again is taken for a new one."""
    submit = Pipeline.submit

    def submitted(pipeline: Pipeline, arrival: Arrival) -> Future[Outcome]:
        came = arrival.interaction
        with pipeline.store.read() as reader:
            if events.known(reader, arrival.tenant, came.source, came.id):
                anew = pipeline.read({**came.document, "id": uuid.uuid4().hex})
                arrival = replace(arrival, interaction=anew, fields=anew.fields)
        return _held(submit(pipeline, arrival))  # a sender who hears nothing sends again

    _replace(Pipeline, "submit", submitted)


def hasty() -> None:
    """Whether a write of unknown outcome is in the CRM is looked up at once, while the CRM is still at it."""
    recover = outbox.recover

    def recovered(transaction: Any, tenant: str, now: Any, of: Any, _settling: timedelta) -> int:
        return recover(transaction, tenant, now, of)

    _replace(lane, "unsettled", lambda _error, _settings: 0.0)
    _replace(outbox, "recover", recovered)


def _held(kept: Future[Outcome], then: Callable[[Outcome], Outcome] = lambda outcome: outcome) -> Future[Outcome]:
    """The same a moment later, and after something more."""
    end: Future[Outcome] = Future()

    def finish() -> None:
        try:
            end.set_result(then(kept.result()))
        except Exception as error:  # noqa: BLE001  it belongs to whoever waits
            end.set_exception(error)

    kept.add_done_callback(lambda _: threading.Timer(HELD, finish).start())
    return end


def _replace(owner: Any, name: str, bug: Callable[..., Any]) -> None:
    getattr(owner, name)  # a bug in what is gone would be none
    setattr(owner, name, bug)


BUGS: dict[str, Callable[[], None]] = {
    bug.__name__: bug
    for bug in (
        split_transaction,
        acknowledge_first,
        webhook_first,
        mark_first,
        fresh_key,
        give_up,
        no_dedupe,
        hasty,
    )
}

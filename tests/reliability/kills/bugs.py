"""Six bugs that lose or double actions, to prove that the harness sees them.

Each replaces one function of the product in the process under test, before it serves; the product has no switch for
any of it. Where a bug only shows when the process dies within a moment, the moment is held open for `HELD` seconds.
"""

from __future__ import annotations

import threading
import time
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from careengine.app import App
from careengine.model.adapter import Receipt
from careengine.store import events, outbox
from careengine.store.states import DROPPED
from tests.reliability.kills.plugin import LedgerAdapter

if TYPE_CHECKING:
    from collections.abc import Callable

HELD = 0.03


def split_transaction() -> None:
    """The actions are kept in a second transaction after the event's."""
    real, handle, kept = outbox.add, App.handle, threading.local()

    def later(_transaction: Any, *args: Any) -> None:
        kept.args = args

    def handled(app: App, document: Any, tenant: str) -> Any:
        kept.args = None
        outcome = handle(app, document, tenant)
        if kept.args:
            time.sleep(HELD)
            with app.store.write() as transaction:
                real(transaction, *kept.args)
        return outcome

    _replace(outbox, "add", later)
    _replace(App, "handle", handled)


def acknowledge_first() -> None:
    """The answer leaves, and the event is kept in a moment."""
    handle = App.handle

    def handled(app: App, document: Any, tenant: str) -> Any:
        answer = app.pipeline.dry_run(document, tenant)
        threading.Timer(HELD, handle, (app, document, tenant)).start()
        return type("Answer", (), {"decision": answer, "duplicate": False})()

    _replace(App, "handle", handled)


def mark_first() -> None:
    """An action counts as done when it is taken up, before it is sent."""
    claim = outbox.claim

    def claimed(transaction: Any, tenant: str, *args: Any) -> Any:
        found = claim(transaction, tenant, *args)
        if found is not None:
            outbox.done(transaction, tenant, found.action.id, Receipt(outcome="changed"), args[-1])
        return found

    _replace(outbox, "claim", claimed)


def fresh_key() -> None:
    """Every try has a key of its own."""
    apply = LedgerAdapter.apply
    _replace(LedgerAdapter, "apply", lambda self, action, _key: apply(self, action, uuid.uuid4().hex))


def give_up() -> None:
    """What fails is dropped in place of being tried again."""

    def dropped(transaction: Any, tenant: str, action: str, _due: Any, reason: str, now: Any, _attempts: int) -> None:
        outbox._set(transaction, tenant, action, state=DROPPED, reason=reason, changed_at=now)

    _replace(outbox, "again", dropped)


def no_dedupe() -> None:
    """An event that comes again is taken for a new one."""
    answered, handle = events.answered, App.handle

    def handled(app: App, document: Any, tenant: str) -> Any:
        with app.store.read() as reader:
            if answered(reader, tenant, document["source"], document["id"]):
                document = {**document, "id": uuid.uuid4().hex}
        outcome = handle(app, document, tenant)
        time.sleep(HELD)  # a sender who hears nothing sends again
        return outcome

    _replace(App, "handle", handled)


def _replace(owner: Any, name: str, bug: Callable[..., Any]) -> None:
    getattr(owner, name)  # a bug in what is gone would be none
    with suppress(TypeError):
        setattr(owner, name, bug)


BUGS: dict[str, Callable[[], None]] = {
    bug.__name__: bug for bug in (split_transaction, acknowledge_first, mark_first, fresh_key, give_up, no_dedupe)
}

"""A CRM of one's own, that does as it is told, and workers for it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from careengine.delivery import Delivery
from careengine.model.adapter import Capabilities, Receipt, WebhookRequest
from careengine.settings import DeliverySettings
from careengine.store import inbox
from careengine.store.presence import Presence
from tests.store.shelf import NOW, action, decision, keep

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from careengine.delivery.taking import Handle
    from careengine.model.decision import Action
    from careengine.model.history import Entry
    from careengine.store import Store

T = TypeVar("T")
SETTINGS = DeliverySettings(
    max_attempts=4,
    first_delay_seconds=2.0,
    max_delay_seconds=10.0,
    settle_seconds=0,
    poll_seconds=0.01,
    reconcile_seconds=0,
)


@dataclass(slots=True)
class Clock:
    """Stands still until somebody moves it."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def forward(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Crm:
    """An adapter and its CRM. What lies in `answers` is given, or raised, call by call; then everything works.

    The same goes for `memories`, a customer's history, and `news`, what reconciling brings; then there is none. It
    reads before it writes: what it has under a key, it does not write again.
    """

    answers: deque[BaseException | Receipt | Callable[[], None]] = field(default_factory=deque)
    calls: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    parsed: Sequence[Mapping[str, Any]] | Exception = ()
    fetches: deque[BaseException] = field(default_factory=deque)
    fetched: list[str] = field(default_factory=list)
    memories: deque[BaseException | Sequence[Entry]] = field(default_factory=deque)
    asked_about: list[str] = field(default_factory=list)
    news: deque[BaseException | tuple[Sequence[Any], str | None]] = field(default_factory=deque)
    cursors: list[str | None] = field(default_factory=list)

    def apply(self, action: Action, key: str) -> Receipt:
        assert key == action.id
        self.calls.append(key)
        if self.answers:
            answer = self.answers.popleft()
            if isinstance(answer, BaseException):
                raise answer
            if isinstance(answer, Receipt):
                return answer
            answer()
        if key in self.written:
            return Receipt(outcome="unchanged", reference=f"note-{key}")
        self.written.append(key)
        return Receipt(outcome="changed", reference=f"note-{key}")

    def parse(self, request: WebhookRequest) -> Sequence[Mapping[str, Any]]:
        assert request.body == b"{}"
        if isinstance(self.parsed, Exception):
            raise self.parsed
        return self.parsed

    def fetch(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        self.fetched.append(event["id"])
        if self.fetches:
            raise self.fetches.popleft()
        return {**event, "case": {"id": "T-1"}}

    def history(self, customer: str) -> Sequence[Entry]:
        self.asked_about.append(customer)
        return _next(self.memories, ())

    def reconcile(self, cursor: str | None) -> tuple[Sequence[Any], str | None]:
        self.cursors.append(cursor)
        return _next(self.news, ((), cursor or "now"))

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"delivery has no business with {name}")


def _next(lying: deque[BaseException | T], otherwise: T) -> T:
    answer = lying.popleft() if lying else otherwise
    if isinstance(answer, BaseException):
        raise answer
    return answer


def delivery(
    store: Store,
    adapters: Mapping[str, Any],
    *,
    clock: Callable[[], datetime] = lambda: NOW,
    handle: Handle = lambda _event, _tenant, _past, _still_there: None,
    random: Callable[[], float] = lambda: 0.5,
    **more: Any,
) -> Delivery:
    made = Delivery(
        store=store,
        tenant="acme",
        adapters={name: (adapter, Capabilities()) for name, adapter in adapters.items()},
        settings=replace(SETTINGS, **more),
        handle=handle,
        clock=clock,
        random=random,
    )
    if isinstance(made._turn, Presence):
        made._turn.grace = timedelta(0)  # nobody's call is under way when a test ends its program
    return made


def end(work: Delivery) -> None:
    """What the sudden end of a program does to its turn."""
    work._turn.give_back()


def put(store: Store, *ids: str, adapter: str = "demo", target: str = "case:T-1") -> None:
    """Put notes into the outbox, each of a decision of its own."""
    with store.write() as transaction:
        for each in ids:
            keep(transaction, decision(f"d-{each}", "recovery", action(each, target=target)), adapter=adapter)


def post(store: Store, *ids: str, adapter: str = "demo") -> None:
    """Put webhook deliveries into the inbox."""
    request = WebhookRequest(method="POST", url="https://care.example/webhooks/demo", headers={}, body=b"{}")
    with store.write() as transaction:
        for each in ids:
            inbox.keep(transaction, "acme", adapter, each, request, NOW)

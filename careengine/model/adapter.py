"""What careengine and an adapter for a CRM say to each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from careengine.model.decision import Action
    from careengine.model.history import Entry

CHANGED, UNCHANGED, UNKNOWN = "changed", "unchanged", "unknown"

# The words an adapter may use for what it can do.
CONCURRENCY = ("etag", "stamp", "weak", "none")
IDEMPOTENCY = ("native_key", "client_id_put", "external_id_upsert", "marker")
NO_PROOF = "none"
WEBHOOK = ("signed", "shared_secret", NO_PROOF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What an adapter can do, as data.

    `actions`: the action types it carries out itself; the others are told in the decision's one `note`.
    `concurrency`: etag | stamp | weak | none. `idempotency`: native_key | client_id_put | external_id_upsert |
    marker. `webhook`: signed | shared_secret | none.
    """

    actions: frozenset[str] = frozenset({"note"})
    concurrency: str = "none"
    idempotency: str = "marker"
    webhook: str = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """A webhook as it came in: the raw body, lower-case header names and the public address it was sent to."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of an action in the CRM: changed, unchanged (it was there already) or unknown."""

    outcome: str
    detail: str = ""
    reference: str = ""  # the CRM's own id of what was written


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether the CRM answers, with our credentials."""

    ok: bool
    detail: str


class Adapter(Protocol):
    """One configured connection to one CRM. Calls may block; every failure is an AdapterError."""

    def verify(self, request: WebhookRequest) -> str:
        """Prove the sender over the raw body, in constant time; give the unique delivery id. Raises SignatureError."""
        ...

    def ack(self, request: WebhookRequest) -> tuple[int, bytes]:
        """The status and body that the CRM expects once the delivery is kept."""
        ...

    def parse(self, request: WebhookRequest) -> Sequence[Mapping[str, Any]]:
        """The interactions in a delivery, as interaction JSON; our own writes are dropped. Raises PayloadError.

        It asks nobody. By the customers it names, a delivery that waits is told or erased with the person it is about.
        """
        ...

    def fetch(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """The same interaction completed from the CRM (case, customer). Raises AdapterError.

        It is not called for an interaction that has been decided already.
        """
        ...

    def history(self, customer: str) -> Iterable[Entry]:
        """What the CRM remembers of a customer, for the first time we meet them. Raises AdapterError.

        It is asked before the first interaction of a customer from this source is decided, and its answer is kept in
        one transaction with that interaction: once. An entry that an interaction tells of, too, has the interaction's
        id as its `ref` (or the id of the case, failure, incident, offer or promise that it is about), so that the two
        count once; the interaction at hand may be among them. Our own writes are left out, as `parse` leaves them out.

        While it fails the interaction waits, as for `fetch`. When the attempts are used up, or nothing that time can
        mend is raised (AuthError, NotFound, Rejected, Unsupported), the interaction is decided without: care that
        comes with less knowledge is better than none. The customer counts as met then, and is not asked about again.
        """
        ...

    def apply(self, action: Action, key: str) -> Receipt:
        """Carry out one action once, however often it is asked for. Raises AdapterError.

        `key` is the same on every try. A try may come after a crash, or after one whose outcome is unknown, so an
        adapter reads before it writes: what is there under the key already is `unchanged`, and never written again.
        """
        ...

    def reconcile(self, cursor: str | None) -> tuple[Sequence[Mapping[str, Any]], str | None]:
        """All interactions since the cursor, and the next cursor. Raises AdapterError.

        It is asked when the service starts and every `delivery.reconcile_seconds`, for what a lost webhook kept from
        us. Interactions have the ids that webhooks give them; what is known by its id has no second effect. They are
        completed by `fetch` like those of a webhook, and the next cursor is kept in one transaction with them. What
        cannot be read is given with its id alone: it is refused, counted and shown to a person, and holds up no other.

        With None, for the first time, it gives no interactions but a cursor for the present, so that the CRM's past
        is not taken for something that happens now; interactions it gives all the same are left out. A next cursor
        of None says that the CRM cannot be asked: no cursor is kept.
        """
        ...

    def health(self) -> Health:
        """Ask the CRM who we are."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterSpec:
    """How to make an adapter: its name in settings and addresses, its settings' schema, and what it can do.

    `create` takes the adapter's settings, already checked against `settings_schema`, secrets resolved.
    """

    name: str
    create: Callable[[Mapping[str, Any]], Adapter]
    capabilities: Capabilities = field(default_factory=Capabilities)
    settings_schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "object"})

    @property
    def secrets(self) -> frozenset[tuple[str, ...]]:
        """The paths of the options that the schema marks `"x-secret": true`, such as `("token",)`."""
        return frozenset(_secrets(self.settings_schema, ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePack:
    """A folder of rule files that a plugin brings along."""

    name: str
    folder: str


def _secrets(schema: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name, part in schema.get("properties", {}).items():
        if not isinstance(part, dict):
            continue  # `true` and `false` are schemas too
        if part.get("x-secret"):
            yield (*path, name)
        else:
            yield from _secrets(part, (*path, name))

"""Two tenants in one database, with the same names for everything, live as if each had a database of its own."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from careengine.errors import PayloadError
from careengine.model.adapter import Receipt, WebhookRequest
from careengine.store import Store, cursors, decisions, events, inbox, outbox, rejects, states, tables
from tests.decide.worlds import NOW
from tests.pipeline.house import contact, late, pipeline

if TYPE_CHECKING:
    from collections.abc import Callable

TENANTS = st.sampled_from(["acme", "other"])
FEW = st.integers(0, 2)
STATES = ("told", "waiting", "due", "sending", "done", "parked", "dropped")
REQUEST = WebhookRequest(method="POST", url="https://care.example/webhooks/demo", headers={}, body=b"{}")


class Tenants(RuleBasedStateMachine):
    """Whatever is done for a tenant in the shared store is done in one of its own, too, and gives the same."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        names = ("shared", "acme", "other")
        self.stores = {name: Store.open(f"sqlite:///{Path(self.folder.name) / name}.db") for name in names}
        self.lines = {name: pipeline(store) for name, store in self.stores.items()}

    def teardown(self) -> None:
        for store in self.stores.values():
            store.close()
        self.folder.cleanup()

    def both(self, tenant: str, do: Callable[[str], Any]) -> Any:
        """Do it with the shared store and the tenant's own; gives what both gave."""
        shared, own = do("shared"), do(tenant)
        assert shared == own
        return own

    def written(self, tenant: str, do: Callable[[Any], Any]) -> Any:
        return self.both(tenant, lambda name: self.stores[name].transact(do))

    @rule(tenant=TENANTS, number=FEW, customer=FEW, hours=FEW, failed=st.booleans())
    def an_event(self, tenant: str, number: int, customer: int, hours: int, failed: bool) -> None:  # noqa: FBT001
        made = (late if failed else contact)(
            f"e-{number}-{hours}", at=NOW - timedelta(hours=hours), customer={"id": f"C-{customer}"}
        )
        outcome = self.both(tenant, lambda name: self.lines[name].handle(made, tenant))
        assert outcome.decision["interaction"] == made["id"]

    @rule(tenant=TENANTS)
    def a_refused_event(self, tenant: str) -> None:
        def refused(name: str) -> str:
            try:
                self.lines[name].handle({"id": "e-1"}, tenant)
            except PayloadError as error:
                return str(error)
            raise AssertionError

        self.both(tenant, refused)

    @rule(tenant=TENANTS, number=FEW, customer=FEW)
    def a_question(self, tenant: str, number: int, customer: int) -> None:
        made = contact(f"e-{number}", customer={"id": f"C-{customer}"})
        self.both(tenant, lambda name: self.lines[name].dry_run(made, tenant))

    @rule(tenant=TENANTS, number=FEW)
    def a_delivery(self, tenant: str, number: int) -> None:
        self.written(tenant, lambda to: inbox.keep(to, tenant, "demo", f"x-{number}", REQUEST, NOW))

    @rule(tenant=TENANTS, works=st.booleans())
    def an_action_is_sent(self, tenant: str, works: bool) -> None:  # noqa: FBT001
        def send(to: Any) -> Any:
            claimed = outbox.claim(to, tenant, "demo", NOW)
            if claimed is not None and works:
                outbox.done(to, tenant, claimed.action.id, Receipt(outcome="changed"), NOW)
            elif claimed is not None:
                outbox.park(to, tenant, claimed.action.id, "no", NOW)
            return claimed

        self.written(tenant, send)

    @rule(tenant=TENANTS, works=st.booleans())
    def a_delivery_is_worked_off(self, tenant: str, works: bool) -> None:  # noqa: FBT001
        def take(to: Any) -> Any:
            claimed = inbox.claim(to, tenant, "demo", NOW)
            if claimed is None:
                return None
            if works:
                inbox.done(to, tenant, claimed.seq, NOW)
            else:
                inbox.park(to, tenant, claimed.seq, "no", NOW)
            return claimed.delivery, claimed.attempts

        self.written(tenant, take)

    @rule(tenant=TENANTS)
    def a_sudden_end(self, tenant: str) -> None:
        self.written(tenant, lambda to: [outbox.claim(to, tenant, "demo", NOW), outbox.recover(to, tenant, NOW)])

    @rule(tenant=TENANTS, number=FEW)
    def a_cursor(self, tenant: str, number: int) -> None:
        self.written(tenant, lambda to: cursors.keep(to, tenant, "demo", str(number), NOW))

    @invariant()
    def each_tenant_sees_its_own(self) -> None:
        for tenant in ("acme", "other"):
            self.both(tenant, lambda name, tenant=tenant: self._seen(name, tenant))  # type: ignore[misc]

    def _seen(self, name: str, tenant: str) -> list[Any]:
        with self.stores[name].read() as reader:
            return [
                decisions.page(reader, tenant),
                decisions.page(reader, tenant, kind="escalation", status="execute", customer="C-1"),
                [outbox.in_state(reader, tenant, state) for state in STATES],
                [
                    [one.delivery for one in inbox.in_state(reader, tenant, state)]
                    for state in (states.DUE, states.DONE)
                ],
                [rejects.count(reader, tenant), rejects.latest(reader, tenant), cursors.get(reader, tenant, "demo")],
                [events.met(reader, tenant, "demo", f"C-{number}") for number in range(3)],
            ]


TestTenants = Tenants.TestCase
TestTenants.settings = settings(max_examples=8, stateful_step_count=12, deadline=None)


def test_every_table_knows_its_tenant() -> None:
    assert [name for name, table in tables.METADATA.tables.items() if "tenant" not in table.c] == []

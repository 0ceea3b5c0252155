"""Two tenants in one database, with the same names for everything, live as if each had a database of its own."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import ExitStack, closing, nullcontext
from datetime import timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy import event as hook

from careengine.errors import PayloadError
from careengine.model.adapter import Receipt, WebhookRequest
from careengine.store import (
    Store,
    audit,
    cursors,
    decisions,
    events,
    inbox,
    keys,
    outbox,
    people,
    queues,
    rejects,
    removal,
    retention,
    states,
    tables,
)
from tests.decide.worlds import NOW
from tests.pipeline.house import contact, late, pipeline

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from tests.postgres import Cluster

TENANTS = st.sampled_from(["acme", "other"])
FEW = st.integers(0, 2)
STATES = ("told", "waiting", "due", "sending", "done", "parked", "dropped")
REQUEST = WebhookRequest(method="POST", url="https://care.example/webhooks/demo", headers={}, body=b"{}")


class Tenants(RuleBasedStateMachine):
    """Whatever is done for a tenant in the shared store is done in one of its own, too, and gives the same."""

    def __init__(self, shared: AbstractContextManager[str]) -> None:
        """`shared` gives the address of an empty database; the tenants' own ones are files."""
        super().__init__()
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(TemporaryDirectory()))
        urls = {"shared": self.stack.enter_context(shared)}
        urls |= {name: f"sqlite:///{folder / name}.db" for name in ("acme", "other")}
        self.stores = {name: self.stack.enter_context(closing(Store.open(url))) for name, url in urls.items()}
        self.lines = {name: pipeline(store) for name, store in self.stores.items()}
        self.heard = heard(self.stores["acme"])

    def teardown(self) -> None:
        self.stack.close()
        assert [statement for statement in self.heard if not of_a_tenant(statement)] == []

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

    @rule(tenant=TENANTS, again=st.booleans())
    def a_person_settles_what_is_parked(self, tenant: str, again: bool) -> None:  # noqa: FBT001
        def settle(to: Any) -> Any:
            waits = outbox.in_state(to, tenant, states.PARKED)
            actions = outbox.retry_parked if again else outbox.drop_parked
            deliveries = inbox.retry_parked if again else inbox.drop_parked
            done = [actions(to, tenant, one.action.id, "why not", NOW) for one in waits]
            done += [deliveries(to, tenant, one.seq, "why", NOW) for one in inbox.in_state(to, tenant, states.PARKED)]
            for one in waits:
                deed = audit.Deed(actor="person:sam", did="settle", subject=f"action {one.action.id}", reason="why not")
                audit.add(to, tenant, deed, NOW)
            return done

        self.written(tenant, settle)

    @rule(tenant=TENANTS, customer=FEW)
    def somebody_is_erased(self, tenant: str, customer: int) -> None:
        self.written(tenant, lambda to: people.erase(to, tenant, f"C-{customer}", NOW))

    @rule(tenant=TENANTS, days=FEW)
    def what_is_old_goes(self, tenant: str, days: int) -> None:
        before = NOW + timedelta(days=days - 1)

        def purge(to: Any) -> Any:
            old = retention.old_events(to, tenant, before, 0)
            kinds = ("deliveries", "parked", "rejects", "keys")
            gone = [retention.remove(to, tenant, kind, before, NOW) for kind in kinds]
            return removal.remove_events(to, tenant, old.numbers, NOW), gone

        self.written(tenant, purge)

    @rule(tenant=TENANTS, number=FEW, works=st.booleans())
    def a_key(self, tenant: str, number: int, works: bool) -> None:  # noqa: FBT001
        def make(to: Any) -> bool:
            made = keys.make(to, tenant, f"key {number}", (), NOW)
            return works or keys.revoke(to, tenant, made.split("_")[1], NOW)

        self.written(tenant, make)

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
                [_without_numbers(people.of_person(reader, tenant, f"C-{number}")) for number in range(3)],
                Counter((key.name, key.revoked_at) for key in keys.of_tenant(reader, tenant)),
                [entry.deed for entry in audit.page(reader, tenant)],
                queues.depths(reader, tenant),
            ]


def _without_numbers(told: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """The database counts for all tenants."""
    return {
        kind: [{name: value for name, value in row.items() if name not in ("seq", "event")} for row in rows]
        for kind, rows in told.items()
    }


def heard(store: Store) -> list[str]:
    """Everything that the driver of a database in a file will be told, whoever tells it."""
    said: list[str] = []
    store.engine.dispose()
    hook.listen(store.engine, "connect", lambda connection, _: connection.set_trace_callback(said.append))
    return said


def of_a_tenant(statement: str) -> bool:
    """Whether it names the tenant, or touches no table of ours; the database's own rules are told as comments."""
    touched = set(re.findall(r"\w+", statement)) & set(tables.METADATA.tables)
    return statement.startswith("--") or not touched or "tenant" in statement


def nothing_leaks(shared: Callable[[], AbstractContextManager[str]]) -> None:
    class Machine(Tenants):
        def __init__(self) -> None:
            super().__init__(shared())

    # A failure is told as it was found: to make it smaller would take minutes.
    some = settings(max_examples=6, stateful_step_count=14, deadline=None, phases=[Phase.generate])
    run_state_machine_as_test(Machine, settings=some)


def test_in_a_file_nothing_leaks(tmp_path: Path) -> None:
    numbers = count()
    nothing_leaks(lambda: nullcontext(f"sqlite:///{tmp_path / str(next(numbers))}.db"))


def test_on_a_server_nothing_leaks(cluster: Cluster) -> None:
    nothing_leaks(cluster.database)


def test_every_table_and_every_key_knows_its_tenant() -> None:
    for table in tables.METADATA.tables.values():
        assert "tenant" in table.c
        # One column: a number that the database gives, or a key's own name, which is nobody else's.
        several = [key for key in table.constraints if isinstance(key, (PrimaryKeyConstraint, UniqueConstraint))]
        assert all("tenant" in key.columns for key in several if len(key.columns) > 1), table.name
        own = {key.columns.keys()[0] for key in several if len(key.columns) == 1}
        assert own <= {"seq", "id", "tenant"}, table.name

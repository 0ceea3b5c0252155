"""Which events and which customers are known, for each tenant and source by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.store import events
from tests.store.shelf import event

if TYPE_CHECKING:
    from careengine.store import Store


def test_an_event_and_its_customer_are_known_by_their_source(store: Store) -> None:
    with store.write() as transaction:
        events.add(transaction, event("e-1", customer="C-1"))
        events.add(transaction, event("e-2", customer=None))
    with store.read() as reader:
        assert events.known(reader, "acme", "demo", "e-1")
        assert events.known(reader, "acme", "demo", "e-2")
        assert events.met(reader, "acme", "demo", "C-1")
        for tenant, source, event_id in (("acme", "demo", "e-3"), ("acme", "other", "e-1"), ("other", "demo", "e-1")):
            assert not events.known(reader, tenant, source, event_id)
        for tenant, source, customer in (("acme", "demo", "C-2"), ("acme", "other", "C-1"), ("other", "demo", "C-1")):
            assert not events.met(reader, tenant, source, customer)

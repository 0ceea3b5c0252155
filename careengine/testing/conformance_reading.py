"""Reading from the CRM."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from careengine.errors import NotFound
from careengine.model.history import Entry
from careengine.testing.bench import Bench
from careengine.testing.checks import all_valid, check

if TYPE_CHECKING:
    from careengine.model.adapter import Adapter
    from careengine.testing.crm import CrmUnderTest


class ReadingConformance(Bench):
    """What an adapter completes and catches up on."""

    def test_fetch_completes_an_interaction(self, adapter: Adapter, crm: CrmUnderTest) -> None:
        event = adapter.parse(crm.contact(crm.make_case()))[0]
        full = adapter.fetch(event)
        all_valid([full])
        kept = all(full[name] == event[name] for name in ("id", "source", "type", "occurred_at"))
        check(kept, "completing must not change what the interaction is")
        check(full.get("case", {}).get("id"), "a completed interaction names its case")
        check(full.get("customer", {}).get("id"), "a completed interaction names its customer")

    def test_fetch_of_a_missing_case(self, adapter: Adapter, crm: CrmUnderTest) -> None:
        event = dict(adapter.parse(crm.contact(crm.make_case()))[0])
        with pytest.raises(NotFound):
            adapter.fetch({**event, "case": {**event.get("case", {}), "id": crm.missing_case()}})

    def test_history_is_made_of_entries(self, adapter: Adapter, crm: CrmUnderTest) -> None:
        event = adapter.fetch(adapter.parse(crm.contact(crm.make_case()))[0])
        for entry in adapter.history(event["customer"]["id"]):
            check(isinstance(entry, Entry), "history gives entries")
            check(entry.at.tzinfo is not None, "an entry's instant needs its offset from UTC")

    def test_history_names_contacts_as_webhooks_do(self, adapter: Adapter, crm: CrmUnderTest) -> None:
        case = crm.make_case()
        events = adapter.parse(crm.contact(case))
        customer = adapter.fetch(events[0])["customer"]["id"]
        refs = {entry.ref for entry in adapter.history(customer) if entry.kind == "interactions"}
        if not refs:
            pytest.skip("this CRM remembers no contacts")
        told = {event["id"] for event in events if event["type"] == "interaction.received"}
        check(told <= refs, "a contact in the history must have the interaction's id as its `ref`, or it counts twice")

    def test_history_leaves_out_our_own_writes(self, adapter: Adapter, crm: CrmUnderTest) -> None:
        case = crm.make_case()
        customer = adapter.fetch(adapter.parse(crm.contact(case))[0])["customer"]["id"]
        before = {(entry.kind, entry.ref) for entry in adapter.history(customer)}
        crm.own_write(adapter, case)
        after = {(entry.kind, entry.ref) for entry in adapter.history(customer)}
        check(after == before, "what the adapter wrote itself is no part of the customer's history")

    def test_reconcile_goes_on_from_its_cursor(self, adapter: Adapter, crm: CrmUnderTest) -> None:
        crm.contact(crm.make_case())
        past, cursor = adapter.reconcile(None)
        check(list(past) == [], "without a cursor there is nothing but a cursor for the present: the past is over")
        if cursor is None:
            pytest.skip("this adapter does not reconcile")
        case = crm.make_case()
        sent = {event["id"] for event in adapter.parse(crm.contact(case))}
        events, after = adapter.reconcile(cursor)
        all_valid(events)
        missed = sent - {event["id"] for event in events}
        check(not missed, f"reconciling must find what the webhook told, under the same ids: {sorted(missed)}")
        check(adapter.reconcile(after)[0] == [], "with the new cursor there is nothing new")

    def test_reconcile_leaves_out_our_own_writes(self, adapter: Adapter, crm: CrmUnderTest) -> None:
        case = crm.make_case()
        crm.contact(case)
        _, cursor = adapter.reconcile(None)
        if cursor is None:
            pytest.skip("this adapter does not reconcile")
        crm.own_write(adapter, case)
        events, _ = adapter.reconcile(cursor)
        check(list(events) == [], "what the adapter wrote itself is no news, or our own writes would set us off again")

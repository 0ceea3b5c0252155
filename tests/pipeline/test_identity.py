"""Several ids, one person: whatever is merged and taken apart again, in whatever order, it equals the plain model."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import event as hook
from sqlalchemy import select

from careengine.decide.limits import scope_of
from careengine.errors import PayloadError
from careengine.model.contact_state import ConsentKnown, ContactsMade
from careengine.model.facts import Facts
from careengine.model.history import Entry, HistoryQuery
from careengine.model.policy import Escalation
from careengine.pipeline.arrival import Arrival
from careengine.pipeline.identity import take_turn
from careengine.pipeline.known import consent_known, contacts_made
from careengine.store import Store, history, identities, people, rejects
from careengine.store.removal import remove_events
from careengine.store.tables import events
from tests.decide.worlds import CATALOGUE, NOW, field_test, policy
from tests.pipeline.house import THIRD_CONTACT, contact, pipeline

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from careengine.pipeline import Pipeline

HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)
IDS = ("A", "B", "C", "D")
PURPOSES = ("marketing", "surveys")
CONTACTS = HistoryQuery(function="count", kind="interactions", within=WEEK)


def told(kind: str, stays: str, other: str, number: int = 0, **more: Any) -> dict[str, Any]:
    return contact(
        f"{kind}-{stays}-{other}-{number}",
        at=NOW + number * HOUR,
        type=f"customer.{kind}",
        customer={"id": stays},
        merged={"id": other},
        **more,
    )


def merged(stays: str, other: str, number: int = 0) -> dict[str, Any]:
    return told("merged", stays, other, number)


def from_(customer: str, number: int = 0, **about: Any) -> dict[str, Any]:
    return contact(f"e-{customer}-{number}", at=NOW + number * HOUR, customer={"id": customer, **about})


def facts(line: Pipeline, document: Any, tenant: str = "acme") -> Facts:
    """What a decision on this event would see."""
    interaction = line.reader.read(document)
    with line.store.read() as reader:
        person = identities.of(reader, tenant, interaction.customer or "")
        arrival = Arrival(tenant=tenant, interaction=interaction, fields=interaction.fields)
        return line._facts(reader, arrival, line.policies(), person)


def count(line: Pipeline, document: Any, query: HistoryQuery = CONTACTS, tenant: str = "acme") -> Any:
    found = facts(line, document, tenant)
    return found.history.ask(query, found.fields, found.as_of)


def test_history_is_the_persons(store: Store) -> None:
    line = pipeline(store, [THIRD_CONTACT])
    for document in (from_("A", 1), from_("B", 2), from_("B", 3), merged("A", "B", 4), from_("B", 5)):
        line.handle(document, "acme")
    assert count(line, from_("A", 6)) == 5
    assert count(line, from_("C", 6)) == 1
    assert facts(line, from_("B", 6)).whose == facts(line, from_("A", 6)).whose == "A"


def test_a_rule_of_three_sees_the_contacts_of_all_ids(store: Store) -> None:
    line = pipeline(store, [THIRD_CONTACT])
    assert not line.handle(from_("A", 1), "acme").decision["matched"]
    line.handle(merged("A", "B", 2), "acme")
    assert not line.handle(from_("B", 3), "acme").decision["matched"]
    assert line.handle(from_("B", 4), "acme").decision["matched"]


def test_the_strictest_consent_holds_and_protection_follows(store: Store) -> None:
    line = pipeline(store, [])
    line.handle(from_("A", 1, consent=["surveys", "marketing"], adjustments=["large_print"]), "acme")
    line.handle(from_("B", 2, consent=["surveys", "celebrations"], vulnerability=["bereavement"]), "acme")
    line.handle(merged("A", "B", 3), "acme")
    seen = facts(line, from_("A", 4, consent=["surveys", "marketing"])).fields
    assert seen["customer.consent"] == ("surveys",)
    assert seen["customer.vulnerability"] == ("bereavement",)
    assert seen["customer.adjustments"] == ("large_print",)
    assert "customer.consent" not in facts(line, from_("A", 4)).fields  # what is not known stays so
    line.handle(from_("B", 5, consent=[]), "acme")
    assert facts(line, from_("A", 6, consent=["surveys"])).fields["customer.consent"] == ()
    line.handle(told("unmerged", "A", "B", 7), "acme")
    apart = facts(line, from_("A", 8, consent=["surveys", "marketing"])).fields
    assert apart["customer.consent"] == ("surveys", "marketing")
    assert "customer.vulnerability" not in apart


def test_a_decision_of_a_merged_person_is_kept_with_what_made_it(store: Store) -> None:
    vulnerable = policy(
        "care",
        "escalation",
        field_test("customer.vulnerability", "contains", "bereavement"),
        Escalation(to="x", level=1),
    )
    line = pipeline(store, [vulnerable])
    line.handle(from_("B", 1, vulnerability=["bereavement"]), "acme")
    line.handle(merged("A", "B", 2), "acme")
    decision = line.handle(from_("A", 3), "acme").decision
    assert [match["policy"] for match in decision["matched"]] == ["care"]
    with store.read() as reader:
        kept = people.of_person(reader, "acme", "A")["decisions"][-1]
    again = Facts.from_snapshot(kept["facts"], CATALOGUE)
    assert again.person == "A"
    assert again.fields["customer.vulnerability"] == ("bereavement",)


@pytest.mark.parametrize(
    ("before", "document", "place", "why"),
    [
        ([], merged("A", "A"), "/merged/id", "another id"),
        ([merged("A", "B")], merged("B", "A", 1), "/merged/id", "one person already"),
        ([merged("A", "B"), merged("B", "C", 1)], merged("C", "A", 2), "/merged/id", "one person already"),
        ([], told("unmerged", "A", "B"), "/merged/id", "no merge of these two"),
        ([merged("A", "B"), merged("B", "C", 1)], told("unmerged", "A", "C", 2), "/merged/id", "no merge of these two"),
        ([], {**merged("A", "B"), "merged": {}}, "/merged/id", "is missing"),
        ([], {**merged("A", "B"), "customer": {"tier": "gold"}}, "/customer/id", "is missing"),
    ],
)
def test_a_merge_that_cannot_be_is_refused_and_counted(
    store: Store, before: Sequence[Any], document: Any, place: str, why: str
) -> None:
    line = pipeline(store, [])
    for each in before:
        line.handle(each, "acme")
    with pytest.raises(PayloadError) as refused:
        line.handle(document, "acme")
    (problem,) = refused.value.problems
    assert (problem.pointer, why in problem.message) == (place, True)
    with pytest.raises(PayloadError):
        line.dry_run(document, "acme")
    with store.read() as reader:
        assert rejects.count(reader, "acme") == 1


def test_the_same_merge_told_again_is_the_same_event(store: Store) -> None:
    line = pipeline(store, [])
    first = line.handle(merged("A", "B"), "acme")
    assert line.handle(merged("A", "B"), "acme").decision == first.decision


def test_nothing_is_merged_with_who_was_erased_until_they_come_again(store: Store) -> None:
    line = pipeline(store, [THIRD_CONTACT])
    line.handle(from_("B"), "acme")
    with store.write() as transaction:
        people.erase(transaction, "acme", "B", NOW)
    with pytest.raises(PayloadError, match="erased"):
        line.handle(merged("A", "B", 1), "acme")
    line.handle(from_("B", 2), "acme")
    line.handle(merged("A", "B", 3), "acme")
    assert count(line, from_("A", 4)) == 2


def test_a_person_is_told_and_erased_under_all_their_ids(store: Store) -> None:
    line = pipeline(store, [])
    for document in (from_("A"), from_("B", 1), merged("A", "B", 2), from_("C", 3)):
        line.handle(document, "acme")
    with store.read() as reader:
        found = people.of_person(reader, "acme", "B")
    assert {row["customer"] for row in found["events"]} == {"A", "B"}
    with store.write() as transaction:
        assert people.erase(transaction, "acme", "B", NOW)["events"] == 3
    with store.read() as reader:
        assert not people.of_person(reader, "acme", "A")["events"]
        assert identities.ids_of(reader, "acme", "A") == ("A",)
        assert people.of_person(reader, "acme", "C")["events"]


def test_a_case_of_the_same_number_in_another_crm_is_another_case(store: Store) -> None:
    line = pipeline(store, [])
    line.handle(from_("A", 1) | {"type": "case.opened"}, "acme")
    line.handle(from_("B", 2) | {"type": "case.opened", "source": "shop"}, "acme")
    line.handle(merged("A", "B", 3), "acme")
    line.handle(from_("B", 4) | {"type": "case.resolved", "source": "shop"}, "acme")

    def found(kind: str, same: str | None = None) -> Any:
        seen = line.look_up(from_("A", 9), "acme", ["cases", "resolutions", "reopens"])
        query = HistoryQuery(function="count", kind=kind, same=same, within=WEEK)
        return seen.history.ask(query, seen.fields, seen.as_of)

    assert (found("open_cases"), found("cases"), found("cases", "case")) == (1, 2, 1)
    line.handle(from_("A", 6) | {"type": "case.resolved"}, "acme")
    assert found("open_cases") == 0


def test_what_guardrails_ask_is_asked_of_the_person(store: Store) -> None:
    line = pipeline(store, [])
    line.handle(from_("A", 1, consent=["surveys", "marketing"]), "acme")
    line.handle(from_("B", 2, consent=["surveys"]), "acme")
    line.handle(merged("A", "B", 3), "acme")
    with store.write() as transaction:
        for customer, number in (("A", 2), ("B", 2), ("B", 4)):
            seq = transaction.scalar(
                select(events.c.seq).where(events.c.id == f"e-{customer}-{1 if customer == 'A' else 2}")
            )
            made = Entry(at=NOW + number * HOUR, kind="contacts", ref=f"{customer}-{number}", category="surveys")
            history.add_later(transaction, "acme", customer, seq or 0, made)
    with store.read() as reader:
        agreed = consent_known(reader, "acme", ConsentKnown(customer="A"))
        asked = ContactsMade(customer="A", purposes=("surveys",), since=NOW)
        assert agreed is not None
        assert agreed["purposes"] == ["surveys"]
        hours = [(NOW + number * HOUR).isoformat().replace("+00:00", "Z") for number in (2, 4)]
        assert contacts_made(reader, "acme", asked) == hours
    assert scope_of("person", facts(line, from_("B", 6))) == "person:A"


def test_a_merge_outlasts_its_event(store: Store) -> None:
    line = pipeline(store, [])
    line.handle(merged("A", "B"), "acme")
    with store.write() as transaction:
        remove_events(transaction, "acme", list(transaction.scalars(select(events.c.seq))), NOW)
    assert facts(line, from_("B", 1)).whose == "A"


def test_another_tenant_knows_nothing_of_it(store: Store) -> None:
    line = pipeline(store, [THIRD_CONTACT])
    line.handle(from_("B"), "acme")
    line.handle(merged("A", "B", 1), "acme")
    assert facts(line, from_("A", 2), "other").whose == "A"
    assert facts(line, from_("B", 2), "other").whose == "B"
    assert count(line, from_("A", 2), tenant="other") == 1
    with pytest.raises(PayloadError, match="no merge"):
        line.handle(told("unmerged", "A", "B", 3), "other")


def test_two_ids_of_a_person_at_once_are_decided_one_after_the_other(store: Store) -> None:
    line = pipeline(store, [THIRD_CONTACT])
    fired: Counter[int] = Counter()
    with ThreadPoolExecutor(3) as threads:
        for number in range(60):
            ids = [f"{name}{number}" for name in IDS[:3]]
            line.handle(merged(ids[0], ids[1]), "acme")
            line.handle(merged(ids[2], ids[0], 1), "acme")
            barrier = Barrier(3)

            def send(customer: str, barrier: Barrier = barrier) -> bool:
                barrier.wait(30)
                return bool(line.handle(from_(customer, 2), "acme").decision["matched"])

            fired[sum(threads.map(send, ids))] += 1
    assert fired == {1: 60}


def test_merges_and_events_at_once_never_wait_in_a_circle(store: Store) -> None:
    line = pipeline(store, [])
    with ThreadPoolExecutor(4) as threads:
        for number in range(25):
            a, b, c = (f"{name}{number}" for name in IDS[:3])
            documents = [merged(a, b), merged(b, c), from_(a), from_(b), from_(c), merged(c, a)]

            def send(document: Any) -> bool:
                try:
                    line.handle(document, "acme")
                except PayloadError:
                    return False
                return True

            assert sum(threads.map(send, documents)) == 5  # of three merges in a ring the last one says nothing new
            with store.read() as reader:
                assert set(identities.ids_of(reader, "acme", a)) == {a, b, c}


def test_who_is_merged_with_nobody_costs_one_read(file_store: Store) -> None:
    line = pipeline(file_store, [])
    line.handle(merged("A", "B"), "acme")
    asked: list[str] = []
    hook.listen(file_store.engine, "before_cursor_execute", lambda *of: asked.append(of[2]))
    with file_store.write() as transaction:
        take_turn(transaction, "acme", line.reader.read(from_("C")))
        plan = transaction.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT person FROM identities WHERE tenant = 'acme' AND customer = 'C'"
        ).all()
    assert not [text for text in asked if "identities" in text and "EXPLAIN" not in text]  # past SQLAlchemy, prepared
    assert "USING PRIMARY KEY" in str(plan)


class Model(RuleBasedStateMachine):
    """Merges and unmerges in any order, against sets that are made anew from the merges that are left."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.store = Store.open(f"sqlite:///{folder / f'{id(self)}.db'}")
        self.line = pipeline(self.store, [THIRD_CONTACT])
        self.edges: dict[str, list[tuple[str, str, int]]] = {"acme": [], "other": []}
        self.contacts: list[tuple[str, str, int]] = []
        self.said: dict[tuple[str, str], tuple[int, list[str]]] = {}
        self.hour = 0

    def groups(self, tenant: str) -> dict[str, tuple[str, set[str]]]:
        made = {each: (each, {each}) for each in IDS}
        for stays, other, _ in self.edges[tenant]:
            whole = (made[stays][0], made[stays][1] | made[other][1])
            made.update(dict.fromkeys(whole[1], whole))
        return made

    @rule(tenant=st.sampled_from(["acme", "other"]), stays=st.sampled_from(IDS), other=st.sampled_from(IDS))
    def merge(self, tenant: str, stays: str, other: str) -> None:
        self.hour += 1
        fine = other not in self.groups(tenant)[stays][1]
        try:
            self.line.handle(merged(stays, other, self.hour), tenant)
            assert fine
            self.edges[tenant].append((stays, other, self.hour))
        except PayloadError:
            assert not fine

    @rule(tenant=st.sampled_from(["acme", "other"]), one=st.sampled_from(IDS), other=st.sampled_from(IDS))
    def unmerge(self, tenant: str, one: str, other: str) -> None:
        self.hour += 1
        left = [edge for edge in self.edges[tenant] if {edge[0], edge[1]} != {one, other}]
        fine = len(left) < len(self.edges[tenant])
        try:
            self.line.handle(told("unmerged", one, other, self.hour), tenant)
            assert fine
            self.edges[tenant] = left
        except PayloadError:
            assert not fine

    @rule(
        tenant=st.sampled_from(["acme", "other"]),
        customer=st.sampled_from(IDS),
        consent=st.none() | st.lists(st.sampled_from(PURPOSES), unique=True),
        late=st.integers(0, 3),
    )
    def contact(self, tenant: str, customer: str, consent: list[str] | None, late: int) -> None:
        self.hour += 1
        at = max(self.hour - late, 0)
        about = {} if consent is None else {"consent": consent}
        event = {**from_(customer, at, **about), "id": f"e-{self.hour}"}
        self.line.handle(event, tenant)
        self.contacts.append((tenant, customer, at))
        if consent is not None and at >= self.said.get((tenant, customer), (0, []))[0]:
            self.said[tenant, customer] = at, consent

    @invariant()
    def everybody_is_who_the_model_says(self) -> None:
        for tenant in self.edges:
            groups = self.groups(tenant)
            for customer in IDS:
                goes_by, ids = groups[customer]
                now = {**from_(customer, self.hour, consent=list(PURPOSES)), "id": "now"}
                seen = facts(self.line, now, tenant)
                others = [self.said[tenant, one][1] for one in ids - {customer} if (tenant, one) in self.said]
                agreed = tuple(purpose for purpose in PURPOSES if all(purpose in one for one in others))
                assert seen.fields["customer.consent"] == agreed
                assert seen.whose == goes_by
                want = sum(where == tenant and who in ids for where, who, _ in self.contacts) + 1
                assert seen.history.ask(CONTACTS, seen.fields, seen.as_of) == want
                with self.store.read() as reader:
                    joined = identities.of(reader, tenant, customer).joined
                assert joined == {one: NOW + self.since(tenant, customer, one) * HOUR for one in ids - {customer}}

    def since(self, tenant: str, customer: str, other: str) -> int:
        """When the two became one: caps count from then on."""
        for _, _, at in self.edges[tenant]:
            made: dict[str, set[str]] = {each: {each} for each in IDS}
            for one, two, when in self.edges[tenant]:
                if when <= at:
                    whole = made[one] | made[two]
                    made.update(dict.fromkeys(whole, whole))
            if other in made[customer]:
                return at
        return 0

    def teardown(self) -> None:
        self.line.close()
        self.store.close()


def test_merging_and_unmerging_equals_the_model(tmp_path: Path) -> None:
    class Here(Model):
        def __init__(self) -> None:
            super().__init__(tmp_path)

    run_state_machine_as_test(Here, settings=settings(max_examples=25, stateful_step_count=12))

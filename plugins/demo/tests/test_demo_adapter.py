"""Actions are carried out once, whatever happens on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from careengine_demo.adapter import CAPABILITIES, DemoAdapter, marker_of
from careengine_demo.faults import Fault
from careengine_demo.testing import StagedCrm

from careengine import Action, Conflict, NotFound, OutcomeUnknown, Rejected, Retryable, Throttled, Unsupported
from careengine.testing import Answer, Loopback

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ESCALATE = {"to": "tier-2", "level": 2, "priority": "high", "respond_within": "15m", "text": "Bring in tier 2"}


@pytest.fixture(scope="module")
def running() -> Iterator[StagedCrm]:
    with StagedCrm() as crm:
        yield crm


@pytest.fixture
def adapter(running: StagedCrm) -> Iterator[DemoAdapter]:
    adapter = DemoAdapter(running.settings(running.url))
    yield adapter
    adapter.close()


def action(kind: str, target: str, **params: Any) -> Action:
    params = {"text": f"Please {kind}", **params}
    return Action(id="a-1", type=kind, status="execute", target=target, params=params, policies=("p",), because="b")


def test_a_note_is_private_and_carries_its_marker(running: StagedCrm, adapter: DemoAdapter) -> None:
    case = running.make_case()
    receipt = adapter.apply(action("note", f"case:{case}", text="Care is due"), "k1")
    (note,) = running.ticket(case)["notes"]
    assert note["body"] == f"Care is due\n\n[{marker_of('k1')}]"
    assert (note["public"], note["by"], receipt.reference) == (False, "careengine", marker_of("k1"))


@pytest.mark.parametrize("kind", ["note", "offer", "assign", "escalate", "flag"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_retry_after_an_unknown_outcome_writes_once(
    running: StagedCrm, adapter: DemoAdapter, kind: str, when: str
) -> None:
    case, method = running.make_case(), {"note": "POST", "assign": "PATCH", "escalate": "PATCH"}.get(kind, "PUT")
    asked = action(kind, f"case:{case}", **(ESCALATE | {"family": "goodwill", "amount": "10.00 GBP"}))
    running.helpdesk.faults.order(Fault(method=method, drop=when))
    with pytest.raises(OutcomeUnknown):
        adapter.apply(asked, "k")
    again = adapter.apply(asked, "k")
    once = running.ticket(case)
    # An escalation that got half-way is finished; all others are either there or not.
    expected = "unchanged" if when == "after" and kind != "escalate" else "changed"
    assert again.outcome == expected
    assert adapter.apply(asked, "k").outcome == "unchanged"
    assert running.ticket(case) == once
    written = [len(once[name]) for name in ("notes", "changes", "offers", "tasks")]
    assert (
        written
        == {
            "note": [1, 0, 0, 0],
            "assign": [0, 1, 0, 0],
            "escalate": [0, 1, 0, 1],
            "offer": [0, 0, 1, 0],
            "flag": [0, 0, 0, 1],
        }[kind]
    )


def test_a_retry_does_not_undo_what_a_person_did_since(running: StagedCrm, adapter: DemoAdapter) -> None:
    case = running.make_case()
    asked = action("assign", f"case:{case}", to="recovery-lead")
    adapter.apply(asked, "k")
    version = running.ticket(case)["version"]
    headers, by_hand = {"if-match": f'"{version}"'}, {"assignee": "agent-01"}
    assert running.ask("PATCH", f"tickets/{case}", json=by_hand, headers=headers).status_code == 200
    assert adapter.apply(asked, "k").outcome == "unchanged"
    assert running.ticket(case)["assignee"] == "agent-01"


def test_a_marker_that_somebody_else_wrote_counts_for_nothing(running: StagedCrm, adapter: DemoAdapter) -> None:
    case = running.make_case()
    running.ask("POST", f"tickets/{case}/notes", json={"body": f"[{marker_of('k')}]"})
    assert adapter.apply(action("note", f"case:{case}"), "k").outcome == "changed"


def test_an_escalation_raises_and_never_lowers(running: StagedCrm, adapter: DemoAdapter) -> None:
    case = running.make_case()
    adapter.apply(action("escalate", f"case:{case}", **ESCALATE), "k1")
    ticket = running.ticket(case)
    found = {name: ticket[name] for name in ("group", "level", "priority", "tags")}
    assert found == {"group": "tier-2", "level": 2, "priority": "high", "tags": ["escalated"]}
    (task,) = ticket["tasks"].values()
    assert task["content"]["respond_within"] == "15m"
    lower = {"to": "team-lead", "level": 1, "priority": "normal"}
    adapter.apply(action("escalate", f"case:{case}", **lower), "k2")
    ticket = running.ticket(case)
    assert (ticket["level"], ticket["priority"], ticket["group"]) == (2, "high", "team-lead")


def test_an_action_without_a_case_lands_with_the_customer(running: StagedCrm, adapter: DemoAdapter) -> None:
    for number, kind in enumerate(sorted(CAPABILITIES.actions)):
        before = running.ask("GET", "customers/C-1").json()
        params = ESCALATE | {"family": "gesture", "amount": None, "restriction": f"a_{kind}", "step": "suspension"}
        assert adapter.apply(action(kind, "customer:C-1", **params), f"c{number}").outcome == "changed"
        assert adapter.apply(action(kind, "customer:C-1", **params), f"c{number}").outcome == "unchanged"
        assert running.ask("GET", "customers/C-1").json() != before


def test_a_ticket_that_an_agent_changes_meanwhile_is_a_conflict_and_the_next_try_sees_it(
    running: StagedCrm, adapter: DemoAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, read = running.make_case(), adapter.client.get

    def read_before_the_agent_writes(*path: str, **query: str) -> dict[str, Any]:
        record = read(*path, **query)
        running.ask("POST", f"tickets/{case}/notes", json={"body": "an agent was here"})
        return record

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(adapter.client, "get", read_before_the_agent_writes)
        with pytest.raises(Conflict):
            adapter.apply(action("escalate", f"case:{case}", **ESCALATE), "k")
    assert [note["body"] for note in running.ticket(case)["notes"]] == ["an agent was here"]
    assert running.ticket(case)["level"] == 0
    assert adapter.apply(action("escalate", f"case:{case}", **ESCALATE), "k").outcome == "changed"


def test_an_action_that_broke_off_can_be_finished(running: StagedCrm, adapter: DemoAdapter) -> None:
    case = running.make_case()
    asked = action("escalate", f"case:{case}", **ESCALATE)
    running.helpdesk.faults.order(Fault(method="PUT", status=500))
    with pytest.raises(Retryable):
        adapter.apply(asked, "k")
    assert adapter.apply(asked, "k").outcome == "changed"
    assert len(running.ticket(case)["tasks"]) == 1


def test_what_the_helpdesk_asks_for_is_passed_on(running: StagedCrm, adapter: DemoAdapter) -> None:
    case = running.make_case()
    running.helpdesk.faults.order(Fault(status=429, retry_after="11"))
    with pytest.raises(Throttled) as told:
        adapter.apply(action("note", f"case:{case}"), "k")
    assert told.value.after == 11
    assert running.ticket(case)["notes"] == []


def test_a_restriction_that_nobody_imposed_is_never_carried_out(running: StagedCrm, adapter: DemoAdapter) -> None:
    case = running.make_case()
    with pytest.raises(Unsupported):
        adapter.apply(action("restrict", f"case:{case}", step="suspension", to="director"), "k")
    assert running.ticket(case)["version"] == 1


def test_a_restriction_is_a_tag_until_it_is_lifted_and_leaves_others_alone(
    running: StagedCrm, adapter: DemoAdapter
) -> None:
    case = running.make_case()
    for name in ("a_1", "a_2"):
        adapter.apply(action("restrict", f"case:{case}", restriction=name, step="suspension"), name)
    assert running.ticket(case)["tags"] == ["restricted:suspension:a_1", "restricted:suspension:a_2"]
    adapter.apply(action("notice", f"case:{case}", restriction="a_1", step="suspension", notice="Dear Ada"), "notice")
    assert "Dear Ada" in [item["content"].get("notice") for item in running.ticket(case)["tasks"].values()]
    for _ in range(2):
        adapter.apply(action("lift", f"case:{case}", restriction="a_1", step="suspension", why="over"), "lift")
    assert running.ticket(case)["tags"] == ["restricted:suspension:a_2"]


@pytest.mark.parametrize("target", ["", "case:", "T-1", "employee:agent-01"])
def test_an_action_that_aims_at_nothing_is_rejected(adapter: DemoAdapter, target: str) -> None:
    with pytest.raises(Rejected):
        adapter.apply(action("note", target), "k")


@pytest.mark.parametrize("target", ["case:T-404", "customer:C-404", "case:..", "customer:../tickets/T-1"])
def test_a_record_that_is_gone_is_not_found(adapter: DemoAdapter, target: str) -> None:
    with pytest.raises(NotFound):
        adapter.apply(action("note", target), "k")


def test_fetch_brings_ticket_and_customer_in_our_words(running: StagedCrm, adapter: DemoAdapter) -> None:
    case = running.make_case()
    running.ask("PATCH", f"tickets/{case}", json={"priority": "critical"}, headers={"if-match": '"1"'})
    event = {"id": "e", "source": "demo", "type": "case.updated", "occurred_at": "2026-03-03T09:00:00Z"}
    whole = adapter.fetch({**event, "case": {"id": case}})
    assert (whole["case"]["priority"], whole["case"]["status"]) == ("urgent", "new")
    assert whole["customer"] == {"id": "C-1", "name": "Ada Abbot", "email": "ada@example.com", "tier": "gold"}
    assert adapter.fetch(event) == event


def test_history_remembers_contacts_and_moves(running: StagedCrm, adapter: DemoAdapter) -> None:
    running.records.add_customer("C-2", {"name": "Bela Birch"})
    case = running.ask("POST", "tickets", json={"customer": "C-2"}).json()["number"]
    running.ask("POST", f"tickets/{case}/messages", json={"text": "Hello", "channel": "chat"})
    moves: list[dict[str, Any]] = [
        {"group": "tier-1"},
        {"group": "tier-2"},
        {"state": "solved"},
        {"state": "open"},
    ]
    for version, change in enumerate(moves, start=2):
        headers = {"if-match": f'"{version}"'}
        assert running.ask("PATCH", f"tickets/{case}", json=change, headers=headers).status_code == 200
    running.ask("POST", f"tickets/{case}/survey", json={"csat": 2})
    adapter.apply(action("assign", f"case:{case}", to="us"), "k")  # our own doing is none of the customer's
    kinds = [entry.kind for entry in adapter.history("C-2")]
    assert kinds == ["cases", "interactions", "updates", "transfers", "resolutions", "reopens", "surveys"]
    ticket = running.ticket(case)
    assert (ticket["reassigned"], ticket["reopened"]) == (1, 1)
    with pytest.raises(NotFound):
        adapter.history("C-404")


def test_reconcile_brings_what_a_lost_webhook_held(running: StagedCrm, adapter: DemoAdapter) -> None:
    running.make_case()
    past, cursor = adapter.reconcile(None)
    assert past == []
    case = running.make_case()
    adapter.apply(action("assign", f"case:{case}", to="us"), "k")
    found, after = adapter.reconcile(cursor)
    assert [(one["type"], one["case"]["id"]) for one in found] == [("case.opened", case)]
    assert adapter.reconcile(after) == ([], after)


def test_reconcile_brings_all_there_is_however_much(running: StagedCrm, adapter: DemoAdapter) -> None:
    case = running.make_case()
    _, cursor = adapter.reconcile(None)
    for number in range(230):
        running.records.add_message(case, {"text": str(number), "channel": "chat"}, "shop")
    found, _ = adapter.reconcile(cursor)
    assert [one["text"] for one in found] == [str(number) for number in range(230)]


def test_the_cursor_of_a_helpdesk_where_nothing_has_happened_yet() -> None:
    with StagedCrm() as fresh:
        adapter = DemoAdapter(fresh.settings(fresh.url))
        _, cursor = adapter.reconcile(None)
        case = fresh.make_case()
        assert [one["case"]["id"] for one in adapter.reconcile(cursor)[0]] == [case]
        adapter.close()


def test_an_event_that_cannot_be_read_is_named_and_keeps_no_other_back(
    running: StagedCrm, adapter: DemoAdapter
) -> None:
    case = running.make_case()
    _, cursor = adapter.reconcile(None)
    broken = running.records.add_message(case, {"text": "Hello", "channel": "chat"}, "shop")
    broken["at"] = None
    fine = running.records.add_message(case, {"text": "Hello?", "channel": "chat"}, "shop")
    found, _ = adapter.reconcile(cursor)
    assert [(one["id"], one.get("text")) for one in found] == [(broken["id"], None), (fine["id"], "Hello?")]


@pytest.mark.parametrize("events", ['[{"id": 7}]', "[{}]", "[5]", '{"id": "e"}'])
def test_what_is_no_list_of_events_is_refused(events: str) -> None:
    class Odd(Loopback):
        def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:  # noqa: ARG002
            return Answer(status=200, body=f'{{"events": {events}}}'.encode())

    with Odd() as odd:
        adapter = DemoAdapter({"base_url": odd.url, "token": "t"})
        for cursor in (None, "e-1"):
            with pytest.raises(Rejected):
                adapter.reconcile(cursor)
        adapter.close()


def test_health_names_a_token_of_somebody_else(running: StagedCrm) -> None:
    adapter = DemoAdapter({"base_url": running.url, "token": "token-of-the-shop"})
    health = adapter.health()
    adapter.close()
    assert not health.ok
    assert "`shop`" in health.detail

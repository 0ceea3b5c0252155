"""`careengine export`, `erase`, `purge` and `audit`: what is kept about a person, told and removed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from sqlalchemy import func, select, update

from careengine import WebhookRequest
from careengine.store import inbox, outbox, tables
from tests.cli.conftest import LATE, contact, inside
from tests.store.shelf import NOW

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Careengine

WHY = ("--reason", "request 17")
PERSONAL = {"id": "C-1", "name": "Ada Okoro", "email": "ada@example.com", "household": "H-88"}


@pytest.fixture
def kept(careengine: Careengine, rules: Path, database: str) -> list[dict[str, Any]]:
    """Three decisions about one customer, and one about another."""
    assert database
    events = [contact(n, n, failure=LATE, text="so late!", customer=PERSONAL) for n in range(1, 4)]
    events.append(contact(9, 9, failure=LATE, customer={"id": "C-2", "name": "Bo"}))
    sent = b"\n".join(orjson.dumps(event) for event in events)
    ran = careengine("decide", "-", "--rules", rules, "--record", "--format", "json", stdin=sent)
    assert ran.code == 0, ran.err
    return ran.lines


@pytest.mark.usefixtures("kept")
def test_an_export_holds_everything_and_is_audited_without_a_name(careengine: Careengine) -> None:
    told = careengine("export", "C-1", *WHY)
    assert told.code == 0
    assert told.json["person"] == "C-1"
    assert [row["document"]["customer"] for row in told.json["events"]] == [PERSONAL] * 3
    assert len(told.json["decisions"]) == 3
    assert all(told.json[kind] for kind in ("history", "actions"))
    assert "Bo" not in told.out
    (entry,) = careengine("audit", "--format", "json").json
    assert (entry["did"], entry["subject"], entry["reason"]) == ("export", "person", "request 17")
    assert entry["after"]["events"] == 3
    assert not any(value in str(entry) for value in PERSONAL.values())


@pytest.mark.usefixtures("kept")
def test_a_masked_export_names_nobody(careengine: Careengine) -> None:
    told = careengine("export", "C-1", "--masked", *WHY)
    assert told.code == 0
    assert len(told.json["decisions"]) == 3
    assert told.json["events"][0]["document"]["customer"] == dict.fromkeys(PERSONAL, "***")
    assert told.json["events"][0]["document"]["failure"] == LATE
    assert not [value for value in PERSONAL.values() if value in told.out]


def test_what_is_erased_cannot_be_exported_and_comes_in_no_more(
    careengine: Careengine, kept: list[dict[str, Any]], rules: Path, tmp_path: Path, database: str
) -> None:
    ran = careengine("erase", "C-1", "--format", "json", *WHY)
    assert ran.code == 0
    in_a_file = database.startswith("sqlite")
    assert ran.json["unreadable"] is in_a_file
    assert ("until `VACUUM FULL`" in ran.err) is not in_a_file
    assert (ran.json["removed"]["events"], ran.json["removed"]["decisions"]) == (3, 3)
    assert careengine("export", "C-1", *WHY).code == 1
    assert careengine("export", "C-2", *WHY).code == 0
    assert careengine("replay", kept[3]["id"]).code == 0
    assert careengine("replay", kept[0]["id"]).code == 3
    files = b"".join(file.read_bytes() for file in tmp_path.glob("care.db*"))
    assert bool(files) is in_a_file
    assert not [value for value in PERSONAL.values() if value.encode() in files]
    again = orjson.dumps(contact(1, 1, failure=LATE, text="so late!", customer=PERSONAL))
    refused = careengine("decide", "-", "--rules", rules, "--record", stdin=again)
    assert refused.code == 1
    assert "it is not decided again" in refused.err
    assert careengine("erase", "C-1", *WHY).code == 1


DEMO = """\
[adapters.demo]
base_url = "http://127.0.0.1:9"
token = {file = "token"}
webhook_secret = {file = "secret"}
"""


@pytest.fixture
def waiting(kept: list[dict[str, Any]], database: str, tmp_path: Path) -> list[dict[str, Any]]:
    """Webhooks that wait: of C-1, of C-2 with words about C-1, and one that nobody can read."""
    (tmp_path / "careengine.toml").write_text(DEMO)
    for name in ("token", "secret"):
        (tmp_path / name).write_text("a-secret-of-the-demo")
        (tmp_path / name).chmod(0o600)
    told = {"kind": "ticket.message", "at": "2026-03-02T09:30:00Z", "by": "customer", "ticket": "T-1"}
    bodies = [
        orjson.dumps({"event": {**told, "id": "e-1", "customer": "C-1", "message": {"text": "planted of one"}}}),
        orjson.dumps({"event": {**told, "id": "e-2", "customer": "C-2", "message": {"text": "C-1 wrote this"}}}),
        b"C-1 in a body that nobody can read",
    ]
    with inside(database) as transaction:
        for number, body in enumerate(bodies):
            request = WebhookRequest(method="POST", url="", headers={}, body=body)
            inbox.keep(transaction, "default", "demo", f"d-{number}", request, datetime.now(UTC))
    return kept


@pytest.mark.usefixtures("waiting")
def test_deliveries_that_wait_are_told_and_removed_by_whom_they_are_about(careengine: Careengine) -> None:
    told = careengine("export", "C-1", *WHY)
    assert [one["delivery"] for one in told.json["deliveries"]] == ["d-0"]
    assert "C-1 wrote this" not in told.out
    assert "nobody can read" not in told.out
    assert (told.code, told.json["untold"]) == (1, [3])
    assert "1 delivery waits, and it cannot be told about whom (3): untouched\nexport again" in told.err
    ran = careengine("erase", "C-1", "--format", "json", *WHY)
    assert (ran.code, ran.json["removed"]["deliveries"], ran.json["untold"]) == (1, 1, [3])
    assert "erase again once they are worked off" in ran.err
    assert careengine("audit", "--format", "json").json[0]["after"] == {**ran.json["removed"], "untold": 1}
    assert [one["delivery"] for one in careengine("export", "C-2", *WHY).json["deliveries"]] == ["d-1"]


def test_a_masked_export_hides_what_a_crm_said(
    careengine: Careengine, kept: list[dict[str, Any]], database: str
) -> None:
    action = kept[0]["actions"][0]["id"]
    with inside(database) as transaction:
        outbox.park(transaction, "default", action, "refused", datetime.now(UTC), said="she is called Adaeze")
    assert "Adaeze" in careengine("export", "C-1", *WHY).out
    assert "Adaeze" not in careengine("export", "C-1", "--masked", *WHY).out


@pytest.mark.parametrize("chosen", ["", "evidence"])
def test_no_word_is_kept_unless_the_settings_say_so(
    careengine: Careengine, rules: Path, tmp_path: Path, chosen: str
) -> None:
    if chosen:
        (tmp_path / "careengine.toml").write_text(f'[privacy]\nkeep_text = "{chosen}"\n')
    incident = {"id": "I-1", "evidence": ["planted-evidence"]}
    event = contact(1, 1, text="planted-text", incident=incident, survey={"comment": "planted-c"})
    ran = careengine("decide", "-", "--rules", rules, "--record", "--format", "json", stdin=orjson.dumps(event))
    assert ran.code == 0, ran.err
    files = b"".join(file.read_bytes() for file in tmp_path.glob("careengine.db*"))
    assert b"I-1" in files
    planted = [word for word in ("planted-text", "planted-c", "planted-evidence") if word.encode() in files]
    assert planted == (["planted-evidence"] if chosen else [])


def test_a_reason_is_asked_for(careengine: Careengine) -> None:
    for verb in ("export", "erase"):
        ran = careengine(verb, "C-1")
        assert ran.code == 2
        assert "--reason" in ran.err
        assert careengine(verb, "C-1", "--reason", "x" * 301).code == 2


@pytest.mark.usefixtures("kept")
def test_a_purge_says_what_it_would_do_then_does_it(careengine: Careengine, tmp_path: Path, database: str) -> None:
    assert "kept for good" in careengine("purge").out
    (tmp_path / "careengine.toml").write_text("[retention]\nevents_days = 1\nrejects_days = 1\n")
    assert careengine("purge", "--dry-run", "--format", "json").json == {
        "dry_run": True,
        "removed": {"events": 0, "rejects": 0},
    }
    ran = careengine("purge")
    assert ran.code == 0
    assert ran.out.split() == ["kind", "removed", "events", "0", "rejects", "0"]
    assert careengine("audit").out == "the audit holds no such entry\n"
    with inside(database) as connection:
        connection.execute(update(tables.events).values(recorded_at=NOW))
        connection.execute(update(tables.actions).values(state="done"))
        connection.execute(update(tables.tasks).values(state="approved"))
    assert careengine("purge", "--dry-run").out.split() == ["kind", "would", "go", "events", "4", "rejects", "0"]
    ran = careengine("purge")
    assert ran.out.split() == ["kind", "removed", "events", "4", "rejects", "0"]
    assert ("until `VACUUM FULL`" in ran.err) is database.startswith("postgresql")
    assert careengine("export", "C-1", *WHY).code == 1
    with inside(database) as connection:
        assert connection.scalar(select(func.count()).select_from(tables.decisions)) == 0

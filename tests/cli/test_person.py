"""`careengine export`, `erase`, `purge` and `audit`: what is kept about a person, told and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from sqlalchemy import func, select, update

from careengine.store import tables
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
    assert careengine("purge", "--dry-run").out.split() == ["kind", "would", "go", "events", "4", "rejects", "0"]
    ran = careengine("purge")
    assert ran.out.split() == ["kind", "removed", "events", "4", "rejects", "0"]
    assert ("until `VACUUM FULL`" in ran.err) is database.startswith("postgresql")
    assert careengine("export", "C-1", *WHY).code == 1
    with inside(database) as connection:
        assert connection.scalar(select(func.count()).select_from(tables.decisions)) == 0

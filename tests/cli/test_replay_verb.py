"""`careengine replay`: kept decisions come out the same, and a change is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest
from sqlalchemy import delete, text

from careengine.store import tables
from tests.cli.conftest import LATE, contact, inside

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from tests.cli.conftest import Careengine

_OF_DECISIONS = {"sqlite": "", "postgresql": " ON decisions"}


@pytest.fixture
def kept(careengine: Careengine, rules: Path, database: str) -> list[dict[str, Any]]:
    """Four decisions in the store."""
    assert database
    events = b"\n".join(orjson.dumps(contact(n, n, failure=LATE, text="so late!")) for n in range(1, 5))
    ran = careengine("decide", "-", "--rules", rules, "--record", "--format", "json", stdin=events)
    assert ran.code == 0, ran.err
    return ran.lines


def test_all_come_out_the_same_without_rules_and_history(
    careengine: Careengine, kept: list[dict[str, Any]], rules: Path, database: str
) -> None:
    for path in rules.iterdir():
        path.unlink()
    with inside(database) as connection:
        connection.execute(delete(tables.history))
    ran = careengine("replay", "--all")
    assert (ran.code, ran.out) == (0, "4 of 4 decisions come out the same, byte for byte\n")
    told = careengine("replay", kept[3]["id"], kept[0]["id"], kept[3]["id"], "--format", "json").json
    assert told == [{"decision": kept[n]["id"], "same": True, "difference": "", "erased": False} for n in (3, 0)]


def test_a_decision_that_was_tampered_with_is_found(
    careengine: Careengine, kept: list[dict[str, Any]], database: str
) -> None:
    other = {"sum": "99.00 GBP", "id": kept[0]["id"]}
    with inside(database) as connection:
        connection.execute(text(f"DROP TRIGGER decisions_append_only{_OF_DECISIONS[connection.dialect.name]}"))
        connection.execute(
            text("UPDATE decisions SET decision = replace(decision, '10.00 GBP', :sum) WHERE id = :id"), other
        )
    ran = careengine("replay", "--all")
    assert ran.code == 1
    assert f"{kept[0]['id']} is not proven: /" in ran.out
    assert "99.00 GBP" in ran.out
    assert "3 of 4 decisions come out the same" in ran.out


def test_a_rule_set_that_was_tampered_with_is_found(
    careengine: Careengine, kept: list[dict[str, Any]], database: str
) -> None:
    with inside(database) as connection:
        connection.execute(text("UPDATE rulesets SET documents = replace(documents, 'late_delivery', 'late')"))
    ran = careengine("replay", kept[0]["id"])
    assert ran.code == 1
    assert "is not proven" in ran.out


def test_an_id_that_is_not_kept(careengine: Careengine, kept: list[dict[str, Any]]) -> None:
    ran = careengine("replay", "d_nothing", kept[0]["id"])
    assert ran.code == 1
    assert "d_nothing is not proven: no such decision is kept" in ran.out
    assert "1 of 2" in ran.out


@pytest.mark.parametrize("args", [[], ["d_1", "--all"]])
def test_ids_or_all(careengine: Careengine, args: list[str]) -> None:
    ran = careengine("replay", *args)
    assert ran.code == 2
    assert "name decisions by their ids, or give `--all`" in ran.err


def test_a_store_that_is_not_there_is_not_made(careengine: Careengine, tmp_path: Path) -> None:
    ran = careengine("replay", "--all")
    assert ran.code == 1
    assert "holds nothing yet" in ran.err
    assert not list(tmp_path.iterdir())


def test_an_erased_decision_is_told_apart_from_one_that_differs(
    careengine: Careengine, kept: list[dict[str, Any]]
) -> None:
    assert careengine("erase", "C-1", "--reason", "request 17").code == 0
    gone = kept[0]["id"]
    ran = careengine("replay", gone)
    assert ran.code == 3
    assert f"{gone} is not proven: it was erased on 20" in ran.out
    assert careengine("replay", gone, "--format", "json").json[0]["erased"] is True
    assert careengine("replay", gone, "d_unknown").code == 1
    assert careengine("replay", "--all").code == 1  # nothing is kept any more

"""`careengine import`: from an export to events on disk or in a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Careengine

HEADER = "number,sys_mod_count,sys_updated_at,incident_state,caller_id\n"
GOOD = "X1,0,05-01-2024 09:00,New,Ann\nX1,1,05-01-2024 10:00,Resolved,Ann\n"


def test_events_go_to_a_file_and_the_count_to_people(careengine: Careengine, tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(HEADER + GOOD)
    ran = careengine("import", "servicenow", "log.csv", "-o", "events.jsonl")
    assert (ran.code, ran.out) == (0, "")
    assert "2 events to events.jsonl (1 case.opened, 1 case.resolved); no rows left out" in ran.err
    assert (tmp_path / "events.jsonl").read_text().count("\n") == 2
    assert not (tmp_path / "events.jsonl.part").exists()


def test_a_pipe_works_both_ways(careengine: Careengine) -> None:
    ran = careengine("import", "servicenow", "-", stdin=("\ufeff" + HEADER + GOOD).encode())
    assert [event["type"] for event in ran.lines] == ["case.opened", "case.resolved"]


def test_bad_rows_are_told_and_the_exit_code_says_so(careengine: Careengine) -> None:
    rows = HEADER.encode() + GOOD.encode() + b"X2,0,never,New,Ann\nX3,0,05-01-2024 09:00,New,\xff\xfe\n"
    ran = careengine("import", "servicenow", "-", stdin=rows)
    assert ran.code == 1
    assert len(ran.lines) == 2
    assert "line 4: left out: `sys_updated_at` is `never`" in ran.err
    assert "line 5: left out: `caller_id` is not readable text" in ran.err
    assert "2 rows left out" in ran.err


def test_a_flood_of_bad_rows_is_cut_short(careengine: Careengine) -> None:
    ran = careengine("import", "servicenow", "-", stdin=(HEADER + "?,?,?,?,?\n" * 500).encode())
    assert ran.code == 1
    assert "… and 480 more rows left out" in ran.err
    assert len(ran.err.splitlines()) < 30


def test_a_header_alone_is_nothing_to_import(careengine: Careengine) -> None:
    assert careengine("import", "servicenow", "-", stdin=HEADER.encode()).code == 1


@pytest.mark.parametrize("content", [b"", b"\x7fELF\0\0\1", b"a,b\n1,2\n", b'{"number": 1}'])
def test_another_file_is_refused_and_nothing_is_written(careengine: Careengine, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "wrong").write_bytes(content)
    (tmp_path / "events.jsonl").write_text("what was there")
    ran = careengine("import", "servicenow", "wrong", "-o", "events.jsonl")
    assert ran.code == 1
    assert "no column `number` in the first line" in ran.err
    assert (tmp_path / "events.jsonl").read_text() == "what was there"
    assert not (tmp_path / "events.jsonl.part").exists()


def test_a_missing_file_a_folder_and_the_file_itself(careengine: Careengine, tmp_path: Path) -> None:
    assert "cannot use `none.csv`: no such file" in careengine("import", "servicenow", "none.csv").err
    assert "is a directory" in careengine("import", "servicenow", tmp_path).err
    (tmp_path / "log.csv").write_text(HEADER + GOOD)
    ran = careengine("import", "servicenow", "log.csv", "-o", "log.csv")
    assert ran.code == 2
    assert "would overwrite the file that is read" in ran.err
    ran = careengine("import", "servicenow", "log.csv", "-o", "none/events.jsonl")
    assert ran.code == 1
    assert "there is no folder `none`" in ran.err


def test_without_a_system_the_help_is_shown(careengine: Careengine) -> None:
    ran = careengine("import")
    assert ran.code == 2
    assert "servicenow  " in ran.err

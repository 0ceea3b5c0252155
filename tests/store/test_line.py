"""Programs that write to one file do so one after the other, and nobody waits without end."""

from __future__ import annotations

from contextlib import closing
from errno import ENOLCK
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

from careengine.errors import StoreError
from careengine.store import Store
from careengine.store.line import Line

if TYPE_CHECKING:
    from pathlib import Path


def test_who_comes_second_has_its_turn_when_the_first_has_gone(tmp_path: Path) -> None:
    place, came, turns = str(tmp_path / "care.db"), Event(), []

    def second() -> None:
        with closing(Line(place, 20)) as line:
            came.set()
            with line.turn():
                turns.append("second")

    with closing(Line(place, 20)) as line:
        with line.turn():
            other = Thread(target=second)
            other.start()
            assert came.wait(20)
            turns.append("first")
        other.join(20)
        with line.turn():
            turns.append("first again")
    assert turns == ["first", "second", "first again"]


def test_patience_ends(tmp_path: Path) -> None:
    place = str(tmp_path / "care.db")
    with closing(Line(place, 20)) as line, closing(Line(place, 0)) as other, line.turn():
        held = other.turn()
        with pytest.raises(StoreError, match="another program"):
            held.__enter__()


def test_what_fails_in_a_turn_ends_it(tmp_path: Path) -> None:
    place = str(tmp_path / "care.db")
    with closing(Line(place, 0)) as line, closing(Line(place, 0)) as other:
        with pytest.raises(ZeroDivisionError), line.turn():
            raise ZeroDivisionError
        with other.turn():
            pass


def test_where_no_line_can_be_the_database_tells_what_is_wrong(tmp_path: Path) -> None:
    with closing(Line(str(tmp_path / "away" / "care.db"), 0)) as line, line.turn():
        pass


def test_a_file_system_without_such_locks_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(ENOLCK, "no locks available")

    monkeypatch.setattr("fcntl.flock", refused)
    with closing(Line(str(tmp_path / "care.db"), 0)) as line, line.turn():
        pass


def test_two_programs_that_write_all_the_time_both_come_to_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'care.db'}"
    with closing(Store.open(url)) as one, closing(Store.open(url, busy_timeout=0.5)) as other:
        enough = Event()

        def write() -> None:
            while not enough.is_set():
                one.submit(lambda _: None).result(20)

        busy = Thread(target=write)
        busy.start()
        try:
            for _ in range(20):
                other.submit(lambda _: None).result(20)
        finally:
            enough.set()
            busy.join(20)

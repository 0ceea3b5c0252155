"""One program at a time has a turn, and it ends with its program."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import closing
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from careengine.errors import StoreError
from careengine.store import Store
from careengine.store.turn import FileTurn
from tests.store.shelf import NOW

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = """
import sys
from careengine.store.turn import FileTurn
turn = FileTurn(sys.argv[1], "delivery")
print(turn.take(), flush=True)
sys.stdin.read()
"""


def test_a_turn_is_had_by_one_until_it_is_given_back(tmp_path: Path) -> None:
    place = str(tmp_path / "care.db")
    one, other, another = FileTurn(place, "delivery"), FileTurn(place, "delivery"), FileTurn(place, "something else")
    assert (one.take(), one.take(), other.take(), another.take()) == (True, True, False, True)
    other.give_back()
    assert not other.take()
    one.give_back()
    assert other.take()
    other.give_back()
    another.give_back()


def test_nobody_waits_for_a_turn(tmp_path: Path) -> None:
    place, waited = str(tmp_path / "care.db"), []
    one, other = FileTurn(place, "delivery"), FileTurn(place, "delivery")
    assert one.take()
    for _ in range(3):  # the machine may be busy with something else
        started = time.monotonic()
        assert not other.take()
        waited.append(time.monotonic() - started)
    one.give_back()
    assert min(waited) < 0.5


def test_a_turn_ends_with_its_program_however_that_ends(tmp_path: Path) -> None:
    place = str(tmp_path / "care.db")
    turn = FileTurn(place, "delivery")
    command = [sys.executable, "-c", HOLDER, place]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        assert not turn.take()
        holder.send_signal(signal.SIGKILL)
        holder.wait(10)
        assert turn.take()
    turn.give_back()


def test_a_turn_does_not_keep_others_from_the_database(tmp_path: Path) -> None:
    place = tmp_path / "care.db"
    turn = FileTurn(str(place), "delivery")
    assert turn.take()
    with closing(Store.open(f"sqlite:///{place}")) as store, store.write():
        pass
    turn.give_back()


def test_a_turn_that_cannot_be_had_at_all_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        FileTurn(str(tmp_path / "nowhere" / "care.db"), "delivery").take()


def test_what_lies_in_its_place_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "care.db-delivery").write_text("somebody's own file, which is no lock of ours " * 40)
    with pytest.raises(StoreError, match="is not a database"):
        FileTurn(str(tmp_path / "care.db"), "delivery").take()


def test_one_thread_takes_it_and_another_gives_it_back(tmp_path: Path) -> None:
    one, other = (FileTurn(str(tmp_path / "care.db"), "delivery") for _ in range(2))
    assert one.take()
    thread = Thread(target=one.give_back)
    thread.start()
    thread.join()
    assert other.take()
    other.give_back()


def test_beside_a_file_whoever_claimed_something_has_ended(file_store: Store) -> None:
    with file_store.write() as transaction:
        assert file_store.turn("delivery").ended(transaction, {7, None}, NOW) == {7, None}

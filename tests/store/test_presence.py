"""A program is there as long as its session is; what it claimed is taken up only when it is surely gone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from careengine.errors import StoreError
from careengine.store.locks import hold_number
from careengine.store.presence import GRACE, Presence
from tests.store.shelf import NOW

if TYPE_CHECKING:
    from careengine.store import Store

GUIDE = Path(__file__).parents[2] / "careengine" / "OPERATIONS.md"


def _presence(store: Store) -> Presence:
    turn = store.turn("delivery")
    assert isinstance(turn, Presence)
    return turn


def _ended(store: Store, watcher: Presence, other: Presence, after: timedelta) -> bool:
    with store.write() as transaction:
        return other.mark in watcher.ended(transaction, {watcher.mark, other.mark}, NOW + after)


def test_a_mark_has_ended_when_its_session_is_gone_for_the_whole_grace(server_store: Store) -> None:
    watcher, other = _presence(server_store), _presence(server_store)
    assert watcher.take()
    assert other.take()
    assert not _ended(server_store, watcher, other, GRACE * 9)
    other.give_back()
    assert not _ended(server_store, watcher, other, timedelta(0))
    assert not _ended(server_store, watcher, other, GRACE - timedelta(seconds=1))
    assert other.take()  # it was only cut off
    assert not _ended(server_store, watcher, other, GRACE)
    other.give_back()
    assert not _ended(server_store, watcher, other, GRACE * 2)
    assert _ended(server_store, watcher, other, GRACE * 3)
    watcher.give_back()


def test_a_claim_without_a_mark_has_nobody(server_store: Store) -> None:
    with server_store.write() as transaction:
        assert _presence(server_store).ended(transaction, {None}, NOW) == {None}


def test_a_broken_session_is_made_again_under_the_same_mark(server_store: Store) -> None:
    presence = _presence(server_store)
    mark = presence.mark
    assert presence.take()
    with server_store.write() as transaction:
        transaction.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        )
    with pytest.raises(StoreError, match="is away"):
        presence.take()
    assert presence.take()
    assert presence.mark == mark
    presence.give_back()


def test_it_is_taken_and_given_back_as_often_as_one_likes(server_store: Store) -> None:
    watcher, presence = _presence(server_store), _presence(server_store)
    presence.give_back()
    assert [presence.take(), presence.take()] == [True, True]
    assert not _ended(server_store, watcher, presence, GRACE * 2)
    presence.give_back()
    presence.give_back()
    assert not _ended(server_store, watcher, presence, timedelta(0))
    assert _ended(server_store, watcher, presence, GRACE)


def test_two_of_one_mark_are_not_there_at_once(server_store: Store) -> None:
    one = _presence(server_store)
    other = Presence(one.engine, one.place, mark=one.mark)
    assert one.take()
    assert not other.take()  # the server still holds the session that broke
    assert not other.take()
    one.give_back()
    assert other.take()
    other.give_back()


def test_its_session_is_closed_at_once_and_the_mark_is_free_before_that(server_store: Store) -> None:
    one = _presence(server_store)
    two = Presence(one.engine, one.place, mark=one.mark)
    links: list[Any] = []
    free: list[bool] = []
    event.listen(one.engine, "connect", lambda link, _: links.append(link))

    @event.listens_for(one.engine, "close")
    def _closes(link: Any, _record: Any) -> None:
        links.remove(link)
        with server_store.write() as transaction:  # a server may be late to see that a link is closed
            free.append(hold_number(transaction, one.mark or 0))

    assert [one.take(), two.take(), one.take()] == [True, False, True]
    assert (len(links), free) == (1, [False])
    one.give_back()
    assert (len(links), free) == (0, [False, True])


def test_operators_are_told_how_long_a_claim_waits() -> None:
    assert f"after {GRACE.seconds} seconds" in GUIDE.read_text()

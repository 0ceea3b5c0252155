"""Turns what a database reports into a StoreError that says what to do."""

from __future__ import annotations

from contextlib import contextmanager
from sqlite3 import Error as SqliteError
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from careengine.errors import StoreError
from careengine.store import trouble_on_server

if TYPE_CHECKING:
    from collections.abc import Iterator

# SQLite's name of an error (or how it begins) -> what happened and what to do.
_MEANING = {
    "SQLITE_BUSY": "another program holds the database `{place}`; stop it, or try again in a moment",
    "SQLITE_LOCKED": "another program holds the database `{place}`; stop it, or try again in a moment",
    "SQLITE_FULL": "the disk of the database `{place}` is full; make room on it and try again",
    "SQLITE_READONLY": "the database `{place}` cannot be written; let this user write the file and its folder",
    "SQLITE_PERM": "the database `{place}` cannot be written; let this user write the file and its folder",
    "SQLITE_CANTOPEN": "the database `{place}` cannot be opened; check that its folder exists and is yours to write",
    "SQLITE_NOTADB": "the file `{place}` is not a database; name another file in `store.url`, or restore a copy",
    "SQLITE_CORRUPT": "the database `{place}` is damaged; stop the service and restore a copy",
    "SQLITE_IOERR": "the disk of the database `{place}` failed; check it, then try again",
    "SQLITE_NOMEM": "there is not enough memory to use the database `{place}`",
    "SQLITE_TOOBIG": "the record is too large for the database `{place}`",
    "SQLITE_CONSTRAINT": "the database `{place}` refuses this record: it breaks one of its rules",
    "SQLITE_ERROR": "the database `{place}` lacks a table that is needed; check that `store.url` names the right file",
}


class Collision(StoreError):  # noqa: N818  named for what happened
    """Somebody else was at the same records at the same time; the transaction may be run again from its start."""


@contextmanager
def explained(place: str) -> Iterator[None]:
    """Raise StoreError for whatever the database reports inside the block."""
    try:
        yield
    except Exception as error:
        meant = explanation(error, place)
        if meant is None:
            raise
        try:
            raise meant from error
        finally:
            del meant  # its own trace would keep it alive, and with it the connection that failed


def explanation(error: BaseException, place: str) -> StoreError | None:
    """What the database reported, as a StoreError that says what to do; None for an error that is not its own."""
    match error:
        case DBAPIError():
            return explanation(error.orig, place) if error.orig is not None else None
        case SqliteError():  # what is asked of the driver itself, and what fails while a connection is made
            return told(_message(error), place)
        case NoConnectionLeft():
            return told("all connections to the database `{place}` are in use; raise `store.connections`", place)
        case SQLAlchemyError():  # it never carries values: engines are made with `hide_parameters`
            return told(f"the database `{{place}}` could not be used: {type(error).__name__}", place)
    if (state := trouble_on_server.state_of(error)) is None:
        return None
    kind = Collision if state in trouble_on_server.COLLISIONS else StoreError
    return told(trouble_on_server.message(state, error), place, kind)


def told(words: str, place: str, kind: type[StoreError] = StoreError) -> StoreError:
    """An error with these words; for people outside without the place, which stands in them as `{place}` in ticks."""
    outside = words.replace(" of `{place}`", "").replace(" `{place}`", "")
    return kind(words.replace("{place}", place), outside)


def busy(place: str) -> StoreError:
    """What to raise when the database is in somebody else's hands for too long."""
    return told(_MEANING["SQLITE_BUSY"], place)


def lost(place: str) -> StoreError:
    """What to raise when the database undid a transaction on its own."""
    return told("the database `{place}` could not keep this and undid it; check its disk, then try again", place)


def _message(error: BaseException | None) -> str:
    name = getattr(error, "sqlite_errorname", "")
    for start, message in _MEANING.items():
        if name.startswith(start):
            return message
    return f"the database `{{place}}` could not be used ({name or 'no reason given'})"

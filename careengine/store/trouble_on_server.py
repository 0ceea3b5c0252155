"""What a PostgreSQL server reports, in words that say what to do. What it quotes of a row or an address is left out."""

from __future__ import annotations

# Another transaction was in the way, and a new try finds it done: no two can be serialized, a deadlock, a key taken.
COLLISIONS = frozenset({"40001", "40P01", "23505"})

_AWAY = "the database server of `{place}` is away; start it, or mend `store.url` or look at the network"
_FULL = "the database server of `{place}` takes no more connections; lower `store.connections` or raise its limit"
_REFUSED = "the database server of `{place}` refuses this user or password; mend `store.url` or `store.password`"
_MISSING = "the database `{place}` does not exist; make it with `createdb`, or name another in `store.url`"
_REFUSES = "the database `{place}` refuses this record: it breaks one of its rules"
_READ_ONLY = "the database `{place}` can only be read at present; let `store.url` name the server that takes writes"
_SHAPE = "the database `{place}` lacks a table that is needed; check that `store.url` names the right one"
_DAMAGED = "the database `{place}` is damaged; stop the service and restore a copy"
_RIGHTS = "this user may not do that in the database `{place}`; let its owner run `careengine db upgrade`"
_WAITED = "somebody else held what was needed in the database `{place}` for too long; try again in a moment"
_BUSY = "the database `{place}` took too long to answer; look at its load, or raise `store.statement_seconds`"
_ROOM = "the disk of the database `{place}` is full; make room on it and try again"
_MEMORY = "there is not enough memory to use the database `{place}`"
_DISK = "the disk of the database `{place}` failed; check it, then try again"
_LARGE = "the record is too large for the database `{place}`"

# How a state begins (https://www.postgresql.org/docs/current/errcodes-appendix.html); the longest that fits counts.
_BY_STATE = {
    "08": _AWAY,
    "57P": _AWAY,
    "57014": _BUSY,
    "53300": _FULL,
    "53100": _ROOM,
    "53200": _MEMORY,
    "53": _ROOM,
    "28": _REFUSED,
    "3D000": _MISSING,
    "25006": _READ_ONLY,
    "25P03": _WAITED,
    "40": _WAITED,
    "55P03": _WAITED,
    "23": _REFUSES,
    "P0001": _REFUSES,
    "42501": _RIGHTS,
    "42P01": _SHAPE,
    "42703": _SHAPE,
    "54": _LARGE,
    "58": _DISK,
    "XX": _DAMAGED,
}

# While a connection is made there is no state, only words, of which the first that fits counts; in another language
# they say nothing to us.
_BY_WORDS = {
    "too many clients": _FULL,
    "too many connections": _FULL,
    "connection slots are reserved": _FULL,
    "password authentication failed": _REFUSED,
    "no password supplied": _REFUSED,
    "no pg_hba.conf entry": _REFUSED,
    "authentication failed": _REFUSED,
    'role "': _REFUSED,
    'database "': _MISSING,
    "certificate": "the database server of `{place}` is not the one it should be; mend the `ssl…` parts of `store.url`",
}


def state_of(error: BaseException) -> str | None:
    """The state that the driver gives with its errors; empty: it had none; None: the error is not the driver's."""
    if not type(error).__module__.startswith("psycopg"):
        return None
    return getattr(error, "sqlstate", None) or ""


def message(state: str, error: BaseException) -> str:
    """What happened and what to do, with `{place}` for the name of the database."""
    if not state:
        said = str(error)
        return next((words for sign, words in _BY_WORDS.items() if sign in said), _AWAY)
    fitting = [start for start in _BY_STATE if state.startswith(start)]
    if fitting:
        return _BY_STATE[max(fitting, key=len)]
    return f"the database `{{place}}` could not be used (state {state})"

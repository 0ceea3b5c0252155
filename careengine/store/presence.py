"""A program's presence on a server: a lock that its session holds, and that the server takes off when that ends."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, bindparam, func, select
from sqlalchemy.exc import SQLAlchemyError

from careengine.store.locks import hold_number
from careengine.store.trouble import explained

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection, Engine

# A call to a CRM that was under way when its program lost the server has long ended by then, and so has what the CRM
# makes of it. Until then nobody takes up what that program had claimed.
GRACE = timedelta(seconds=30)

_KEY = bindparam("key", type_=BigInteger)
_TAKE = select(func.pg_try_advisory_lock(_KEY))
_GIVE_BACK = select(func.pg_advisory_unlock(_KEY))
_STILL = select(1)


@dataclass(slots=True)
class Presence:
    """This program at work on the database at `place`. Threads may share it.

    `engine` gives the session that stands for it. When the session is lost, `take` makes another one under the same
    mark, so that what is claimed stays claimed. `grace` is how long a mark must have been without its session.
    """

    engine: Engine
    place: str
    grace: timedelta = GRACE
    mark: int | None = field(default_factory=lambda: secrets.randbits(63))
    _session: Connection | None = None
    _missed: dict[int, datetime] = field(default_factory=dict)
    _guard: Lock = field(default_factory=Lock)

    def take(self) -> bool:
        """Be present; False while the server still holds a session of ours that broke. Raises StoreError."""
        with self._guard:
            try:
                with explained(self.place):
                    return self._appear()
            except BaseException:
                self._leave()
                raise

    def _appear(self) -> bool:
        if self._session is not None:
            self._session.execute(_STILL)
            return True
        self._session = self.engine.connect()
        if self._session.scalar(_TAKE, {"key": self.mark}):
            return True
        self._leave()
        return False

    def ended(self, transaction: Connection, marks: Collection[int | None], now: datetime) -> set[int | None]:
        """Those without a session, for as long as the grace by now. Raises StoreError."""
        gone = {mark for mark in marks if mark is not None and hold_number(transaction, mark)}
        with self._guard:
            self._missed = {mark: self._missed.get(mark, now) for mark in gone}
            return {mark for mark, since in self._missed.items() if since + self.grace <= now} | ({None} & set(marks))

    def give_back(self) -> None:
        """Be gone, at once."""
        with self._guard:
            if self._session is not None:
                with suppress(SQLAlchemyError):  # a session that broke has given it back
                    self._session.execute(_GIVE_BACK, {"key": self.mark})
            self._leave()

    def _leave(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.invalidate()  # closes it whatever state it is in, and with it goes the lock

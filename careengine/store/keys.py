"""API keys. A key reads `ce_<id>_<secret>`; only the sha256 of the whole is kept, and it is shown once."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, or_, select, update

from careengine.store.tables import keys

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection, Row

PREFIX = "ce"
_SEEN_EVERY = timedelta(minutes=1)  # so that answering a request does not mean writing each time


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as it is kept: whom it lets in, what it may do there, and the roles of policies that its holder fills."""

    id: str
    tenant: str
    name: str
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    fills: tuple[str, ...] = ()

    def valid(self, now: datetime) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def make(
    transaction: Connection,
    tenant: str,
    name: str,
    scopes: Collection[str],
    now: datetime,
    expires_at: datetime | None = None,
    fills: Collection[str] = (),
) -> str:
    """Make a key and give its text, which is not kept and cannot be asked for again."""
    key_id = secrets.token_hex(8)
    text = f"{PREFIX}_{key_id}_{secrets.token_urlsafe(32)}"
    digest = sha256(text.encode()).hexdigest()
    when = {"created_at": now, "expires_at": expires_at}
    values = {"id": key_id, "tenant": tenant, "sha256": digest, "name": name, "scopes": sorted(scopes), **when}
    values["fills"] = sorted(fills) or None
    transaction.execute(insert(keys).values(values))
    return text


def rotate(
    transaction: Connection, old: ApiKey, now: datetime, old_until: datetime, expires_at: datetime | None = None
) -> str:
    """Make a key that may do what `old` may, and let that one hold no longer than `old_until`; gives the new text."""
    until = old_until if old.expires_at is None else min(old_until, old.expires_at)
    transaction.execute(update(keys).where(keys.c.tenant == old.tenant, keys.c.id == old.id).values(expires_at=until))
    return make(transaction, old.tenant, old.name, old.scopes, now, expires_at, old.fills)


def get(reader: Connection, tenant: str, key_id: str) -> ApiKey | None:
    """A key by its id, whether it holds or not."""
    row = reader.execute(select(keys).where(keys.c.tenant == tenant, keys.c.id == key_id)).one_or_none()
    return None if row is None else _key(row)


def find(reader: Connection, text: str, now: datetime) -> ApiKey | None:
    """The valid key of this text, compared in constant time; None for any other text."""
    digest = sha256(text.encode("utf-8", "replace")).hexdigest()
    parts = text.split("_", 2)
    row = reader.execute(select(keys).where(keys.c.id == parts[1])).one_or_none() if len(parts) == 3 else None  # noqa: PLR2004
    same = hmac.compare_digest(digest, row.sha256 if row else "0" * len(digest))
    if row is None or not same:
        return None
    key = _key(row)
    return key if key.valid(now) else None


def used(transaction: Connection, tenant: str, key_id: str, now: datetime) -> None:
    """Remember when a key was last used, to the minute."""
    stale = or_(keys.c.last_used_at.is_(None), keys.c.last_used_at <= now - _SEEN_EVERY)
    one = keys.c.tenant == tenant, keys.c.id == key_id
    transaction.execute(update(keys).where(*one, stale).values(last_used_at=now))


def revoke(transaction: Connection, tenant: str, key_id: str, now: datetime) -> bool:
    """End a key; False when there is none of that id that still holds."""
    one = keys.c.tenant == tenant, keys.c.id == key_id, keys.c.revoked_at.is_(None)
    return transaction.execute(update(keys).where(*one).values(revoked_at=now)).rowcount == 1


def of_tenant(reader: Connection, tenant: str) -> list[ApiKey]:
    """A tenant's keys, the oldest first."""
    rows = reader.execute(select(keys).where(keys.c.tenant == tenant).order_by(keys.c.created_at, keys.c.id))
    return [_key(row) for row in rows]


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        tenant=row.tenant,
        name=row.name,
        scopes=frozenset(row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        fills=tuple(row.fills or ()),
    )

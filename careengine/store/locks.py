"""Locks of one transaction, by name: who comes second waits until the first one's transaction has ended.

In a file there is one writer at a time, so nothing is left to lock; and what only reads waits for nobody.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, bindparam, func, select

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ROOMS = "rooms"  # with a tenant: the gate before all rooms
LIMIT = "limit"  # with a tenant, a policy and a scope: how much of it is taken
ONLY_READS = "careengine_only_reads"  # an option of a connection
DECIDE = "decide"  # with a tenant and a customer: their history, and what is decided on it

_KEY = bindparam("key", type_=BigInteger)
_HOLD = select(func.pg_advisory_xact_lock(_KEY))
_GATE = bindparam("gate", type_=BigInteger)
_SHARE = select(func.pg_advisory_xact_lock_shared(_GATE))
_ROOM = select(func.pg_advisory_xact_lock_shared(_GATE), func.pg_advisory_xact_lock(_KEY))
_TRY = select(func.pg_try_advisory_xact_lock(_KEY))


def hold(transaction: Connection, *name: str) -> None:
    """Wait for the lock of that name and hold it to the end of the transaction. Raises StoreError.

    Take it before the reads that decide: what they see is then all that others did under it. Names are hashed, so two
    of them may share a lock, once in some billions: that costs time and nothing else.
    """
    if _may_wait(transaction):
        transaction.execute(_HOLD, {"key": key_of(*name)})


def hold_room(transaction: Connection, tenant: str, policy: str, scope: str) -> None:
    """`hold` for the room of a policy and scope, behind the gate that all who take rooms go through together.

    Rooms are taken in one order. Raises StoreError.
    """
    if _may_wait(transaction):
        key = key_of(LIMIT, tenant, policy, scope)
        transaction.execute(_ROOM, {"gate": key_of(_ROOMS, tenant), "key": key})


def share_rooms(transaction: Connection, tenant: str) -> None:
    """Go through the gate before waiting for something that a holder of all rooms may want. Raises StoreError."""
    if _may_wait(transaction):
        transaction.execute(_SHARE, {"gate": key_of(_ROOMS, tenant)})


def hold_rooms(transaction: Connection, tenant: str) -> None:
    """Have all rooms of a tenant to oneself, for one who takes or frees those of more than one decision.

    No order would do for them. Before any room is taken. Raises StoreError.
    """
    hold(transaction, _ROOMS, tenant)


def _may_wait(transaction: Connection) -> bool:
    only_reads = transaction.get_execution_options().get(ONLY_READS)
    return transaction.dialect.name == "postgresql" and not only_reads


def hold_number(transaction: Connection, number: int) -> bool:
    """Hold the lock of that number to the end of the transaction, if nobody has it; else False. Raises StoreError."""
    return bool(transaction.scalar(_TRY, {"key": number}))


def key_of(*name: str) -> int:
    """The 64 bits, signed, that stand for a name of several parts."""
    parts = b"".join(len(part).to_bytes(8) + part for part in (each.encode("utf-8", "surrogatepass") for each in name))
    return int.from_bytes(blake2b(parts, digest_size=8).digest(), signed=True)

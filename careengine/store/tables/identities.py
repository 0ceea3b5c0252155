"""Several ids that are one person."""

from __future__ import annotations

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, Text

from careengine.store.columns import Instant, Json, RowNumber
from careengine.store.tables.metadata import METADATA

# An id that is merged with others; those that are not have no row. A merge outlasts its event.
identities = Table(
    "identities",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("customer", Text, nullable=False),
    Column("person", Text, nullable=False, doc="the id that the person goes by"),
    Column("known", Json, nullable=False, doc="consent and what protects them, as last told of this id"),
    PrimaryKeyConstraint("tenant", "customer"),
    Index("ix_identities_person", "tenant", "person"),
    sqlite_with_rowid=False,
)

merges = Table(
    "merges",
    METADATA,
    Column("tenant", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("event", RowNumber, nullable=False, doc="the number of the event that told of it; it may be gone"),
    Column("stays", Text, nullable=False),
    Column("other", Text, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("tenant", "person", "event"),
    sqlite_with_rowid=False,
)

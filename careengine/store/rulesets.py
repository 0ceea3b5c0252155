"""Rule sets as they were when they decided, by their hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, insert, select

from careengine.store.tables import rulesets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection


def keep(
    transaction: Connection, tenant: str, ruleset: str, documents: Iterable[Mapping[str, Any]], now: datetime
) -> None:
    """Keep a rule set, once."""
    if not transaction.scalar(select(exists().where(*_named(tenant, ruleset)))):
        values = {"tenant": tenant, "hash": ruleset, "kept_at": now, "documents": list(documents)}
        transaction.execute(insert(rulesets).values(values))


def get(reader: Connection, tenant: str, ruleset: str) -> list[dict[str, Any]] | None:
    """The rule files of a set as JSON, in the order of ids; None when it was never kept."""
    return reader.scalar(select(rulesets.c.documents).where(*_named(tenant, ruleset)))


def _named(tenant: str, ruleset: str) -> tuple[Any, Any]:
    return rulesets.c.tenant == tenant, rulesets.c.hash == ruleset

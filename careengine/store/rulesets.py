"""Rule sets as they were when they decided, by their hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, insert, select

from careengine.store.prepared import Prepared
from careengine.store.tables import rulesets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection


_NAMED = rulesets.c.tenant == bindparam("tenant"), rulesets.c.hash == bindparam("ruleset")
_KNOWN = Prepared(select(exists().where(*_NAMED)))
_GET = select(rulesets.c.documents).where(*_NAMED)


def keep(
    transaction: Connection,
    tenant: str,
    ruleset: str,
    documents: Callable[[], Iterable[Mapping[str, Any]]],
    now: datetime,
) -> None:
    """Keep a rule set, once; `documents` gives its files, which every event but the first has no need of."""
    if not _KNOWN.scalar(transaction, {"tenant": tenant, "ruleset": ruleset}):
        values = {"tenant": tenant, "hash": ruleset, "kept_at": now, "documents": list(documents())}
        transaction.execute(insert(rulesets), values)


def get(reader: Connection, tenant: str, ruleset: str) -> list[dict[str, Any]] | None:
    """The rule files of a set as JSON, in the order of ids; None when it was never kept."""
    return reader.scalar(_GET, {"tenant": tenant, "ruleset": ruleset})

"""What a person lived through before, as rules ask for it: what is kept, and how their restrictions stood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.model.history import RESTRICTIONS
from careengine.model.restrictions import Standing
from careengine.store import history, restrictions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from careengine.model.history import Entry
    from careengine.model.person import Person


def past_of(
    reader: Connection, tenant: str, person: Person, until: datetime, since: Mapping[str, datetime | None]
) -> list[Entry]:
    """The entries of all ids of a person up to and at `until`; `since` is as in `careengine.store.history.entries`.

    Of restrictions nothing is kept there: how they stand is kept once, and their times say since when.
    """
    kept = {kind: after for kind, after in since.items() if kind != RESTRICTIONS}
    found = [entry for each in person.ids for entry in history.entries(reader, tenant, each, until, kept)]
    if RESTRICTIONS in since:
        standing = [one for each in person.ids for one in restrictions.standing_of(reader, tenant, each)]
        found += [entry for _, told in standing for entry in Standing.read(told).entries() if entry.at <= until]
    return found

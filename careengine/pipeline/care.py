"""Until when care comes first for a customer: by the words it was found in, save those of which a person said it ended.

An end is of the words that were there to be judged. Words that reach us after it start it again, whatever their date:
whoever judged did not know them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from careengine.model.history import CARE_ENDED, CARE_FIRST
from careengine.model.value import say_instant
from careengine.store import history, identities

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from careengine.model.history import Entry
    from careengine.model.restrictions import CareAskedFor, CareEnded


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Words in which plugins found that care comes first: whose, and by the event of which number.

    `ended` is that a person ended it: when, and as its `employee` who.
    """

    customer: str
    event: int
    told: Entry
    ended: Entry | None


def words_told(reader: Connection, tenant: str, customer: str, since: datetime) -> list[Words]:
    """Those of after an instant, told under any id of the person.

    Those of the time to come, too: an event that reaches us late restricts nobody now.
    """
    found = []
    for each in identities.ids_of(reader, tenant, customer):
        ended = dict(history.numbered(reader, tenant, each, CARE_ENDED, since))
        told = history.numbered(reader, tenant, each, CARE_FIRST, since)
        found += [Words(customer=each, event=event, told=one, ended=ended.get(event)) for event, one in told]
    return found


def care_asked_for(reader: Connection, tenant: str, question: CareAskedFor, length: timedelta) -> str | None:
    """See `CareAskedFor`: care comes first for so long after the latest words that ask for it and still stand."""
    found = words_told(reader, tenant, question.customer, question.at - length)
    standing = [one.told.at for one in found if one.ended is None]
    return say_instant(max(standing) + length) if standing else None


def care_ended(reader: Connection, tenant: str, question: CareEnded, length: timedelta) -> str | None:
    """See `CareEnded`."""
    found = words_told(reader, tenant, question.customer, question.at - length)
    ended = [one.ended.at for one in found if one.ended is not None]
    return say_instant(max(ended)) if ended else None

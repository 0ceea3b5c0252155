"""The tables, by what they are about. Migrations build the same ones; a test holds the two equal."""

from __future__ import annotations

from careengine.store.tables.clocks import clocks, timers
from careengine.store.tables.decisions import decisions, matches, overrides, rulesets
from careengine.store.tables.events import erased, events, history
from careengine.store.tables.identities import identities, merges
from careengine.store.tables.limits import notices, reservations, totals
from careengine.store.tables.metadata import METADATA
from careengine.store.tables.people import audit, keys, restrictions, tasks
from careengine.store.tables.queues import actions, cursors, inbox, reject_counts, rejects

__all__ = [
    "METADATA",
    "actions",
    "audit",
    "clocks",
    "cursors",
    "decisions",
    "erased",
    "events",
    "history",
    "identities",
    "inbox",
    "keys",
    "matches",
    "merges",
    "notices",
    "overrides",
    "reject_counts",
    "rejects",
    "reservations",
    "restrictions",
    "rulesets",
    "tasks",
    "timers",
    "totals",
]

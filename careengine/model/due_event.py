"""The event that a timer becomes when it is due: `clock.due`."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from careengine.model.value import say_instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

CLOCK_DUE = "clock.due"
OURS = "careengine:"  # how the ids of events begin that we make ourselves
# What stays what it is while time passes. How things stand, such as a case's status, is not carried on: by then it may
# be otherwise, and unknown is better than wrong.
_CARRIED = {
    "customer": ("id", "household", "tier", "segment", "region", "country", "tz", "locale"),
    "case": ("id", "category", "product"),
    "issue": ("id", "category"),
    "failure": ("id", "type", "severity", "fault"),
    "order": ("id",),
    "promise": ("id", "owner", "due_at"),
}
_SHORT = 24  # hex digits: 96 bits


def due_event(
    cause: Mapping[str, Any], timer_id: str, due_at: datetime, *, kind: str, policy: str, step: str, subject: str
) -> dict[str, Any]:
    """The event of a timer, as JSON: of the source of the event that caused it, about the same customer and case.

    The same timer at the same instant gives the same id, so that it is decided once.
    """
    name = f"{timer_id}\x1f{say_instant(due_at)}"
    return {
        "id": f"{OURS}clock:{sha256(name.encode('utf-8', 'replace')).hexdigest()[:_SHORT]}",
        "source": cause["source"],
        "type": CLOCK_DUE,
        "occurred_at": say_instant(due_at),
        **carried(cause),
        "clock": {"kind": kind, "policy": policy, "step": step, "subject": subject},
    }


def carried(cause: Mapping[str, Any]) -> dict[str, Any]:
    """What an event of ours takes over from the one that caused it: whom and what it is about, and where it comes from.

    `cause` says which event that was, and how many of ours lie between it and what came in from outside.
    """
    about: dict[str, Any] = {}
    for group, names in _CARRIED.items():
        found = {name: cause[group][name] for name in names if name in cause.get(group, {})}
        if found:
            about[group] = found
    if "id" in cause:
        about["cause"] = {"event": cause["id"], "depth": cause.get("cause", {}).get("depth", 0) + 1}
    return about

"""The event that a timer becomes when it is due: `clock.due`, or what happens by itself at that time."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from careengine.model.value import say_instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

CLOCK_DUE = "clock.due"
OURS = "careengine:"  # how the ids of events begin that we make ourselves
BY_CLOCK = f"{OURS}clock:"  # of those that no person had a part in
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
    """The event of a timer whose policy says what is due, as JSON (see `event_at`)."""
    about = {"kind": kind, "policy": policy, "step": step, "subject": subject}
    return {**event_at(cause, timer_id, due_at, CLOCK_DUE), "clock": about}


def event_at(cause: Mapping[str, Any], timer_id: str, due_at: datetime, event: str) -> dict[str, Any]:
    """The event of a timer, as JSON: of the source of the event that caused it, about the same customer and case.

    The same timer at the same instant gives the same id, so that it is decided once.
    """
    name = f"{timer_id}\x1f{say_instant(due_at)}"
    return {
        "id": f"{BY_CLOCK}{sha256(name.encode('utf-8', 'replace')).hexdigest()[:_SHORT]}",
        "source": cause["source"],
        "type": event,
        "occurred_at": say_instant(due_at),
        **carried(cause),
    }


def carried(cause: Mapping[str, Any], *, by_person: bool = False) -> dict[str, Any]:
    """What an event of ours takes over from the one that caused it: whom and what it is about, and where it comes from.

    `cause` says which event that was, and how many of ours lie between it and what came in from outside: none, where it
    tells what a person answered (`by_person`).
    """
    about: dict[str, Any] = {}
    for group, names in _CARRIED.items():
        found = {name: cause[group][name] for name in names if name in cause.get(group, {})}
        if found:
            about[group] = found
    if "id" in cause:
        depth = 0 if by_person else cause.get("cause", {}).get("depth", 0) + 1
        about["cause"] = {"event": cause["id"], "depth": depth}
    return about

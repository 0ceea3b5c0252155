"""Time zones by their IANA names, the same ones on every machine."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

_NOWHERE = "Factory"  # stands for a clock that nobody has set


def zone_named(name: str) -> ZoneInfo | None:
    """The zone of a name such as `Europe/London`; None when there is none of that name.

    A machine may have more names, such as `localtime` for wherever it stands itself: these are none.
    """
    return ZoneInfo(name) if name in zone_names() else None


@cache
def zone_names() -> frozenset[str]:
    """Every name of the time zone database."""
    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()) - {_NOWHERE}

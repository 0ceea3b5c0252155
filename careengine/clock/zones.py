"""In which time zones somebody may be, of whom a zone, a country, a region or a locale is known, or none of them."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from careengine.model.zone import zone_named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

_COUNTRY = re.compile(r"([A-Za-z]{2})(?:-[A-Za-z0-9]{1,3})?", re.ASCII)  # ISO 3166: `US`, or `US-CA`
_SUBDIVISION = re.compile(r"([A-Za-z]{2})-[A-Za-z0-9]{1,3}", re.ASCII)
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z]{4})?[-_]([A-Za-z]{2})(?:[-_.@].*)?", re.ASCII)  # `sr-Latn-RS`


def zones_of(tz: str | None, country: str | None, region: str | None, locale: str | None) -> Sequence[ZoneInfo]:
    """Every zone in which somebody may be: the one that is known, or those of their country; empty when nothing is.

    A region counts only with its country in it (`US-CA`), and a locale by its own (`en-GB`); where they name two
    countries, it may be either.
    """
    if tz and (known := zone_named(tz)):
        return (known,)
    by_country = _zones_by_country()
    if country and (found := by_country.get(_part(_COUNTRY, country))):
        return found
    hints = (_part(_SUBDIVISION, region or ""), _part(_LOCALE, locale or ""))
    return tuple(zone for hint in dict.fromkeys(hints) for zone in by_country.get(hint, ()))


def _part(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.fullmatch(text.strip())
    return found[1].upper() if found else ""


@cache
def _zones_by_country() -> Mapping[str, Sequence[ZoneInfo]]:
    """The zones of each country, from the table that comes with the time zone database."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    found: dict[str, list[ZoneInfo]] = {}
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _, name, *_ = line.split("\t")
            if zone := zone_named(name):
                found.setdefault(country, []).append(zone)
    return {country: tuple(zones) for country, zones in found.items()}

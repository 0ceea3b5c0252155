"""The people of the demo day: its customers, as the CRM knows them, and the teams that serve them. All made up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

Json = dict[str, Any]

_FIRST = ("Ada", "Bela", "Cleo", "Dara", "Edin", "Fern", "Gwen", "Hugo", "Iris", "Juno", "Kofi", "Lena")
_LAST = ("Abbot", "Birch", "Cole", "Dunn", "Ember", "Frost", "Grove", "Hale", "Ives", "Jarvis")
_TIERS = ("standard",) * 11 + ("silver",) * 4 + ("gold",) * 3 + ("platinum",) * 2
TEAMS = {
    "parcel-desk": ("agent-02", "agent-05", "agent-11"),
    "billing-desk": ("agent-03", "agent-08"),
    "field-desk": ("agent-04", "agent-09", "agent-12"),
    "network-desk": ("agent-06", "agent-10"),
    "front-desk": ("agent-01", "agent-07"),
}


def customers(rng: Random, count: int) -> list[Json]:
    """Customers as interactions carry them; one in twenty has gaps in the record, as real ones have."""
    return [_customer(rng, number) for number in range(count)]


def _customer(rng: Random, number: int) -> Json:
    first, last = _FIRST[number % len(_FIRST)], _LAST[number * 7 % len(_LAST)]
    person: Json = {
        "id": f"C-{101 + number}",
        "name": f"{first} {last}",
        "email": f"{first}.{last}.{101 + number}@example.com".lower(),
        "tier": rng.choice(_TIERS),
        "country": "IE" if rng.random() < 0.1 else "GB",  # noqa: PLR2004  one in ten
        "since": f"{rng.randint(2012, 2025)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}T09:00:00Z",
        "vulnerability": [],  # asked about, and nothing known to matter
        "lifetime_value": f"{rng.randint(40, 6000)}.{rng.randint(0, 99):02} GBP",
    }
    person["tz"] = "Europe/Dublin" if person["country"] == "IE" else "Europe/London"
    if number % 20 == 19:  # noqa: PLR2004  one in twenty
        del person["tier"], person["vulnerability"]
    return person

"""Public holidays by country and subdivision, from the `holidays` library."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date


@cache
def subdivisions() -> dict[str, Sequence[str]]:
    """The countries that are known, by their ISO 3166 code, each with its subdivisions."""
    import holidays  # noqa: PLC0415  it takes a tenth of a second, and most rule sets have no calendar

    return {country: tuple(parts) for country, parts in holidays.list_supported_countries().items()}


def public_holidays(country: str, subdivision: str | None = None) -> Callable[[int], frozenset[date]]:
    """The public holidays of a year, those that move to a working day on that day, too.

    Raises ValueError for a country or subdivision that is not known.
    """
    parts = subdivisions().get(country)
    if parts is None:
        raise ValueError(f"the public holidays of `{country}` are not known; give a country as `GB` or `DE`")
    if subdivision is not None and subdivision not in parts:
        known = f"it has {', '.join(f'`{part}`' for part in parts)}" if parts else "it has none"
        raise ValueError(f"`{country}` has no subdivision `{subdivision}`; {known}")
    return _years(country, subdivision)


@cache
def _years(country: str, subdivision: str | None) -> Callable[[int], frozenset[date]]:
    import holidays  # noqa: PLC0415  see above

    @cache
    def of(year: int) -> frozenset[date]:
        return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))

    return of

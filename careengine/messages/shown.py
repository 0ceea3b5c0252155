"""Values as a customer reads them: money, numbers and dates in the manner of their language, times in their zone.

In comparisons a value stands for what it is; only where it is put into the text it is said in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal
from babel.units import format_unit
from liquid.undefined import Undefined

from careengine.model.value import Money
from careengine.model.zone import zone_named

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

LENGTHS = ("short", "medium", "long", "full")
_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


@dataclass(frozen=True, slots=True)
class Manner:
    """How values are said: for a locale, and in a zone. `zoned`: the zone is the customer's own."""

    locale: Locale
    zone: tzinfo
    zoned: bool

    def say(self, value: Any) -> str:
        """A value in words: an instant as its day, a list with commas and an `and`."""
        if isinstance(value, Money):
            return str(format_currency(value.amount, value.currency, locale=self.locale))
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, (int, float)):
            return str(format_decimal(value, locale=self.locale))
        if isinstance(value, datetime):
            return self.date(value)
        if isinstance(value, timedelta):
            return self._length(value)
        return format_list([str(item) for item in value], locale=self.locale) if isinstance(value, tuple) else value

    def date(self, value: datetime, length: str = "long") -> str:
        """The day of an instant, where the customer is."""
        return format_date(value.astimezone(self.zone), length, locale=self.locale)

    def time(self, value: datetime, length: str = "short") -> str:
        """The time of day; where the customer's zone is not known, in UTC, and it says so."""
        return self._named(format_time(value, length, tzinfo=self.zone, locale=self.locale))

    def date_time(self, value: datetime, length: str = "long") -> str:
        """The day and the time of day."""
        if length in ("long", "full"):  # their times have seconds and zones, which no letter needs
            return f"{self.date(value, length)}, {self.time(value)}"
        return self._named(format_datetime(value, length, tzinfo=self.zone, locale=self.locale))

    def _named(self, said: str) -> str:
        return said if self.zoned else f"{said} UTC"

    def _length(self, value: timedelta) -> str:
        seconds = int(value.total_seconds())
        unit, size = next(one for one in _UNITS if seconds % one[1] == 0)
        return str(format_unit(seconds // size, f"duration-{unit}", locale=self.locale))


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A value in a template."""

    value: Any
    manner: Manner

    def __liquid__(self) -> Any:
        """What it is compared as."""
        return self.value.amount if isinstance(self.value, Money) else self.value

    def __str__(self) -> str:
        return self.manner.say(self.value)


class ShownList(tuple[str, ...]):  # noqa: SLOT001  a tuple with a manner has no room for it in slots
    """A list of texts in a template: `for` goes through it, and as text it is all of them."""

    manner: Manner

    @classmethod
    def of(cls, items: Sequence[str], manner: Manner) -> ShownList:
        """The list, said in a manner."""
        made = cls(items)
        made.manner = manner
        return made

    def __str__(self) -> str:
        return self.manner.say(tuple(self))


class Missing(Sequence[str]):
    """A fact that is not known, in a template. To ask whether it is there is no harm; to need it is told of."""

    def __init__(self, name: str, tell: Callable[[str], None]) -> None:
        self._name, self._tell = name, tell

    def __liquid__(self) -> Asked:
        """What is compared in its place: nothing, which tells of it."""
        return Asked(self._name, self._tell)

    def __str__(self) -> str:
        self._tell(self._name)
        return ""

    def __len__(self) -> int:
        self._tell(self._name)
        return 0

    def __getitem__(self, at: Any) -> Any:
        self._tell(self._name)
        raise IndexError(at)


class Asked(Undefined):
    """A missing fact that somebody compares: it is not true, equals nothing, and is told of when it is needed."""

    __slots__ = ("_tell",)

    def __init__(self, name: str, tell: Callable[[str], None]) -> None:
        super().__init__(name)
        self._tell = tell

    def __eq__(self, other: object) -> bool:
        if other is not None:
            self._tell(self.name)
        return other is None

    def __hash__(self) -> int:
        return hash(self.name)


@lru_cache(maxsize=1024)
def locale_of(name: str) -> Locale | None:
    """The locale of a name such as `de_AT`, `de-AT` or `de`; None where there is none of that name."""
    try:
        return Locale.parse(name.strip().replace("-", "_")) if name else None
    except (ValueError, UnknownLocaleError, TypeError):
        return None


def manner_of(locale: Locale, zone: str) -> Manner:
    """How values are said for a customer of that locale, in their zone if it is known."""
    found = zone_named(zone)
    return Manner(locale, found or UTC, found is not None)

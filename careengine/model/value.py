"""The values that facts and rules are made of: money, instants, durations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_UP, Decimal

from careengine.model.currency import DECIMALS, meant

_MONEY = re.compile(r"(-?[0-9]{1,12}(?:\.[0-9]{1,4})?) ([A-Z]{3})")
_SHORT = re.compile(r"([0-9]{1,7})([mhdw])")
_ISO = re.compile(
    r"P(?=.)(?:([0-9]{1,5})W|(?:([0-9]{1,5})D)?(?:T(?=.)(?:([0-9]{1,6})H)?(?:([0-9]{1,7})M)?(?:([0-9]{1,8})S)?)?)"
)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_RELATIVE = re.compile(r"now(?:([+-])(.+))?")


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """A decimal amount in one ISO 4217 currency. Amounts in different currencies do not compare."""

    amount: Decimal
    currency: str

    @classmethod
    def parse(cls, text: str) -> Money:
        """Read `25.00 GBP`. Raises ValueError with what was expected."""
        found = _MONEY.fullmatch(text)
        if not found:
            raise ValueError(f"`{text}` is not money; write it as `25.00 GBP`")
        return cls(Decimal(found[1]), found[2])

    def payable(self) -> Money:
        """The same amount, with no more decimals than are paid in its currency. Raises ValueError with what is wrong.

        Money that is only measured, such as what a customer spent on average, may be finer.
        """
        decimals = DECIMALS.get(self.currency)
        if decimals is None:
            hint = f"did you mean `{near}`?" if (near := meant(self.currency)) else "write one such as `GBP` or `EUR`"
            raise ValueError(f"`{self.currency}` is no currency that people are paid in by ISO 4217; {hint}")
        if -int(self.amount.as_tuple().exponent) <= decimals:
            return self
        paid = Money(self.amount.quantize(Decimal(1).scaleb(-decimals), ROUND_UP), self.currency)
        if paid.amount != self.amount:
            raise ValueError(f"`{self}` is finer than what is paid in {self.currency}; write it as `{paid}`")
        return paid

    def written_alike(self, amount: Decimal) -> Money:
        """Another amount of the same currency, with at least as many decimals as this one is written with."""
        plain = amount.normalize()
        finest = min(self.amount.as_tuple().exponent, plain.as_tuple().exponent, 0)
        return Money(plain.quantize(Decimal(1).scaleb(int(finest))), self.currency)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


def parse_duration(text: str) -> timedelta:
    """Read `30m`, `4h`, `7d`, `2w` or ISO 8601 such as `P7D` and `PT4H`. Raises ValueError."""
    if short := _SHORT.fullmatch(text):
        return int(short[1]) * _UNITS[short[2]]
    if iso := _ISO.fullmatch(text):
        weeks, days, hours, minutes, seconds = (int(part or 0) for part in iso.groups())
        return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    raise ValueError(f"`{text}` is not a duration; write `30m`, `4h`, `7d`, `2w` or ISO 8601 such as `PT4H`")


def say_duration(length: timedelta) -> str:
    """Say a duration in English: `7 days`, `90 minutes`."""
    seconds = int(length.total_seconds())
    for name, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return f"{count} {name}" if count == 1 else f"{count} {name}s"
    return f"{seconds} second{'' if seconds == 1 else 's'}"


def parse_said_duration(text: str) -> timedelta:
    """Read what `say_duration` says."""
    count, _, unit = text.partition(" ")
    return int(count) * timedelta(**{f"{unit.removesuffix('s')}s": 1})


def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 instant and give it in UTC. Raises ValueError for impossible dates and a missing offset."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"`{text}` is not an instant; write it as `2026-03-02T09:30:00Z`") from error
    if found.tzinfo is None:
        raise ValueError(f"`{text}` has no offset from UTC; write it as `{text}Z` or with one such as `+01:00`")
    try:
        return found.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"`{text}` is too far from today") from error


def parse_day_or_instant(text: str) -> datetime:
    """Read an instant, or a date as its midnight in UTC. Raises ValueError."""
    if len(text) == len("2026-01-01"):
        try:
            day = date.fromisoformat(text)
        except ValueError as error:
            raise ValueError(f"`{text}` is not a date; write it as `2026-01-31`") from error
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    return parse_instant(text)


def shifted(at: datetime, by: timedelta) -> datetime:
    """An instant so much later, or earlier; at the ends of all dates, the first or the last of them."""
    try:
        return at + by
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC) if by.days < 0 else datetime.max.replace(tzinfo=UTC)


def say_instant(moment: datetime) -> str:
    """Write an instant as RFC 3339 in UTC, with as much precision as it has."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant as a rule names it: fixed, or `now` shifted by some time."""

    fixed: datetime | None = None
    shift: timedelta = timedelta(0)

    @classmethod
    def parse(cls, text: str) -> Moment:
        """Read a date, an instant, `now`, `now-2d` or `now+4h`. Raises ValueError."""
        if not text.startswith("now"):
            return cls(fixed=parse_day_or_instant(text))
        found = _RELATIVE.fullmatch(text)
        if not found:
            raise ValueError(f"`{text}` is not a moment; write `now`, `now-2d` or `now+4h`")
        shift = parse_duration(found[2]) if found[2] else timedelta(0)
        return cls(shift=-shift if found[1] == "-" else shift)

    def at(self, as_of: datetime) -> datetime:
        """The instant that is meant, seen from `as_of`."""
        return self.fixed if self.fixed is not None else as_of + self.shift

    def __str__(self) -> str:
        if self.fixed is not None:
            return say_instant(self.fixed)
        if not self.shift:
            return "now"
        return f"{say_duration(abs(self.shift))} {'ago' if self.shift < timedelta(0) else 'from now'}"


Scalar = str | int | float | bool
Value = str | int | float | bool | Money | datetime | tuple[str, ...]

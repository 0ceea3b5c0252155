"""Durations, dates and money out of a rule file, with what a schema cannot refuse refused."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from careengine.model.value import Moment, Money, parse_day_or_instant, parse_duration
from careengine.model.zone import zone_named, zone_names
from careengine.policy.suggest import did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Any
    from zoneinfo import ZoneInfo

    from careengine.policy.findings import Findings

_T = TypeVar("_T")

# Further than this from today, instants cannot be counted with.
LONGEST = timedelta(days=36525)


def read_duration(findings: Findings, pointer: str, raw: Any) -> timedelta | None:
    """A duration of more than nothing and at most 100 years; None when it was refused, now or before."""
    length = _read(findings, pointer, raw, parse_duration, "CE309")
    if length is None:
        return None
    if not length:
        findings.add("CE309", pointer, f"`{raw}` is no time at all", "write a duration such as `7d`, or delete the key")
        return None
    if length > LONGEST:
        findings.add("CE309", pointer, f"`{raw}` is longer than 100 years")
        return None
    return length


def read_instant(findings: Findings, pointer: str, raw: Any) -> datetime | None:
    """A date (its midnight in UTC) or an instant; None when it was refused, now or before."""
    return _read(findings, pointer, raw, parse_day_or_instant, "CE310")


def read_moment(findings: Findings, pointer: str, raw: Any) -> Moment | None:
    """A date, an instant, or `now` shifted by up to 100 years; None when it was refused, now or before."""
    moment = _read(findings, pointer, raw, Moment.parse, "CE310")
    if moment is not None and abs(moment.shift) > LONGEST:
        findings.add("CE309", pointer, f"`{raw}` is more than 100 years away")
        return None
    return moment


def read_money(findings: Findings, pointer: str, raw: Any) -> Money | None:
    """Money that can be paid; None when it was refused, now or before."""
    if isinstance(raw, (int, float)) and not isinstance(raw, bool) and findings.clean(pointer):
        findings.add("CE308", pointer, f"`{raw}` has no currency", f"write it as `{raw:.2f} GBP`")
        return None
    return _read(findings, pointer, raw, Money.parse if findings.kept else _payable, "CE308")


def _payable(text: str) -> Money:
    """As it is written: `payable` may drop decimals, and rules that decided before gave them."""
    money = Money.parse(text)
    money.payable()
    return money


def read_zone(findings: Findings, pointer: str, raw: Any) -> ZoneInfo | None:
    """A time zone of the IANA database; None when it was refused, now or before."""
    if not isinstance(raw, str) or not findings.clean(pointer):
        return None
    zone = zone_named(raw)
    if zone is None:
        hint = did_you_mean(raw, zone_names()) or "write it as `Europe/London`"
        findings.add("CE330", pointer, f"there is no time zone {shown(raw)}", hint)
        return None
    return zone


def _read(findings: Findings, pointer: str, raw: Any, parse: Callable[[str], _T], code: str) -> _T | None:
    if not isinstance(raw, str) or not findings.clean(pointer):
        return None
    try:
        return parse(raw)
    except (ValueError, OverflowError) as error:
        message, _, hint = str(error).replace(f"`{raw}`", shown(raw)).partition("; ")
        findings.add(code, pointer, message, hint)
        return None

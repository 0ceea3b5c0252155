"""The filters of templates: `{{ value | filter }}`. Each changes how one value is said; none reads a clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from liquid.exceptions import FilterArgumentError

from careengine.messages.shown import LENGTHS, Missing, Shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One filter. `fits` are the types of fields that it takes (none: every type), `choices` what it may be given."""

    does: Callable[..., Any]
    says: str
    fits: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    needs_argument: bool = False


def _default(value: Any, instead: Any) -> Any:
    return instead if isinstance(value, Missing) or value == "" else value


def _date(value: Any, length: str = "long") -> Any:
    return _of_instant(value, length, "date")


def _time(value: Any) -> Any:
    return _of_instant(value, "short", "time")


def _date_time(value: Any, length: str = "long") -> Any:
    return _of_instant(value, length, "date_time")


def _of_instant(value: Any, length: str, how: str) -> Any:
    if isinstance(value, Missing):
        return value
    if not isinstance(value, Shown) or not isinstance(value.value, datetime):
        raise FilterArgumentError(f"`{how}` needs an instant", token=None)
    if length not in LENGTHS:
        raise FilterArgumentError(f"`{how}` has no form `{length}`", token=None)
    return getattr(value.manner, how)(value.value, length)


def _text(change: Callable[[str], str]) -> Callable[[Any], Any]:
    return lambda value: value if isinstance(value, Missing) else change(str(value))


def _capitalize(text: str) -> str:
    return text[:1].upper() + text[1:]


_INSTANT = ("instant",)
FILTERS: Mapping[str, Filter] = {
    "default": Filter(does=_default, says="what to write when the fact is not known", needs_argument=True),
    "date": Filter(does=_date, says="the day: `short`, `medium`, `long` or `full`", fits=_INSTANT, choices=LENGTHS),
    "time": Filter(does=_time, says="the time of day", fits=_INSTANT),
    "date_time": Filter(does=_date_time, says="day and time of day", fits=_INSTANT, choices=LENGTHS),
    "capitalize": Filter(does=_text(_capitalize), says="with a capital at the beginning"),
    "downcase": Filter(does=_text(str.lower), says="in small letters"),
    "upcase": Filter(does=_text(str.upper), says="in capitals"),
    "strip": Filter(does=_text(str.strip), says="without blanks around it"),
}

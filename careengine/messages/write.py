"""A message filled with the facts of one event, for one customer. Pure: the same facts, the same text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from liquid.exceptions import LiquidError, ResourceLimitError

from careengine.messages.phrases import Phrase
from careengine.messages.shown import Manner, Missing, Shown, ShownList, locale_of, manner_of
from careengine.messages.template import MOST_BYTES, compiled
from careengine.model.message import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from babel import Locale
    from liquid import BoundTemplate

    from careengine.model.message import Message

_OF_LISTS = ("size", "first", "last")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A message as the customer reads it. `text` is None where it cannot be written, and `why` then says why.

    `missing` are the facts that it needs and nobody knows; `language` is that of the chosen text (empty: the only
    one), `locale` the one by which amounts and dates are said.
    """

    text: str | None
    language: str
    locale: str
    missing: tuple[str, ...] = ()
    why: str = ""


def write(message: Message, fields: Mapping[str, Any], params: Mapping[str, Any]) -> Written:
    """Write a message of an event's flat fields and the action's own parameters, which go before fields."""
    wanted = [said for path in ("customer.locale", "language") if isinstance(said := fields.get(path), str)]
    language = message.language_for(*wanted)
    locale = _locale(language, wanted)
    zone = fields.get("customer.tz")
    manner = manner_of(locale, zone if isinstance(zone, str) else "")
    text, needed, why = _render(compiled(message.texts[language]), {**fields, **params}, manner)
    missing = tuple(sorted(set(needed)))
    if missing:
        why = f"{' and '.join(f'`{name}`' for name in missing)} {'is' if len(missing) == 1 else 'are'} not known"
    why = why or ("" if text else "nothing is left of it to say")
    return Written(text=None if why else text, language=language, locale=str(locale), missing=missing, why=why)


def _locale(language: str, wanted: Iterable[str]) -> Locale:
    """The customer's own, where the text is in their language; else that of the text."""
    named = [found for name in wanted if (found := locale_of(name))]
    spoken = locale_of(language)
    own = next((one for one in named if spoken is None or one.language == spoken.language), None)
    return own or spoken or locale_of(ENGLISH)  # type: ignore[return-value]  # English there always is


def _render(template: BoundTemplate, facts: Mapping[str, Any], manner: Manner) -> tuple[str, list[str], str]:
    missing: list[str] = []
    looked_for: list[str] = []
    data: dict[str, Any] = {}
    for path in _paths(template):
        name = _fact(path, facts)
        value = facts.get(name)
        looked_for += [name] if value is None else []
        _put(data, name.split("."), Missing(name, missing.append) if value is None else _shown(value, manner))
    try:
        return template.render(**data).strip(), missing, ""
    except ResourceLimitError:
        return "", [], f"it gets too long: at most {MOST_BYTES:,} bytes, and loops that end, are written"
    except LiquidError as error:  # what cannot be compared, above all with a fact that is not known
        return "", missing or looked_for, f"{error.message}"
    except Exception as error:  # noqa: BLE001  a value that no locale can say must not stop the decision
        return "", missing, f"a value in it cannot be said: {error}"


@lru_cache(maxsize=4096)
def _paths(template: BoundTemplate) -> tuple[tuple[str, ...], ...]:
    """The facts that a template names, part by part."""
    found = template.analyze().globals
    return tuple(dict.fromkeys(tuple(map(str, one.segments)) for variables in found.values() for one in variables))


def _fact(path: tuple[str, ...], facts: Mapping[str, Any]) -> str:
    """The name of the fact: without the question for a list's size, first or last item."""
    name = ".".join(path)
    asked = path[-1] in _OF_LISTS or path[-1].lstrip("-").isdigit()
    return ".".join(path[:-1]) if asked and name not in facts and len(path) > 2 else name  # noqa: PLR2004


def _put(data: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        data = data.setdefault(part, {})
    data[path[-1]] = value


def _shown(value: Any, manner: Manner) -> Any:
    if isinstance(value, (str, bool)):
        return value
    if isinstance(value, Phrase):
        return value.said(manner)
    return ShownList.of(value, manner) if isinstance(value, tuple) else Shown(value, manner)

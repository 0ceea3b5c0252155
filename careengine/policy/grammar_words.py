"""What the schema's objections mean, in the words of the people who write rules."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from careengine.model.pointer import join
from careengine.policy.rewrite import rewritten
from careengine.policy.suggest import did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from careengine.policy.document import Document

Said = tuple[str, str, str]  # code, message, suggestion

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "`true` or `false`",
    "array": "a list",
    "object": "a group of `key: value`",
    "null": "nothing",
}
_PLAIN_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_. -]{0,60}")  # what needs no quotes in a list
_WRITTEN = re.compile(r"[^\s,\]}#]{1,60}")
_PAIR = 2  # `between` has two ends, and no more make sense
YES_OR_NO = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """What a schema has against one value: the keyword that it breaks and the keyword's limit."""

    path: tuple[Any, ...]
    keyword: str
    limit: Any
    value: Any
    schema: Mapping[str, Any]
    message: str

    @property
    def pointer(self) -> str:
        """The JSON pointer of the value."""
        return pointer_of(self.path)


def say(error: Objection, document: Document) -> Said:
    """The code, message and suggestion for an objection to one value."""
    name = _name(error.path)
    return _SAY.get(error.keyword, _other)(error, name, document)


def kind_of(value: Any) -> str:
    """What a JSON value is, in plain words."""
    if isinstance(value, str):
        return f"the text {shown(value)}"
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return shown(value)
    if isinstance(value, (int, float)):
        return f"the number {shown(value)}"
    return "a list" if isinstance(value, list) else "a group of `key: value`"


def _name(path: Sequence[Any]) -> str:
    if not path:
        return "the file"
    if isinstance(path[-1], int):
        above = next((part for part in reversed(path) if isinstance(part, str)), "")
        return f"item {path[-1] + 1} of {shown(above)}" if above else f"item {path[-1] + 1}"
    return shown(path[-1])


def _type(error: Objection, name: str, document: Document) -> Said:
    wanted = error.limit if isinstance(error.limit, list) else [error.limit]
    words = [_TYPES[kind] for kind in wanted]
    if {"string", "number", "boolean"} <= set(wanted):
        words = ["a single value"]
    elif expected := error.schema.get("x-expected"):
        words = [expected, *words[1:]]
    message = f"{name} must be {' or '.join(words)}, but is {kind_of(error.value)}"
    return "CE203", message, _type_hint(error, wanted, document)


def _type_hint(error: Objection, wanted: Sequence[str], document: Document) -> str:
    value = error.value
    if value is None:
        asks_for_nothing = error.path[-1:] in (("is",), ("is_not",))
        usual = "write a value, or `present: false`" if asks_for_nothing else "write a value, or delete the key"
        return str(error.schema.get("x-empty", usual))
    if "string" in wanted and isinstance(value, (bool, int, float)) and "x-expected" not in error.schema:
        return f"put quotes around it: `{quoted(error.pointer, value, document)}`"
    if "boolean" in wanted and str(value).lower() in YES_OR_NO:
        return f"write `{YES_OR_NO[str(value).lower()]}`"
    if "array" in wanted:
        return _list_hint(value)
    if "object" in wanted and isinstance(value, list):
        return "put the list under `all:` or `any:`" if "all" in error.schema.get("properties", ()) else ""
    return ""


def _list_hint(value: Any) -> str:
    if isinstance(value, str) and _PLAIN_WORD.fullmatch(value):
        return f"write `[{value}]`"
    return "start each item with `- `, or write `[…]`"


def pointer_of(path: Iterable[object]) -> str:
    """The JSON pointer of a path."""
    pointer = ""
    for part in path:
        pointer = join(pointer, part)
    return pointer


def quoted(pointer: str, value: Any, document: Document) -> str:
    """A value in quotes, as it was written in the file rather than as it was read."""
    line, column = document.place(pointer)
    written = _WRITTEN.match(document.excerpt(line), column - 1) if line else None
    return json.dumps(written[0] if written else _plain(value), ensure_ascii=False)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _enum(error: Objection, name: str, _: Document) -> Said:
    choices = error.limit
    message = f"{name} cannot be {shown(error.value)}"
    return "CE204", message, did_you_mean(str(error.value), [str(choice) for choice in choices])


def _pattern(error: Objection, name: str, _: Document) -> Said:
    expected = error.schema.get("x-expected") or error.schema.get("description", "").rstrip(".")
    if not expected:
        expected = f"text of the form {shown(error.limit)}"
    better = rewritten(error.value, error.limit)
    return "CE205", f"{name} is {shown(error.value)}, which is not {expected}", f"write `{better}`" if better else ""


def _too_short(error: Objection, name: str, _: Document) -> Said:
    if not error.value:
        return "CE206", f"{name} is empty", "write something"
    return "CE206", f"{name} needs at least {_many(error.limit, 'character')}", ""


def _too_long(error: Objection, name: str, _: Document) -> Said:
    length = len(error.value)
    return "CE206", f"{name} has {length:,} characters; at most {error.limit:,} are read", "write less"


def _count(error: Objection, name: str, _: Document) -> Said:
    least = error.keyword.startswith("min")
    what = "key" if error.keyword.endswith("Properties") else "item"
    limit = _many(error.limit, what)
    found = len(error.value)
    if not found:
        return "CE207", f"{name} has nothing in it", f"write at least {limit}"
    hint = "make two of it" if not least and error.limit > _PAIR else ""
    return "CE207", f"{name} must have {'at least' if least else 'at most'} {limit}, but has {found:,}", hint


def _again(error: Objection, name: str, _: Document) -> Said:
    return "CE208", f"{name}, {shown(error.value)}, stands there twice", "keep one of them"


def _range(error: Objection, name: str, _: Document) -> Said:
    least, most = error.schema.get("minimum"), error.schema.get("maximum")
    if least is not None and most is not None:
        wanted = f"from {least} to {most}"
    else:
        wanted = f"at least {least}" if least is not None else f"at most {most}"
    return "CE209", f"{name} must be {wanted}, but is {shown(error.value)}", ""


def _other(error: Objection, name: str, _: Document) -> Said:
    return "CE203", f"{name} does not fit: {error.message[:120]}", ""


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"


_SAY: dict[str, Callable[[Objection, str, Document], Said]] = {
    "type": _type,
    "enum": _enum,
    "pattern": _pattern,
    "minLength": _too_short,
    "maxLength": _too_long,
    "minItems": _count,
    "maxItems": _count,
    "minProperties": _count,
    "maxProperties": _count,
    "uniqueItems": _again,
    "minimum": _range,
    "maximum": _range,
}

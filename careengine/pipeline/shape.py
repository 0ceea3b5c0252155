"""What no schema can say of JSON: that it ends, that its text can be stored, that its numbers are numbers."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from careengine.errors import PayloadProblem
from careengine.model.pointer import join

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 100  # problems told of one document
_INT64 = range(-(2**63), 2**63)


def shape_problems(document: Any, max_depth: int) -> list[PayloadProblem]:
    """Everything in a document that must not go further, at most a hundred problems."""
    if _is_sound(document, max_depth):
        return []
    problems: list[PayloadProblem] = []
    open_values: list[tuple[str, Any, int]] = [("", document, 1)]
    while open_values and len(problems) < MOST:
        pointer, value, depth = open_values.pop()
        if isinstance(value, (dict, list)):
            if depth > max_depth:
                problems.append(_problem(pointer, f"expected at most {max_depth} levels of nesting"))
                continue
            problems += _odd_keys(pointer, value)
            open_values += reversed([(place, item, depth + 1) for place, item in _members(pointer, value)])
        elif message := _scalar_fault(value):
            problems.append(_problem(pointer, message))
    return problems


def _is_sound(value: Any, levels: int) -> bool:
    """Whether there is no problem at all, which takes a fraction of the work of finding where they are."""
    kind = type(value)
    if kind is str:
        return (value.isascii() and "\0" not in value) or not _text_fault(value)
    if kind is dict:
        if levels <= 0:
            return False
        for key, item in value.items():
            if type(key) is not str or not (_is_sound(key, 0) and _is_sound(item, levels - 1)):
                return False
        return True
    if kind is list:
        return levels > 0 and all(_is_sound(item, levels - 1) for item in value)
    return not _scalar_fault(value)


def _members(pointer: str, value: dict[Any, Any] | list[Any]) -> Iterator[tuple[str, Any]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in pairs:
        yield join(pointer, key), item


def _odd_keys(pointer: str, value: dict[Any, Any] | list[Any]) -> list[PayloadProblem]:
    if isinstance(value, list) or all(isinstance(key, str) and key.isascii() and "\0" not in key for key in value):
        return []
    odd = [key for key in value if not isinstance(key, str) or _text_fault(key)]
    return [_problem(pointer, "expected member names of plain text")] if odd else []


def _scalar_fault(value: Any) -> str:
    if isinstance(value, str):
        return _text_fault(value)
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return "" if value in _INT64 else "expected a whole number of at most 64 bits"
    if isinstance(value, float):
        return "" if isfinite(value) else "expected a number, not infinity or nothing"
    return "expected JSON: text, a number, true, false, null, a list or an object"


def _text_fault(text: str) -> str:
    if "\0" in text:
        return "expected text without the character U+0000"
    if text.isascii():
        return ""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "expected text in Unicode, without half of a surrogate pair"
    return ""


def _problem(pointer: str, message: str) -> PayloadProblem:
    return PayloadProblem(pointer=pointer, message=message)

"""What a plain YAML scalar means: the core schema of YAML 1.2, with the ambiguous forms refused.

`NO`, `on`, `yes`, `22:30:00`, `1_000` and `2026-01-01` are text; `20.00` is the number 20.0. A number with leading
zeros is refused, because it is usually an id whose zeros matter.
"""

from __future__ import annotations

import re
from math import isfinite

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LEADING_ZEROS = re.compile(r"[-+]?0[0-9]")
_LONGEST_NUMBER = 400  # digits; no 64-bit number needs more
_INT64 = 1 << 63

Scalar = str | int | float | bool | None


class ScalarProblem(ValueError):  # noqa: N818  named for what it carries
    """A scalar that is refused: its code, why, and what to write instead."""

    def __init__(self, code: str, message: str, suggestion: str) -> None:
        self.code, self.suggestion = code, suggestion
        super().__init__(message)


def resolve(text: str) -> Scalar:
    """The value of a plain scalar. Raises ScalarProblem."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if text[0] not in "-+.0123456789":  # most scalars are words
        return text
    return _resolve_number(text)


def _resolve_number(text: str) -> Scalar:
    if _SPECIAL.fullmatch(text):
        raise _unusable(text, "it is not finite")
    if _BASED.fullmatch(text):
        return whole(text, base=0)
    if not _FLOAT.fullmatch(text):
        return text
    if _LEADING_ZEROS.match(text):
        number = re.sub(r"^([-+]?)0+(?=[0-9])", r"\1", text)
        hint = f'write `"{text}"` for text or `{number}` for the number' if len(text) <= _LONGEST_NUMBER else ""
        raise ScalarProblem("CE120", f"`{text[:40]}` is a number with leading zeros", hint)
    return whole(text) if _INT.fullmatch(text) else real(text)


def whole(text: str, base: int = 10) -> int:
    """A whole number of 64 bits. Raises ScalarProblem."""
    if len(text) > _LONGEST_NUMBER or not -_INT64 <= (number := int(text, base)) < _INT64:
        raise _unusable(text, "it does not fit 64 bits")
    return number


def real(text: str) -> float:
    """A finite number. Raises ScalarProblem."""
    if len(text) > _LONGEST_NUMBER or not isfinite(number := float(text)):
        raise _unusable(text, "it is too large")
    return number


def _unusable(text: str, why: str) -> ScalarProblem:
    short = text if len(text) <= 40 else f"{text[:40]}…"  # noqa: PLR2004  as much as fits a message
    return ScalarProblem("CE121", f"the number `{short}` cannot be used: {why}", "put quotes around it if it is an id")

"""Patterns that take other engines minutes on a text of 10 KB, and what each takes here."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from careengine.model.operators import check
from tests.decide.worlds import field_test

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SIZE = 10_000
PATTERNS = {
    "nested repeats": r"(a+)+$",
    "nested stars": r"(a*)*b",
    "overlapping choices": r"(a|aa)+$",
    "equal choices": r"(a|a)*b",
    "greedy thrice": r"a*a*a*a*a*a*b",
    "anything twice": r".*.*=.*x",
    "e-mail": r"([a-zA-Z0-9])(([\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}",
    "optional then same": "a?" * 25 + "a" * 25 + "b",
    "counted": r"(a{1,30}){1,30}b",
    "words": r"(\w+\s?)+$",
    "blank lines": r"(\s*\n)*x",
    "many alternatives": "|".join(f"a{{{number}}}b" for number in range(1, 60)),
    "any case": r"(?i)(x+x+)+y",
    "far apart": r"a.{300}b.{300}c",
    "letters of all languages": r"(\p{L}+\P{L}?)+!",
}
TEXTS = {
    "one letter": "a" * SIZE,
    "and another at the end": "a" * (SIZE - 1) + "!",
    "words": ("word " * SIZE)[:SIZE],
    "blanks": " \n" * (SIZE // 2),
    "other alphabets": "\u0436\u4e16" * (SIZE // 2),
    "x": "x" * SIZE,
}


def times() -> Iterator[tuple[str, str, float]]:
    """Each pattern on each text, as a rule asks it: the best of three, in seconds, after the first."""
    for name, pattern in PATTERNS.items():
        asked = check(field_test("text", "matches", pattern))
        for kind, text in TEXTS.items():
            asked(text, NOW)
            yield name, kind, min(_time(asked, text) for _ in range(3))


def _time(asked: object, text: str) -> float:
    started = time.perf_counter()
    asked(text, NOW)  # type: ignore[operator]
    return time.perf_counter() - started

"""Patterns that take other engines minutes on a text of 10 KB, and what each takes here.

Beside them stand patterns as large as a rule may have, each kept busy in another way: many places at once, places that
never come back in the same company, letters of several bytes, choices, edges of words. What is refused is not searched.
"""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import re2

from careengine.model import operators
from careengine.policy.limits import STEPS
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
# Each with `*` for the number that makes it as large as may be.
LARGE = {
    "many letters": "a{*}b",
    "never the same": "[ab]*a[ab]{*}c",
    "any of two": "a[ab]{*}c",
    "up to so many": "a[ab]{0,*}c",
    "anything": "a.{*}!!",
    "anything, up to so many": "a.{0,*}!!",
    "anything from the start": ".{*}!!",
    "all but one": "a[^!]{*}x!",
    "twice counted": "(a{1,9}){1,*}b",
    "empty choices": "a((a|)(b|)){*}!!",
    "choices": "a(a|b|ab|ba){*}!!",
    "groups": "a(((((a|b))))){*}!!",
    "groups with names": "".join(f"(?P<n{number}>)" for number in range(35)) + "a[ab]{*}c",
    "edges of words": r"a(\b|[ab ]){*}!!",
    "letters of two bytes": "\u0436{*}!!",
    "two letters of several bytes": "\u0436[\u0436\u4e16]{*}!!",
    "one alphabet": "[\u0430-\u044f]\\p{Cyrillic}{*}!!",
    "all alphabets": r"a[\pL ]{*}!!",
}
_ANY = random.Random(4)
TEXTS = {
    "one letter": "a" * SIZE,
    "and another at the end": "a" * (SIZE - 1) + "!",
    "words": ("word " * SIZE)[:SIZE],
    "blanks": " \n" * (SIZE // 2),
    "other alphabets": "\u0436\u4e16" * (SIZE // 5),
    "x": "x" * SIZE,
    "two letters": "".join(_ANY.choices("ab", k=SIZE)),
    "letters and blanks": "".join(_ANY.choices("ab ", k=SIZE)),
    "letters of two bytes": "\u0436" * (SIZE // 2),
    "letters of one to four bytes": "".join(_ANY.choices("a\u0436\u4e16\U0001f600", k=SIZE * 2 // 5)),
}


def refused() -> list[str]:
    """The patterns that no rule may have."""
    return [name for name, pattern in PATTERNS.items() if not _fits(pattern)]


def accepted() -> dict[str, str]:
    """The others, and the largest of each kind."""
    small = {name: pattern for name, pattern in PATTERNS.items() if _fits(pattern)}
    return small | {name: _largest(pattern) for name, pattern in LARGE.items()}


def _fits(pattern: str) -> bool:
    try:
        operators.pattern(pattern)
    except re2.error:
        return False
    return operators.steps(pattern) <= STEPS.most


def _largest(pattern: str) -> str:
    low, high = 1, STEPS.most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _fits(_of(pattern, middle)) else (low, middle - 1)
    return _of(pattern, low)


def _of(pattern: str, number: int) -> str:
    head, _, tail = pattern.rpartition("*")
    return f"{head}{number}{tail}"


def times() -> Iterator[tuple[str, str, float]]:
    """Each pattern that is accepted on each text, as a rule asks it: the best of three, in seconds of the processor."""
    for name, pattern in accepted().items():
        asked = operators.check(field_test("text", "matches", pattern))
        for kind, text in TEXTS.items():
            yield name, kind, min(_time(asked, text) for _ in range(3))


def _time(asked: object, text: str) -> float:
    started = time.thread_time()
    asked(text, NOW)  # type: ignore[operator]
    return time.thread_time() - started

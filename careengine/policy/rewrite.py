"""Writes durations, money and names the way rules have them, for suggestions: `7 days` becomes `7d`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 60  # longer text was not meant as one of these
_LENGTH = re.compile(r"([0-9]+) ?(m|h|d|w|mins?|minutes?|hrs?|hours?|days?|weeks?)", re.IGNORECASE)
_AMOUNT = re.compile(r"([^0-9.,]*)([0-9]+(?:[.,][0-9]{1,2})?)([^0-9.,]*)")
_CURRENCIES = {"£": "GBP", "pound": "GBP", "pounds": "GBP", "€": "EUR", "euro": "EUR", "euros": "EUR"}
_NOT_OF_A_NAME = re.compile(r"[^a-z0-9]+")


def rewritten(text: str, pattern: str) -> str:
    """The text in the form that a pattern asks for; empty when it is not plain how to write it."""
    if len(text) > _LONGEST:
        return ""
    return next((form for form in _forms(text.strip()) if form != text and re.fullmatch(pattern, form)), "")


def _forms(text: str) -> Iterator[str]:
    if length := _LENGTH.fullmatch(text):
        yield f"{length[1]}{length[2][0].lower()}"
    if amount := _AMOUNT.fullmatch(text):
        word = (amount[1] + amount[3]).strip()
        yield f"{amount[2].replace(',', '.')} {_CURRENCIES.get(word.lower(), word.upper())}"
    yield _NOT_OF_A_NAME.sub("-", text.lower()).strip("-")

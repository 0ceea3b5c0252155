"""Every code of a mistake in a rule file: what it means and how to mend it.

CE1xx the file cannot be read, CE2xx it does not have the form of a rule, CE3xx what it says makes no sense,
CE4xx rules that do not go together, CE5xx warnings, CE6xx test files, CE7xx what a whole set shows.
Each module holds an area: rows of a code, a title, what it means, and how to mend it.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from careengine.policy.codes import (
    authority,
    contacts,
    form,
    hours,
    messages,
    offers,
    protection,
    reading,
    reviews,
    sense,
    test_files,
    together,
    whole_set,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One code: a few words, what it means, and an example of how to mend it."""

    code: str
    title: str
    meaning: str
    example_fix: str


_AREAS = (
    reading,
    form,
    sense,
    hours,
    offers,
    authority,
    protection,
    contacts,
    messages,
    reviews,
    together,
    test_files,
    whole_set,
)

CODES: Mapping[str, Code] = MappingProxyType(
    {
        code: Code(code=code, title=title, meaning=meaning, example_fix=example_fix)
        for area in _AREAS
        for code, title, meaning, example_fix in area.ROWS
    }
)

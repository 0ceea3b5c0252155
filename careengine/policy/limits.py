"""How large rules may be: every limit in one place, with the code under which going beyond it is told.

They lie far beyond what people write, and keep a slip, or a folder of something else, from using up time and memory.
What the grammar can say by itself (`maxLength`, `maxItems`) stands in the schema as well, for editors.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most so many of something; `what` names it in the words of the guide. `octets`: it is a number of bytes."""

    code: str
    most: int
    what: str
    octets: bool = False

    def __str__(self) -> str:
        return say_size(self.most) if self.octets else f"{self.most:,}"


def say_size(octets: int) -> str:
    """A number of bytes as people read it, rounded up: `256 KB`, `1.2 MB`."""
    for unit, size in (("MB", 1 << 20), ("KB", 1 << 10)):
        if octets >= size:
            return f"{ceil(octets * 10 / size) / 10:.1f}".removesuffix(".0") + f" {unit}"
    return f"{octets} bytes"


FILE_BYTES = Limit(code="CE106", most=256 << 10, what="size of one file", octets=True)
DEPTH = Limit(code="CE118", most=40, what="levels of lists and keys in one file")
LOOKED_AT = Limit(code="CE124", most=1_000_000, what="files and folders looked through for rules")
POLICIES = Limit(code="CE402", most=200_000, what="policies of one set")
SET_BYTES = Limit(code="CE403", most=512 << 20, what="size of all policies of one set together", octets=True)
CONDITIONS = Limit(code="CE219", most=1_000, what="conditions of one policy, its exception included")
NESTING = Limit(code="CE216", most=12, what="levels of conditions")
VALUES = Limit(code="CE207", most=10_000, what="values of `in` and `not_in`")
WORDS = Limit(code="CE207", most=1_000, what="values of `contains_any` and `contains_all`")
AMOUNTS = Limit(code="CE207", most=1_000, what="keys of `amount`")
ROWS = Limit(code="CE207", most=500, what="rows of a table")
COLUMNS = Limit(code="CE207", most=16, what="inputs of a table, and outputs as many")
LETTERS = Limit(code="CE206", most=1_000, what="characters of a text or pattern in a condition")
# Searching takes RE2 next to nothing a step for ordinary patterns, and about 5 ns a step and character for those made
# to be slow: at most 20 ms on a letter of 10 KB for one pattern, half a second for all that one event can ask.
STEPS = Limit(code="CE319", most=300, what="steps of a pattern, as RE2 takes them")
PATTERNS = Limit(code="CE404", most=10_000, what="steps of all patterns that events of one type are searched for")

LIMITS = (
    FILE_BYTES,
    DEPTH,
    LOOKED_AT,
    POLICIES,
    SET_BYTES,
    CONDITIONS,
    NESTING,
    VALUES,
    WORDS,
    AMOUNTS,
    ROWS,
    COLUMNS,
    LETTERS,
    STEPS,
    PATTERNS,
)

"""One thing that `careengine doctor` or `careengine db check` looked at."""

from __future__ import annotations

from dataclasses import dataclass

NOTHING = "nothing to do"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was looked at, whether it is well, what was found, and what to do about it."""

    check: str
    ok: bool
    found: str
    do: str = NOTHING

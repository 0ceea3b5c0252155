"""What the analysis has to say of one policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from careengine.model.policy import Policy
    from careengine.policy.analysis.example import Example


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding at the value of `pointer` in a policy's file, with an event that shows it where there is one."""

    code: str
    policy: Policy
    pointer: str
    message: str
    suggestion: str = ""
    example: Example | None = None
    severity: str = "warning"

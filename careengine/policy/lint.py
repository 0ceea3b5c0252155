"""Warns of policies that are in order, but hardly as somebody wanted them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.model.policy import LIVE, SHADOW
from careengine.policy.find import beside

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from careengine.model.policy import Policy
    from careengine.policy.findings import Findings


def warn_of(findings: Findings, policy: Policy, path: Path, as_of: datetime) -> None:
    """Expired policies, and live ones without tests beside them."""
    until = policy.effective_until
    if until and until <= as_of and policy.status in (LIVE, SHADOW):
        message = f"the policy is {policy.status}, but its time is over"
        findings.warn("CE501", "/effective/until", message, "set `status: retired`, or a later end")
    if policy.status == LIVE and not beside(path, f"{path.stem}.test"):
        hint = f"write `{path.stem}.test.yaml` beside it"
        findings.warn("CE502", "/status", "the policy is live and has no tests", hint)

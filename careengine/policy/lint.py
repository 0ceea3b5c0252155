"""Warns of policies that are in order, but hardly as somebody wanted them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.model.policy import LIVE, SHADOW
from careengine.model.value import parse_day_or_instant
from careengine.policy.find import beside

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from careengine.model.policy import Policy
    from careengine.policy.findings import Findings


def warn_of(findings: Findings, policy: Policy, path: Path, as_of: datetime) -> None:
    """Expired policies, those that were to be looked at again by now, and live ones without tests beside them."""
    until = policy.effective_until
    if until and until <= as_of and policy.status in (LIVE, SHADOW):
        message = f"the policy is {policy.status}, but its time is over"
        findings.warn("CE501", "/effective/until", message, "set `status: retired`, or a later end")
    review_by = policy.document.get("review_by")
    if review_by and parse_day_or_instant(review_by) <= as_of and policy.status in (LIVE, SHADOW):
        message = f"the policy was to be looked at again by {review_by}"
        findings.warn(
            "CE390", "/review_by", message, f"read it with its playbook, then set a later day, {policy.owner}"
        )
    if policy.status == LIVE and not beside(path, f"{path.stem}.test"):
        hint = f"write `{path.stem}.test.yaml` beside it"
        findings.warn("CE502", "/status", "the policy is live and has no tests", hint)

"""Reads what is proposed to a person: the step, who decides, and times that follow each other."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from careengine.model.protection import Restriction
from careengine.policy.values import read_duration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from careengine.policy.findings import Findings


def read_restriction(findings: Findings, block: Mapping[str, Any], pointer: str) -> Restriction | None:
    """The step that a block describes; its times must follow each other."""
    names = ("expires", "review_every", "starts_after")
    expires, review, starts = (read_duration(findings, f"{pointer}/{name}", block.get(name)) for name in names)
    if not expires or not findings.clean(pointer):
        return None
    if review and review + (starts or timedelta()) >= expires and not (starts and starts >= expires):
        begun = f" and begins after {block['starts_after']}" if starts else ""
        message = f"it ends after {block['expires']}{begun}, before anybody looks at it again"
        findings.add("CE362", f"{pointer}/review_every", message, "review sooner, or leave `review_every` out")
    if starts and starts >= expires:
        message = f"it ends after {block['expires']}, before it starts"
        findings.add("CE363", f"{pointer}/expires", message, "let it end later, or start sooner")
    return Restriction(
        step=block["step"],
        decided_by=block["decided_by"],
        expires=expires,
        review_every=review,
        starts_after=starts,
    )

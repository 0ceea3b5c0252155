"""Reads the blocks of an outreach: `contact` and `wait`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.model.contact import Contact, Outreach, Wait
from careengine.policy.conditions import ConditionReader
from careengine.policy.message import read_message
from careengine.policy.values import read_duration
from careengine.policy.working_time import read_length

if TYPE_CHECKING:
    from collections.abc import Mapping

    from careengine.model.catalogue import Catalogue
    from careengine.policy.findings import Findings


def read(findings: Findings, catalogue: Catalogue, raw: Mapping[str, Any]) -> Outreach | None:
    """The outreach; what is wrong is reported, and what is read then is of no use."""
    contact, wait = _contact(findings, catalogue, raw.get("contact")), None
    if isinstance(raw.get("wait"), dict):
        wait = _wait(findings, catalogue, raw["wait"])
        if wait is None:
            return None
    return None if contact is None else Outreach(contact=contact, wait=wait)


def _contact(findings: Findings, catalogue: Catalogue, block: Any) -> Contact | None:
    if not isinstance(block, dict):
        return None
    within = read_length(findings, "/contact", block, "within")
    message = read_message(findings, catalogue, "/contact/message", block.get("message"), {})
    if not findings.clean("/contact"):
        return None
    return Contact(
        purpose=block["purpose"],
        how=block["how"],
        channels=tuple(block.get("channels", ())),
        apologise=block.get("apologise", False),
        message=message,
        by=block.get("by"),
        within=within,
        calendar=block.get("calendar"),
    )


def _wait(findings: Findings, catalogue: Catalogue, block: Mapping[str, Any]) -> Wait | None:
    length = read_duration(findings, "/wait/for", block.get("for"))
    unless = ConditionReader(findings, catalogue, "outreach").read(block.get("unless"), "/wait/unless")
    if length is None or not findings.clean("/wait") or ("unless" in block and unless is None):
        return None
    return Wait(length=length, unless=unless)

"""Reads the blocks of an anti-deflection policy: `human` and `reach`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.model.anti_deflection import AntiDeflection, Reach
from careengine.model.condition import AnyOf, FieldTest
from careengine.policy.suggest import one_of
from careengine.policy.working_time import read_length

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from careengine.model.catalogue import Catalogue
    from careengine.policy.findings import Findings

# What brings a human in: the key, the field that is asked, and how.
_TRIGGERS = (
    ("when_asked", "bot.human_requested", "is"),
    ("after_bot_turns", "bot.unresolved_turns", "at_least"),
    ("from_severity", "failure.severity", "at_least"),
)


def read(findings: Findings, catalogue: Catalogue, raw: Mapping[str, Any]) -> AntiDeflection | None:
    """The policy's outcome; what is wrong is reported, and what is read then is of no use."""
    block = raw.get("human")
    if not isinstance(block, dict):
        return None
    within = read_length(findings, "/human", block, "call_back_within")
    triggers = tuple(_triggers(catalogue, block))
    if not triggers and findings.clean("/human"):
        keys = [key for key, _, _ in _TRIGGERS]
        findings.add("CE375", "/human", "nothing says when a human is brought in", f"add {one_of(keys)}", at_key=True)
    _check_call_back(findings, block)
    if findings.clean("/human") and block["to"] in block.get("bots", ()):
        message = f"`{block['to']}` is one of the `bots`, and so no human"
        findings.add("CE375", "/human/to", message, "name a role that people fill")
    if not findings.clean("/human") or not findings.clean("/reach"):
        return None
    return AntiDeflection(
        condition=AnyOf(pointer="/human", items=triggers),
        to=block["to"],
        calendar=block.get("calendar"),
        call_back_within=within,
        reach=_reach(raw.get("reach")),
        bots=tuple(block.get("bots", ())),
    )


def _triggers(catalogue: Catalogue, block: Mapping[str, Any]) -> Iterator[FieldTest]:
    for key, path, operator in _TRIGGERS:
        value = block.get(key)
        if value:
            yield FieldTest(pointer=f"/human/{key}", field=catalogue.fields[path], operator=operator, operand=value)


def _check_call_back(findings: Findings, block: Mapping[str, Any]) -> None:
    """A call back is for hours in which nobody is there, so the two go together."""
    for one, other, hint in (
        ("calendar", "call_back_within", "add how soon somebody calls back, such as `call_back_within: 2h`"),
        ("call_back_within", "calendar", "add the `calendar` outside whose hours somebody calls back"),
    ):
        if one in block and other not in block and findings.clean("/human"):
            findings.add("CE375", f"/human/{one}", f"`{one}` needs `{other}`", hint, at_key=True)


def _reach(block: Any) -> Reach | None:
    if not isinstance(block, dict):
        return None
    return Reach(within_turns=int(block["within_turns"]), channels=tuple(block.get("channels", ())))

"""Reads the block of a recognition, and refuses one that praises speed alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.model.condition import AnyOf, FieldTest
from careengine.model.recognition import Recognition
from careengine.policy.values import read_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from careengine.model.catalogue import Catalogue
    from careengine.policy.findings import Findings

_WORDS = ("text", "survey.comment")  # what can be quoted
_ON_TIME = frozenset({"case.within_target", "failure.days_late", "failure.working_days_late", "failure.hours_down"})
_UNITS = ("second", "minute", "hour", "day")


def read(findings: Findings, catalogue: Catalogue, raw: Mapping[str, Any]) -> Recognition | None:
    """The recognition; what is wrong is reported, and what is read then is of no use."""
    if praises_speed(raw.get("when"), catalogue):
        message = "nobody is nominated for speed alone: every way to match needs something that is not about time"
        hint = "ask for what the customer said, such as `{field: survey.csat, is: 5}`"
        findings.add("CE377", "/when", message, hint, at_key=True)
    block = raw.get("nominate")
    if not isinstance(block, dict):
        return None
    within = read_duration(findings, "/nominate/within", block.get("within"))
    decide = read_duration(findings, "/nominate/decide_within", block.get("decide_within"))
    if within is None or not findings.clean("/nominate"):
        return None
    quotes = (
        FieldTest(pointer="/nominate", field=catalogue.fields[path], operator="present", operand=True)
        for path in _WORDS
    )
    return Recognition(
        confirmed_by=block["confirmed_by"],
        quote=AnyOf(pointer="/nominate", items=tuple(quotes)),
        at_most=int(block["at_most"]),
        within=within,
        decide_within=decide,
    )


def praises_speed(node: Any, catalogue: Catalogue) -> bool | None:
    """Whether a condition as it is written can be true by what is about time alone; None when it asks for no value."""
    if not isinstance(node, dict):
        return None
    if "not" in node:
        return praises_speed(node["not"], catalogue)
    if "all" in node:
        found = _each(node["all"], catalogue)
        return False if False in found else True if True in found else None
    if "any" in node:
        found = _each(node["any"], catalogue)
        return True if True in found else None if None in found else False
    return None if "present" in node else _is_about_time(node.get("field"), catalogue)


def _each(items: Any, catalogue: Catalogue) -> Iterable[bool | None]:
    return [praises_speed(item, catalogue) for item in items] if isinstance(items, list) else [None]


def _is_about_time(path: Any, catalogue: Catalogue) -> bool:
    field = catalogue.get(path) if isinstance(path, str) else None
    if field is None:
        return False
    unit = (field.unit or "").lower()
    return field.type == "instant" or field.path in _ON_TIME or any(word in unit for word in _UNITS)

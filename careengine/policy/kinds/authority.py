"""Reads what a role may give without asking: amounts in one currency, and steps that lead upward."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.model.authority import PERIODS, Authority, Room, Step
from careengine.policy.values import read_money, read_zone
from careengine.policy.working_time import read_length

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from careengine.model.catalogue import Catalogue
    from careengine.policy.findings import Findings

MAY, ABOVE = "/authority/may", "/authority/above"


def read_authority(findings: Findings, _: Catalogue, raw: Mapping[str, Any]) -> Authority | None:
    """`authority`, with `may` and `above`."""
    block = raw.get("authority")
    if not isinstance(block, dict):
        return None
    may = list(_rooms(findings, _blocks(findings, block.get("may"), MAY)))
    above = list(_steps(findings, block.get("role"), _blocks(findings, block.get("above"), ABOVE)))
    if not (may and above) or not findings.clean("/authority"):
        return None
    return Authority(role=block["role"], may=tuple(may), above=tuple(above))


def _blocks(findings: Findings, raw: Any, pointer: str) -> Sequence[tuple[str, Mapping[str, Any]]]:
    """The objects of a list in which nothing is wrong so far, each after its place."""
    places = [(f"{pointer}/{number}", one) for number, one in enumerate(raw if isinstance(raw, list) else ())]
    return [(place, one) for place, one in places if isinstance(one, dict) and findings.clean(place)]


def _rooms(findings: Findings, blocks: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[Room]:
    seen: dict[str, str] = {}
    currency = ""
    for pointer, block in blocks:
        per, amount = block["per"], read_money(findings, f"{pointer}/amount", block["amount"])
        zone = _zone(findings, pointer, block)
        if amount is None:
            continue
        currency = currency or amount.currency
        if amount.currency != currency:
            message = f"`{amount}` is in another currency than the amounts before it, and they cannot be compared"
            findings.add("CE351", f"{pointer}/amount", message, f"write a policy of its own for {amount.currency}")
        if per in seen:
            message = f"the amount for each {per} is {seen[per]} already"
            findings.add("CE352", f"{pointer}/per", message, "keep one of the two")
        seen[per] = str(amount)
        yield Room(amount=amount, per=per, zone=zone)


def _zone(findings: Findings, pointer: str, block: Mapping[str, Any]) -> ZoneInfo | None:
    name, per = block.get("zone"), block["per"]
    if name is None:
        if per in PERIODS:
            message = f"a {per} begins and ends at midnight, and it is not said where"
            findings.add("CE353", f"{pointer}/per", message, "add `zone: Europe/London`")
        return None
    if per not in PERIODS:
        message = f"what is for each {per} has no midnight"
        findings.add("CE353", f"{pointer}/zone", message, "delete the key", at_key=True)
        return None
    return read_zone(findings, f"{pointer}/zone", name)


def _steps(findings: Findings, role: Any, blocks: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[Step]:
    asked: list[str] = []
    for number, (pointer, block) in enumerate(blocks):
        ask, within = block["ask"], read_length(findings, pointer, block, "within")
        if ask == role:
            message = f"`{ask}` would decide what `{ask}` asks for"
            findings.add("CE350", f"{pointer}/ask", message, "ask a role above it")
        elif ask in asked:
            message = f"`{ask}` was asked before, so the steps go round in a circle"
            findings.add("CE350", f"{pointer}/ask", message, "name each role once, or end before it")
        asked.append(ask)
        if within is None and "within" not in block and number < len(blocks) - 1:
            message = f"without a time for `{ask}` the next step is never asked"
            findings.add("CE354", f"{pointer}/ask", message, "add `within: 1h`")
        yield Step(ask=ask, within=within, calendar=block.get("calendar"))

"""Reads the block of an arbitration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.model.arbitration import ID, TIE_BREAKS, Arbitration
from careengine.policy.values import read_duration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from careengine.model.catalogue import Catalogue
    from careengine.policy.findings import Findings

_AT = "/arbitration"
_FAMILIES = ("goodwill", "gesture")


def read(findings: Findings, _: Catalogue, raw: Mapping[str, Any]) -> Arbitration | None:
    """`arbitration`."""
    block = raw.get("arbitration")
    if not isinstance(block, dict):
        return None
    no_selling = read_duration(findings, f"{_AT}/no_selling", block.get("no_selling"))
    order = block.get("order", TIE_BREAKS)
    if findings.clean(f"{_AT}/order") and ID in order[:-1]:
        place = list(order).index(ID) + 1
        message = f"no two policies have one id, so `{order[place]}` after it never decides"
        findings.add("CE349", f"{_AT}/order/{place}", message, "put `id` last")
    if not findings.clean(_AT):
        return None
    return Arbitration(
        families={family: block[family] for family in _FAMILIES if family in block},
        exclusive=tuple(tuple(group) for group in block.get("exclusive", ())),
        pick=block.get("pick"),
        order=(*order, *(() if ID in order else (ID,))),
        no_selling=no_selling,
    )

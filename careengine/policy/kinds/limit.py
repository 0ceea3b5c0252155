"""Reads the blocks of limits and budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.model.limit import Ask, Limit, Notice
from careengine.policy.values import read_duration, read_money, read_zone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from careengine.model.catalogue import Catalogue
    from careengine.model.value import Money
    from careengine.policy.findings import Findings

OFFER = "offer"


def read_limit(findings: Findings, _: Catalogue, raw: Mapping[str, Any]) -> Limit | None:
    """`limit`, with `over` and `tell`."""
    return _read(findings, raw, "limit")


def read_budget(findings: Findings, _: Catalogue, raw: Mapping[str, Any]) -> Limit | None:
    """`budget`, with `over` and `tell`."""
    return _read(findings, raw, "budget")


def _read(findings: Findings, raw: Mapping[str, Any], name: str) -> Limit | None:
    over, notice = _over(findings, raw.get("over")), _notice(findings, raw.get("tell"))
    block = raw.get(name)
    if not isinstance(block, dict):
        return None
    at = f"/{name}"
    amount = _amount(findings, f"{at}/amount", block)
    within, hold = (read_duration(findings, f"{at}/{key}", block.get(key)) for key in ("within", "hold"))
    zone = read_zone(findings, f"{at}/zone", block.get("zone"))
    _check(findings, at, block)
    if over is None or not findings.clean(at):
        return None
    return Limit(
        block=name,
        of=block.get("of", OFFER),
        family=block.get("family"),
        per=block["per"],
        count=block.get("count"),
        amount=amount,
        within=within,
        period=block.get("period"),
        zone=zone,
        hold=hold,
        over=over,
        notice=notice,
    )


def _over(findings: Findings, block: Any) -> Ask | None:
    if not isinstance(block, dict):
        return None
    within = read_duration(findings, "/over/within", block.get("within"))
    return Ask(to=block["ask"], within=within) if findings.clean("/over") else None


def _notice(findings: Findings, block: Any) -> Notice | None:
    usable = isinstance(block, dict) and findings.clean("/tell")
    return Notice(at=int(block["at"]), to=block["to"]) if usable else None


def _amount(findings: Findings, pointer: str, block: Mapping[str, Any]) -> Money | None:
    found = read_money(findings, pointer, block.get("amount"))
    if found is not None and not found.amount:
        findings.add("CE341", pointer, f"`{found}` leaves no room at all", "name an amount, or ask with `approver:`")
        return None
    return found


def _check(findings: Findings, at: str, block: Mapping[str, Any]) -> None:
    """What single keys cannot show: that they say how much, since when, and of what can be counted."""
    meant = {pointer.rpartition("/")[2] for pointer in findings.meant if pointer.startswith(f"{at}/")}
    has = {*block, *meant}
    if not has & {"count", "amount"}:
        findings.add("CE340", at, "it does not say how much is too much", "add `count: 1` or `amount: 250.00 GBP`")
    if {"within", "period"} <= has:
        hint = "keep `within` for a rolling time, or `period` for a calendar one"
        findings.add("CE342", f"{at}/period", "`within` and `period` exclude each other", hint, at_key=True)
    elif not has & {"within", "period"}:
        findings.add("CE342", at, "it does not say since when", "add `within: 60d` or `period: month`")
    if ("period" in has) != ("zone" in has):
        _check_zone(findings, at, "period" in has)
    _check_countable(findings, at, block)


def _check_zone(findings: Findings, at: str, lacks: bool) -> None:  # noqa: FBT001  which of the two it lacks
    if lacks:
        message = "a calendar period begins and ends at midnight, and it is not said where"
        findings.add("CE343", f"{at}/period", message, "add `zone: Europe/London`", at_key=True)
    else:
        message = "a rolling time is the same in every zone"
        findings.add("CE343", f"{at}/zone", message, "delete the key, or write `period:`", at_key=True)


def _check_countable(findings: Findings, at: str, block: Mapping[str, Any]) -> None:
    if block.get("family") == "entitlement":
        message = "what is owed is never counted, so this is never reached"
        findings.add("CE344", f"{at}/family", message, "name `goodwill` or `gesture`")
    if block.get("of", OFFER) == OFFER:
        return
    for key in ("family", "amount"):
        if key in block:
            message = f"only offers have {'a family' if key == 'family' else 'an amount'}, so this is never reached"
            findings.add("CE344", f"{at}/{key}", message, "delete the key, or count offers", at_key=True)

"""Protection: support for the employee at once, and what is put to people to decide."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from careengine.decide.doing import say_alert, say_flag, say_restriction, say_support
from careengine.decide.proposal import Proposal
from careengine.model.decision import EXECUTE, PROPOSE
from careengine.model.value import say_duration

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from careengine.model.catalogue import Catalogue
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy, Protection


def wishes(policy: Policy, protection: Protection, facts: Facts) -> Iterator[Proposal]:
    """What it asks for, support first."""
    if protection.support:
        measures = list(protection.support)
        params = {"measures": measures, "employee": _employee(facts)}
        text = say_support(measures)
        yield Proposal(policy=policy, type="support", status=EXECUTE, text=text, merge="support", params=params)
    if protection.alert:
        to, within = protection.alert.to, protection.alert.within
        yield _within(within, _to(policy, "alert", EXECUTE, to, say_alert(protection.alert)))
    if protection.flag:
        to, within = protection.flag.review_by, protection.flag.within
        yield _within(within, _to(policy, "flag", PROPOSE, to, say_flag(protection.flag)))
    if protection.restrict:
        yield _restriction(policy, protection)


def _restriction(policy: Policy, protection: Protection) -> Proposal:
    restriction = protection.restrict
    assert restriction is not None  # noqa: S101  the caller asked
    step, to, expires = restriction.step, restriction.decided_by, say_duration(restriction.expires)
    review = say_duration(restriction.review_every) if restriction.review_every else None
    text = say_restriction(restriction)
    # Only the very same restriction is proposed once; between two that differ, a person chooses.
    merge = f"{step} {expires} {review}"
    return _to(policy, "restrict", PROPOSE, to, text, merge=merge, step=step, expires=expires, review_every=review)


def _to(policy: Policy, kind: str, status: str, to: str, text: str, *, merge: str = "", **params: Any) -> Proposal:
    """A wish addressed to a role; wishes of one type to one role are joined."""
    return Proposal(
        policy=policy,
        type=kind,
        status=status,
        text=text,
        merge=f"{kind} {to} {merge}",
        params={"to": to, **params},
    )


def _within(within: timedelta | None, wish: Proposal) -> Proposal:
    said = say_duration(within) if within else None
    return replace(wish, within=within, params={**wish.params, "within": said})


def _employee(facts: Facts) -> str | None:
    found = facts.fields.get("incident.target", facts.fields.get("employee.id"))
    return found if isinstance(found, str) else None


def doings(_: Policy, protection: Protection, __: Catalogue) -> Iterator[str]:
    """What it does, a sentence each."""
    if protection.support:
        yield say_support(protection.support)
    if protection.alert:
        yield say_alert(protection.alert)
    if protection.flag:
        yield say_flag(protection.flag)
    if protection.restrict:
        yield say_restriction(protection.restrict)

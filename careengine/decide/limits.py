"""Keeps limits and budgets: what fits is reserved, what does not is a question to somebody with the authority."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from careengine.clock import period_of
from careengine.decide.contact_cap import acting_at
from careengine.decide.kinds.limit import say_span
from careengine.model.limit import EVERYBODY, HOUSEHOLD, PERSON
from careengine.model.policy import LIVE
from careengine.model.usage import Usage, Used

if TYPE_CHECKING:
    from datetime import timedelta

    from careengine.decide.arbitrate import Standing
    from careengine.decide.proposal import Proposal
    from careengine.decide.restrain import Held
    from careengine.model.facts import Facts
    from careengine.model.limit import Limit
    from careengine.model.policy import Policy
    from careengine.model.value import Money

_SCOPES = {
    HOUSEHOLD: "customer.household",
    "case": "case.id",
    "employee": "employee.id",
    "team": "employee.team",
}
_ALL = 100  # percent
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def keep_limit(policy: Policy, held: Held) -> None:
    """Reserve room for each wish that it counts, in their order; ask about those that it has no room for."""
    limit: Limit = policy.outcome  # type: ignore[assignment]  # the reader of this kind made it
    wanted = [stands for stands in held.wishes(limit.of) if _counts(limit, stands[0])]
    if not wanted:
        return
    scope = scope_of(limit.per, held.facts)
    if scope is None:
        _ask_all(policy, limit, held, wanted)
        return
    now = acting_at(held.facts)
    question = question_of(policy, scope, now, now)
    usage = Usage.of(held.facts.state.ask(question))
    for stands in wanted:
        usage = _keep_one(policy, held, stands, scope, usage)


def scope_of(per: str, facts: Facts) -> str | None:
    """Whose room it is, such as `household:H-1`; None when that is not known. Without a household: the person's own."""
    if per == EVERYBODY:
        return EVERYBODY
    found = facts.whose if per == PERSON else facts.fields.get(_SCOPES[per])
    if isinstance(found, str) and found:
        return f"{per}:{found}"
    return scope_of(PERSON, facts) if per == HOUSEHOLD else None


def question_of(policy: Policy, scope: str, at: datetime, now: datetime) -> Used:
    """How much of it is taken in the period of an instant, or close enough to it to count, as it stands now.

    What is given counts from when it is given, however late the event reached us that led to it. Around an instant
    that has passed what was given after it counts as well: no stretch as long as `within` may hold too much.
    """
    limit: Limit = policy.outcome  # type: ignore[assignment]  # see above
    currency = limit.amount.currency if limit.amount else ""
    if limit.period is not None and limit.zone is not None:
        period = period_of(at, limit.period, limit.zone)
        since, until, whole = period.start, period.end, True
    else:
        assert limit.within is not None  # noqa: S101  the reader refuses a limit without both
        since, until, whole = _shifted(at, -limit.within), _shifted(at, limit.within), False
    return Used(policy=policy.id, scope=scope, as_of=now, since=since, until=until, whole=whole, currency=currency)


def _shifted(at: datetime, by: timedelta) -> datetime:
    try:
        return at + by
    except OverflowError:
        return _FIRST if by.days < 0 else _LAST


def _counts(limit: Limit, wish: Proposal) -> bool:
    return limit.family is None or wish.params["family"] == limit.family


def _ask_all(policy: Policy, limit: Limit, held: Held, wanted: list[Standing]) -> None:
    why = f"it is not known which {limit.per} it is for, and each may have {say_span(limit)} only so much"
    for wish, _ in wanted:
        held.ask(policy, wish, limit.over.to, why, within=limit.over.within)


def _keep_one(policy: Policy, held: Held, stands: Standing, scope: str, usage: Usage | None) -> Usage | None:
    """Ask about one wish, or reserve room for it; gives what is taken then."""
    limit: Limit = policy.outcome  # type: ignore[assignment]  # see above
    wish = stands[0]
    why = _too_much(limit, usage, wish)
    now = acting_at(held.facts)
    period = period_of(now, limit.period, limit.zone).name if limit.period and limit.zone else ""
    until = _shifted(now, limit.hold) if limit.hold else None
    amount = wish.amount if limit.amount else None
    held.reserve(policy, stands, scope, period=period, amount=amount, until=until)
    if why:
        held.ask(policy, wish, limit.over.to, why, within=limit.over.within)
        return usage
    if usage is None or wish.policy.status != LIVE or held.waits(wish):
        return usage
    return _noticed(policy, limit, held, wish, _with(usage, amount.amount if amount else Decimal(0)))


def _with(usage: Usage, amount: Decimal) -> Usage:
    return replace(usage, count=usage.count + 1, amount=usage.amount + amount)


def _too_much(limit: Limit, usage: Usage | None, wish: Proposal) -> str:
    """Why it does not fit, with the figures; empty when it does."""
    if usage is None:
        return "it is not known how much is used already"
    if limit.count is not None and usage.count >= limit.count:
        return f"{usage.count} of {limit.count} are used {say_span(limit)}, and this is one more"
    return too_dear(limit.amount, say_span(limit), usage, wish.amount) if limit.amount else ""


def too_dear(most: Money, span: str, usage: Usage, wanted: Money | None) -> str:
    """Why an amount does not fit into the most that there may be, with the figures; empty when it does."""
    if wanted is None:
        return f"its amount is open, and there is a limit of {most} {span}"
    if wanted.currency != most.currency:
        return f"{wanted} cannot be counted towards {most} {span}"
    if usage.amount + wanted.amount > most.amount:
        return f"{most.written_alike(usage.amount)} of {most} are used {span}, and {wanted} more are wanted"
    return ""


def _noticed(policy: Policy, limit: Limit, held: Held, wish: Proposal, usage: Usage) -> Usage:
    """Tell the role that wants to know that it is nearly used up, unless it was told."""
    if limit.notice is None or usage.noticed or _percent(limit, usage) < limit.notice.at:
        return usage
    parts = [f"{usage.count} of {limit.count}"] if limit.count is not None else []
    parts += [f"{limit.amount.written_alike(usage.amount)} of {limit.amount}"] if limit.amount else []
    held.notice(policy, wish, limit.notice.to, f"{' and '.join(parts)} are used {say_span(limit)}: {policy.title}")
    return replace(usage, noticed=True)


def _percent(limit: Limit, usage: Usage) -> Decimal:
    """The larger share that is used, of the count or of the amount."""
    shares = [Decimal(usage.count) / limit.count] if limit.count is not None else []
    shares += [usage.amount / limit.amount.amount] if limit.amount else []
    return max(shares) * _ALL

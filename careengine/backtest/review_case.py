"""A case of a review: figures of one policy, and whether it would be put to its owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.backtest.rule_case import Fault
from careengine.decide.kinds.review import signs
from careengine.model.policy import REVIEW
from careengine.model.value import parse_duration
from careengine.model.watch import Counts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from careengine.backtest.rule_case import Case
    from careengine.model.policy import Policy
    from careengine.model.watch import Watch

COUNTS = "counts"
_OWN = frozenset({"name", COUNTS, "expect", "signs"})
_FIRES = "fires"


def wrong_in_review(case: Case, policy: Policy) -> Iterator[Fault]:
    """What a case has that is for policies of another kind, or lacks."""
    own = case.own
    if policy.kind != REVIEW:
        if COUNTS in own:
            yield Fault(pointer=f"{case.pointer}/{COUNTS}", message="`counts` are for reviews")
        return
    for key in own:
        if key not in _OWN:
            hint = "give `counts` and `expect`"
            yield Fault(
                pointer=f"{case.pointer}/{key}", message=f"`{key}` says nothing about a review", suggestion=hint
            )
    if COUNTS not in own:
        yield Fault(pointer=case.pointer, message="a case of a review gives `counts`", suggestion="add `counts: {…}`")
    elif own["counts"].get("overridden", 0) > own["counts"].get("fired", 0):
        yield Fault(pointer=f"{case.pointer}/counts/overridden", message="more overridden than fired")
    elif own["counts"].get("granted", 0) > own["counts"].get("asked", 0):
        yield Fault(pointer=f"{case.pointer}/counts/granted", message="more granted than asked")


def judge_review(case: Mapping[str, Any], watch: Watch) -> tuple[str, ...]:
    """Nothing when the figures show what is expected; otherwise the lines that say what they show."""
    found = list(signs(watch, _counts(case[COUNTS])))
    fires, wanted = bool(found), case["expect"] == _FIRES
    missing = [name for name in case.get("signs", ()) if name not in {one.sign for one in found}]
    if fires == wanted and not missing:
        return ()
    said = [f"  it shows: {one.says}" for one in found] or ["  it shows nothing"]
    lacking = f" by {' and '.join(f'`{name}`' for name in missing)}" if missing else ""
    return (f"expected: it {'fires' if wanted else 'stays silent'}{lacking}", *said)


def _counts(given: Mapping[str, Any]) -> Counts:
    silent = given.get("silent_for")
    return Counts(
        fired=given.get("fired", 0),
        overridden=given.get("overridden", 0),
        asked=given.get("asked", 0),
        granted=given.get("granted", 0),
        exceptions=given.get("same_exception", 0),
        exception="the same reason",
        silent_for=None if silent is None else parse_duration(silent),
    )

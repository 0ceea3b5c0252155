"""A review: what it looks for in the rules, and what the figures of one policy show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.decide.english import say_text
from careengine.model.value import say_duration
from careengine.model.watch import EXCEPTION, GRANTED, OVERRIDDEN, SILENT, Sign

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from careengine.model.catalogue import Catalogue
    from careengine.model.policy import Policy
    from careengine.model.watch import Counts, Watch

_ALL = 100  # percent


def signs(watch: Watch, counts: Counts) -> Iterator[Sign]:
    """What is to be put to the owner of a policy with these figures."""
    length = say_duration(watch.within)
    if _reaches(watch.overridden, counts.overridden, counts.fired, watch.n_at_least):
        says = f"people did otherwise {counts.overridden} of the {counts.fired} times that it matched within {length}"
        yield Sign(sign=OVERRIDDEN, says=says, found=counts.overridden, of=counts.fired)
    if _reaches(watch.granted, counts.granted, counts.asked, watch.n_at_least):
        says = f"of {counts.asked} approvals within {length} {counts.granted} were granted as they were"
        yield Sign(sign=GRANTED, says=says, found=counts.granted, of=counts.asked)
    if watch.exceptions is not None and counts.exceptions >= watch.exceptions:
        says = f"the same exception was made {counts.exceptions} times within {length}: {say_text(counts.exception)}"
        yield Sign(sign=EXCEPTION, says=says, found=counts.exceptions)
    if _is_silent(watch.silent_for, counts.silent_for):
        days = 0 if counts.silent_for is None else counts.silent_for.days
        yield Sign(sign=SILENT, says=f"it has done nothing for {days} days", found=days)


def _reaches(percent: int | None, found: int, of: int, least: int) -> bool:
    return percent is not None and of >= max(least, 1) and found * _ALL >= percent * of


def _is_silent(asked: timedelta | None, found: timedelta | None) -> bool:
    return asked is not None and found is not None and found >= asked


def doings(_: Policy, watch: Watch, __: Catalogue) -> Iterator[str]:
    """What it looks for, a sentence each."""
    whom = f"policies of the kind {' or '.join(sorted(watch.kinds))}" if watch.kinds else "every policy"
    length, least = say_duration(watch.within), watch.n_at_least
    yield f"look at {whom}, over {length}, and put it to its owner, once until that is closed, when any of these is so"
    if watch.overridden is not None:
        yield f"of {least} or more times that it matched, people did otherwise in {watch.overridden} % or more"
    if watch.granted is not None:
        yield f"of {least} or more approvals that were decided, {watch.granted} % or more were granted as they were"
    if watch.exceptions is not None:
        yield f"the same exception was made {watch.exceptions} or more times"
    if watch.silent_for is not None:
        yield f"it has done nothing for {say_duration(watch.silent_for)}"

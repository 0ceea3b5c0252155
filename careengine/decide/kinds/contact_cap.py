"""A contact cap in plain English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.clock import Shift
from careengine.decide.english import say_condition
from careengine.model.contact_cap import SKIP
from careengine.model.value import say_duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import timedelta

    from careengine.model.catalogue import Catalogue
    from careengine.model.contact_cap import Consent, ContactCap, Frequency, QuietHours, Restricted, Suppress
    from careengine.model.policy import Policy


def doings(_: Policy, cap: ContactCap, __: Catalogue) -> Iterator[str]:
    """What it takes away, a sentence each."""
    yield f"look at every contact of our own accord for {_listed(cap.purposes)}"
    if cap.consent:
        yield _say_consent(cap.consent)
    if cap.suppress:
        yield _say_suppress(cap.suppress)
    if cap.restricted:
        yield f"while a restriction of the customer is in force, or that is not known, {_then(cap.restricted)}"
    if cap.quiet_hours:
        yield _say_quiet_hours(cap.quiet_hours)
    if cap.frequency:
        yield _say_frequency(cap.frequency)
    if cap.give_up:
        times = "once" if cap.give_up.after == 1 else f"{cap.give_up.after} times"
        yield f"what was put off {times} is given up, and {cap.give_up.to} looks at it"


def _say_consent(consent: Consent) -> str:
    called = [f"{purpose} is called {word}" for purpose, word in sorted(consent.called.items())]
    words = f" ({', '.join(called)})" if called else ""
    return f"without the customer's consent to the purpose{words}, or when it is not known, {_then(consent)}"


def _say_suppress(suppress: Suppress) -> str:
    return f"while {say_condition(suppress.condition)}, or that is not known, {_then(suppress)}"


def _say_quiet_hours(quiet: QuietHours) -> str:
    names = [zone.key for zone in quiet.zones]
    where = f"; where nothing is known they may be in {_listed(names, 'or')}" if names else ""
    then = "skip it" if quiet.then == SKIP else "put it off until they end"
    return f"within {Shift(*quiet.hours)} by the customer's clock, or by any clock that may be theirs, {then}{where}"


def _say_frequency(frequency: Frequency) -> str:
    then = "skip it" if frequency.then == SKIP else "put it off until there are fewer"
    times = "once" if frequency.at_most == 1 else f"{frequency.at_most} times"
    often = f"the customer was contacted {times} within {say_duration(frequency.within)}"
    return f"once {often} for {_listed(frequency.of)}, {then}"


def _then(part: Consent | Suppress | Restricted) -> str:
    return "skip it" if part.then == SKIP else f"put it off{_again(part.again)}"


def _again(again: timedelta | None) -> str:
    return "" if again is None else f" for {say_duration(again)}"


def _listed(words: Sequence[str], joint: str = "and") -> str:
    *first, last = words
    return f"{', '.join(first)} {joint} {last}" if first else last

"""An outreach: a contact of our own accord, at once or after a wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.decide.doing import say_contact, say_message, say_wait
from careengine.decide.english import say_condition
from careengine.decide.letter import Letter
from careengine.decide.proposal import Proposal
from careengine.decide.terms import terms_of
from careengine.model.decision import EXECUTE
from careengine.model.value import say_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.model.catalogue import Catalogue
    from careengine.model.contact import Outreach
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy


def wishes(policy: Policy, outreach: Outreach, _: Facts) -> Iterator[Proposal]:
    """The contact; one that is to wait is not asked for now (`resting.waits`)."""
    yield contact(policy, outreach)


def contact(policy: Policy, outreach: Outreach) -> Proposal:
    """The contact that it asks for."""
    asked = outreach.contact
    return Proposal(
        policy=policy,
        type="contact",
        status=EXECUTE,
        text=say_contact(asked),
        params={
            "purpose": asked.purpose,
            "how": asked.how,
            "channels": list(asked.channels),
            "apologise": asked.apologise,
            "message": None,  # where there is one, it is written when somebody reads the action
            "to": asked.by,
            "within": say_duration(asked.within) if asked.within else None,
        },
        terms=terms_of(asked.calendar, due=asked.within),
        letter=Letter(message=asked.message, params={}) if asked.message else None,
    )


def doings(_: Policy, outreach: Outreach, __: Catalogue) -> Iterator[str]:
    """What it does, a sentence each."""
    if outreach.wait is not None:
        unless = outreach.wait.unless
        yield say_wait(outreach.wait) + (f", unless by then {say_condition(unless)}" if unless else "")
    yield say_contact(outreach.contact)
    if outreach.contact.message:
        yield from say_message(outreach.contact.message)

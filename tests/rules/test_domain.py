"""The examples by which care is described: each is a starter policy of its kind that says what its example says.

The words are those of the policy read aloud. What it does with events is in the test file beside each policy.
"""

from __future__ import annotations

import pytest

from careengine import resources
from careengine.decide.render import render
from careengine.model.catalogue import Catalogue
from careengine.policy.loader import load

RULES = resources.rules_folder()

EXAMPLES = {
    "recovery/double-deviation": (
        "at least 2 failures on the same issue within 30 days",
        "recovery-lead owns the recovery",
    ),
    "entitlement/missed-appointment": ("30.00 GBP as entitlement",),
    "entitlement/delayed-repair": ("10.00 GBP for 1, 20.00 GBP for 2", "working days"),
    "arbitration/one-offer": (
        "all that is owed adds up",
        "of several goodwill offers, make the largest one",
        "at most 1 offer that is not owed",
        "priority, then whether the policy looks at how severe the failure is",
        "the lower cost, then the policy's id",
    ),
    "limit/goodwill-once-60d": (
        "each person may have at most 1 goodwill offer within 60 days",
        "beyond it, team-lead decides",
        "Unless there are at least 2 failures on the same issue within 30 days",
    ),
    "limit/goodwill-value-year": (
        "each household may have at most 250.00 GBP in goodwill offers within 365 days",
        "beyond it, serial-claims-desk decides",
    ),
    "budget/goodwill-monthly": (
        "at most 20000.00 GBP in goodwill offers in a calendar month (Europe/London)",
        "keep room for what has not reached the customer for 2 days",
        "when 80% of it are used",
        "beyond it, ops-manager decides",
    ),
    "authority/frontline": (
        "whoever is agent may give 50.00 GBP for each case without asking",
        "whoever is agent may give 300.00 GBP a day",
        "above that, team-lead decides within 1 hour by the hours of uk-support",
        "when nobody answered in time, ops-manager decides",
        "nobody decides on what they asked for themselves",
    ),
    "escalation/three-contacts-same-issue": (
        "at least 3 inbound contacts on the same issue within 7 days, at least 30 minutes apart",
        "escalate to tier-2",
        "the customer hears again within 4 hours by the hours of uk-support",
        "At most once for the same case within 7 days",
    ),
    "standard/first-response": (
        "done within 4 hours by the hours of uk-support",
        "the kind of actor is agent",
        "stands still while the case's status is waiting_customer",
        "50% of the time has passed",
        "30 minutes before the time is over",
        "the time is over: escalate to team-lead",
        "2 hours after the time was over: escalate to ops-manager",
    ),
    "escalation/no-not-my-problem": (
        "at least 2 transfers in the same case within 30 days",
        "escalate to resolution-owner",
        "the present owner introduces the next one",
    ),
    "anti_deflection/human-within-reach": (
        "the customer asked for a human",
        "bot turns that led nowhere is at least 2",
        "the severity of the failure is at least 3",
        "hand over to live-agent with what was said so far",
        "outside the hours of uk-support, live-agent calls back",
    ),
    "protection/abuse-ladder": (
        "at least 1 confirmed incident within 90 days, the employee",
        "at least 2 confirmed incidents within 90 days",
        "team-lead decides on a written warning",
        "at least 3 confirmed incidents within 180 days",
        "director decides on a restricted channel that ends after 90 days, looked at again every 30 days",
        "the threat is credible",
        "decides on a suspension",
        "the customer may appeal within",
    ),
    "protection/immediate-threat": (
        "the employee may end the contact",
        "tell duty-manager at once, who looks within 5 minutes",
        "need not serve this customer again for 7 days",
    ),
    "protection/repeat-target": ("with the same employee", "need not serve this customer again, may use an alias"),
    "contact_cap/outreach-week": (
        "2 times within 7 days for survey, celebration and marketing",
        "within 20:00-09:00 by the customer's clock, or by any clock that may be theirs",
        "without the customer's consent",
        "of severity 3 or more",
        "bereavement",
    ),
    "outreach/unvoiced-failure": (
        "the party at fault is company and the severity of the failure is at least 2",
        "look again 3 days later",
        "inbound contact within 6 days",
        "apologise first",
    ),
    "outreach/detractor-loop": (
        "the likelihood to recommend is at most 6",
        "the satisfaction score is at most 2",
        "the effort score is at least 6",
        "call back within 8 hours by the hours of uk-support",
    ),
    "standard/promise-keeper": (
        "it is done by promise.due_at",
        "1 hour before the time is over",
        "the time is over: escalate",
        "until it ends the case is not to be closed",
    ),
    "review/dumb-rule-detector": (
        "over 90 days",
        "of 50 or more times that it matched, people did otherwise in 25 % or more",
        "95 % or more were granted as they were",
        "the same exception was made 10 or more times",
        "it has done nothing for 180 days",
        "put it to its owner, once until that is closed",
    ),
    "recognition/above-and-beyond": (
        "praises somebody",
        "the satisfaction score is 5",
        "team-lead confirms it with the quote",
        "never the employee",
        "at most 4 within 30 days for each employee",
    ),
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_a_policy_that_says_so(example: str) -> None:
    kind, _, name = example.partition("/")
    catalogue = Catalogue.from_schema(resources.schema("interaction"))
    (policy,) = [one for one in load([RULES / f"{example}.yaml"], catalogue, bring=True).policies if one.id == name]
    assert (policy.kind, policy.status) == (kind, "live")
    text = render(policy, catalogue).text()
    assert [words for words in EXAMPLES[example] if words not in text] == []

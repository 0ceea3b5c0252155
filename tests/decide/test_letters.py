from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson

from careengine.backtest.replay import replay
from careengine.decide import decide
from careengine.model.condition import AllOf
from careengine.model.contact import Contact, Outreach
from careengine.model.facts import Facts
from careengine.model.message import Message
from careengine.model.policy import Offer, Recovery
from careengine.model.value import Money
from tests.decide.worlds import CATALOGUE, EVENT, NOW, policy, policy_set

if TYPE_CHECKING:
    from careengine.model.decision import Action, Decision
    from careengine.model.policy import Policy

LETTER = Message(texts={"en": "Dear {{ customer.name }}, take {{ offer.amount }} until {{ offer.expires_at }}."})
TEN = Offer(family="goodwill", amount=Money(Decimal("10.00"), "GBP"), expires=timedelta(days=30))
ALWAYS = AllOf(pointer="", items=())


def writes(name: str = "late", message: Message | None = LETTER, **outcome: Any) -> Policy:
    given = {"steps": ("apologise", "offer"), "offer": TEN, "message": message, **outcome}
    return policy(name, "recovery", ALWAYS, Recovery(**given))


def decided(*policies: Policy, **fields: Any) -> Decision:
    facts = {"type": EVENT, "id": "e-1", "source": "test", "customer.id": "C-1", "customer.locale": "en_GB", **fields}
    return decide(Facts.of(facts, NOW, ()), policy_set(policies))


def of(decision: Decision, kind: str) -> Action:
    return next(action for action in decision.actions if action.type == kind)


def test_the_message_goes_with_the_offer() -> None:
    decision = decided(writes(), **{"customer.name": "Ada"})
    offer = of(decision, "offer")
    assert offer.params["message"] == "Dear Ada, take £10.00 until 1 April 2026."
    assert offer.params["locale"] == "en_GB"
    assert "message" not in of(decision, "apologise").params
    assert "  The customer reads:\n  | Dear Ada, take £10.00 until 1 April 2026." in of(decision, "note").params["text"]


def test_without_an_offer_it_goes_with_the_first_step_that_speaks() -> None:
    plain = Message(texts={"": "We are sorry."})
    decision = decided(writes(message=plain, steps=("fix", "explain", "follow_up"), offer=None))
    said = {action.type: action.params.get("message") for action in decision.actions}
    assert said == {"fix": None, "explain": "We are sorry.", "follow_up": None, "note": None}


def test_a_message_that_lacks_a_fact_is_a_question_to_the_owner() -> None:
    decision = decided(writes())
    offer, review = of(decision, "offer"), of(decision, "review")
    assert offer.params["message"] is None
    assert offer.params["message_needs"] == "`customer.name` is not known"
    assert offer.status == "execute"
    assert review.params["to"] == "care-operations"
    assert review.params["text"] == (
        "care-operations writes the message to the customer that goes with `offer`, "
        "because `customer.name` is not known"
    )
    assert review.status == "propose"


def test_in_shadow_nobody_is_asked_to_write() -> None:
    decision = decided(replace(writes(), status="shadow"))
    assert {action.type for action in decision.actions} == {"apologise", "offer"}


def test_of_two_apologies_the_one_that_has_words_says_them() -> None:
    plain = Message(texts={"": "We are sorry."})
    silent = replace(writes("first", None, steps=("apologise",), offer=None), priority=90)
    speaking = writes("second", plain, steps=("apologise",), offer=None)
    assert of(decided(silent, speaking), "apologise").params["message"] == "We are sorry."


def test_the_key_of_an_action_does_not_depend_on_its_words() -> None:
    known, unknown = decided(writes(), **{"customer.name": "Ada"}), decided(writes())
    assert of(known, "offer").id == of(unknown, "offer").id == of(decided(writes(message=None)), "offer").id


def test_a_broken_guard_and_a_missing_fact_are_two_questions() -> None:
    def broken(*_: Any) -> Any:
        raise ValueError("no")

    facts = {"type": EVENT, "id": "e-1", "source": "test", "customer.id": "C-1"}
    speaks = Message(texts={"": "{{ customer.name }}"})
    both = (writes("a"), writes("b", speaks, steps=("apologise",), offer=None))
    decision = decide(Facts.of(facts, NOW, ()), policy_set(both), [("guard", broken)])
    ids = [action.id for action in decision.actions]
    assert len(ids) == len(set(ids))
    assert sum(action.type == "review" for action in decision.actions) == 2


def test_an_outreach_writes_its_message_for_the_customer() -> None:
    words = Message(texts={"en": "Is all well, {{ customer.name }}?", "de": "Alles gut, {{ customer.name }}?"})
    asks = Contact(purpose="care", how="message", message=words)
    outreach = policy("care", "outreach", ALWAYS, Outreach(contact=asks))
    contact = of(decided(outreach, **{"customer.name": "Ada", "customer.locale": "de_DE"}), "contact")
    assert (contact.params["message"], contact.params["locale"]) == ("Alles gut, Ada?", "de_DE")
    assert "customer.name" not in contact.params["text"]
    silent = decided(outreach)
    assert of(silent, "contact").params["message_needs"] == "`customer.name` is not known"
    assert of(silent, "review").params["to"] == "care-operations"


def test_what_was_written_is_proven_as_it_was_whatever_amounts_and_dates_are_said_by_today() -> None:
    rules = policy_set([writes()])
    for name, before, now in (("Ada", "\u00a310.00", "GBP 10,00"), (None, "not known", "nowhere to be found")):
        facts = {"type": EVENT, "id": "e-1", "source": "test", "customer.id": "C-1", "customer.locale": "en_GB"}
        known = Facts.of({**facts, **({"customer.name": name} if name else {})}, NOW, ())
        told = orjson.dumps(decide(known, rules).to_json()).decode()
        assert before in told
        kept = orjson.loads(told.replace(before, now))
        assert replay(kept, known.snapshot(), rules, CATALOGUE).same
        kept["actions"][0]["because"] = "another reason"
        assert replay(kept, known.snapshot(), rules, CATALOGUE).difference.startswith("/actions/0/because")

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from careengine.model.message import Message
from careengine.model.policy import Recovery
from careengine.store import outbox
from tests.people.house import LATE, LEAD, ask, people, say

if TYPE_CHECKING:
    from careengine.people import People
    from careengine.store import Store

LETTER = Message(texts={"": "Dear {{ customer.name }}, take {{ offer.amount }}."})
ADA = {"id": "C-1", "name": "Ada", "locale": "en_GB"}


def with_letter(text: Message = LETTER) -> Any:
    assert isinstance(LATE.outcome, Recovery)
    return replace(LATE, outcome=replace(LATE.outcome, message=text))


@pytest.fixture
def house(file_store: Store) -> People:
    return people(file_store, [with_letter()])


def params(house: People, action: str) -> Any:
    with house.pipeline.store.read() as reader:
        found = outbox.get(reader, "acme", action)
    assert found is not None
    return found.action.params


def test_the_message_names_the_amount_that_was_agreed_to(house: People) -> None:
    task = ask(house, customer=ADA)
    assert params(house, task.document["action"])["message"] == "Dear Ada, take £40.00."
    house.decide("acme", task.id, say("amend", amount="15.00 GBP"), LEAD)
    assert params(house, task.document["action"])["message"] == "Dear Ada, take £15.00."


def test_a_yes_leaves_the_message_as_it_is(house: People) -> None:
    task = ask(house, customer=ADA)
    house.decide("acme", task.id, say("approve"), LEAD)
    assert params(house, task.document["action"])["message"] == "Dear Ada, take £40.00."


def test_a_message_that_cannot_be_written_says_what_it_needs(house: People) -> None:
    task = ask(house)
    house.decide("acme", task.id, say("amend", amount="15.00 GBP"), LEAD)
    after = params(house, task.document["action"])
    assert (after["message"], after["message_needs"]) == (None, "`customer.name` is not known")


def test_without_its_policy_no_message_goes_out_with_another_amount(file_store: Store) -> None:
    task = ask(people(file_store, [with_letter()]), customer=ADA)
    later = people(file_store, [replace(LATE, id="another")])
    later.decide("acme", task.id, say("amend", amount="15.00 GBP", even_though=True), LEAD)
    after = params(later, task.document["action"])
    assert after["message"] is None
    assert "not there any more" in after["message_needs"]

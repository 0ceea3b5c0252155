"""Personal data is hidden by its pointers, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careengine import resources
from careengine.model.catalogue import Catalogue
from careengine.model.masking import MASK, Masking, without

CATALOGUE = Catalogue.from_schema(resources.schema("interaction"))
MASKING = Masking.of(CATALOGUE)


def test_the_pointers_are_those_of_the_marked_fields() -> None:
    assert {"/customer/name", "/customer/email", "/incident/evidence", "/text", "/actor/id"} <= MASKING.pointers
    assert not {"/customer/tier", "/case/id", "/failure/type"} & MASKING.pointers


def test_marked_values_are_masked_and_others_stand() -> None:
    document = {"id": "e", "text": "words", "customer": {"name": "Ada", "tier": "gold", "email": None}, "case": 7}
    assert MASKING.document(document) == {
        "id": "e",
        "text": MASK,
        "customer": {"name": MASK, "tier": "gold", "email": None},
        "case": 7,
    }
    assert document["text"] == "words"


def test_a_flat_name_is_a_way_down() -> None:
    assert MASKING.document({"customer.name": "Ada", "customer.tier": "gold"}) == {
        "customer.name": MASK,
        "customer.tier": "gold",
    }


@given(
    document=st.recursive(
        st.text(), lambda below: st.dictionaries(st.sampled_from(["customer", "name", "text", "case"]), below)
    ).filter(lambda value: isinstance(value, dict))
)
def test_masking_again_changes_nothing(document: Any) -> None:
    once = MASKING.document(document)
    assert MASKING.document(once) == once
    assert set(MASKING.values(once)) <= {MASK}


@pytest.mark.parametrize(
    ("node", "masked"),
    [
        ("Ada Okoro called", f"{MASK} called"),
        ({"Ada Okoro": ["x", "by Ada Okoro"]}, {MASK: ["x", f"by {MASK}"]}),
        ("7", MASK),  # a short value is hidden where it stands alone
        ("2027-07-07", "2027-07-07"),
        (7, 7),
        (None, None),
    ],
)
def test_values_are_hidden_wherever_they_stand(node: Any, masked: Any) -> None:
    assert without(node, frozenset({"Ada", "Ada Okoro", "7"})) == masked

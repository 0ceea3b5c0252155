"""The signals say what words plainly say, and nothing where there are none."""

from __future__ import annotations

from datetime import UTC, datetime

import careengine_demo
import pytest
from careengine_demo.signals import heard

from careengine import Interaction


def said(text: str | None, direction: str = "inbound") -> Interaction:
    fields = {"direction": direction} | ({} if text is None else {"text": text})
    return Interaction(
        id="e-1",
        source="demo",
        type="interaction.received",
        occurred_at=datetime(2026, 3, 3, tzinfo=UTC),
        fields=fields,
        document={},
    )


@pytest.mark.parametrize(
    ("text", "person", "regulator"),
    [
        ("Can I speak to a real person, please?", True, False),
        ("TALK TO A HUMAN!", True, False),
        ("I will go to the Ombudsman", False, True),
        ("My personal details changed", False, False),
        ("I spoke to a person yesterday", False, False),
        ("", False, False),
    ],
)
def test_plain_wishes_are_heard(text: str, person: bool, regulator: bool) -> None:  # noqa: FBT001  a table's columns
    assert careengine_demo.careengine_signals(said(text)) == {"wants_person": person, "regulator_named": regulator}


@pytest.mark.parametrize("interaction", [said(None), said("Let me talk to a human", direction="outbound")])
def test_nothing_is_claimed_without_a_customers_words(interaction: Interaction) -> None:
    assert heard(interaction) == {}


def test_long_words_are_heard_quickly_enough() -> None:
    longest = 100_000  # what the interaction schema allows
    assert heard(said("speak to a " * (longest // 11)))["wants_person"] is False

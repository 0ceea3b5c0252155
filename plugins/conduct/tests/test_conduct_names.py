"""An employee who is named is an employee."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from careengine_conduct import plugin, read
from hypothesis import given
from hypothesis import strategies as st

from careengine import Interaction

NAMES = ("Sarah Jones", "Bill Grace")


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Sarah is an idiot", "targeted_insult"),
        ("Sarah Jones is a stupid idiot", "targeted_insult"),
        ("Sarah ist eine dumme Idiotin", "targeted_insult"),
        ("Voy a matar a Sarah", "threat"),
        ("Sarah est une idiote", "targeted_insult"),
    ],
)
def test_words_about_somebody_who_is_named_are_words_about_an_employee(text: str, category: str) -> None:
    stranger = read(text)
    assert stranger.severity == 0 or stranger.needs_review
    reading = read(text, names=NAMES)
    assert (reading.category, reading.needs_review) == (category, False)
    assert all(text[span.start : span.end] == span.text for span in reading.spans)


@pytest.mark.parametrize(
    "text",
    [
        "Sarah was lovely and solved it at once",
        "Sarah called me back, thank you",
        "My bill is rubbish and the bill was late",  # no capital: not Bill
        "Please tell Sarah that the damn thing is broken again",
        "Sarah said the driver is an idiot?",
    ],
)
def test_to_name_somebody_is_no_abuse(text: str) -> None:
    assert read(text, names=NAMES).category == ""


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Bo Li", "Bo"),
        ("Bo Li", "Bo Li"),
        ("Bo Li", "LI"),
        ("Anne-Marie Smith", "Anne-Marie"),
        ("Anne-Marie Smith", "Anne Marie Smith"),
        ("O'Neill", "O\u2019Neill"),
        ("Zo\u00eb D\u2019Angelo", "D'Angelo"),
        ("Zo\u00eb D\u2019Angelo", "Zoe"),
        ("Jose", "Jos\u00e9"),
        ("Jos\u00e9", "Jose\u0301"),
        ("\u0410\u043d\u043d\u0430", "\u0410\u043d\u043d\u0430"),  # four letters that pass for Latin ones
    ],
)
def test_short_joined_and_accented_names_are_names(name: str, written: str) -> None:
    text = f"{written} is an idiot"
    assert read(text, names=[name]).target == "staff"
    assert read(f"I will kill {written}", names=[name]).category == "threat"
    assert read(text.lower(), names=[name]).target != "staff"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Le Van An", "An idiot wrote this software"),
        ("Le Van An", "Le monde est un idiot"),
        ("Mr Smith", "Mr Jones is an idiot"),
        ("Maria de la Cruz", "De Gaulle is an idiot"),
        ("O'Neill", "O'Brien is an idiot"),
    ],
)
def test_what_many_names_have_names_nobody(name: str, text: str) -> None:
    assert read(text, names=[name]) == read(text)


def test_names_in_many_places_take_time_in_step_with_length() -> None:
    def spent(times: int) -> float:
        start = time.process_time()
        read("Sarah Jones is late. O'Grace called. " * times, names=NAMES)
        return time.process_time() - start

    spent(1)
    assert min(spent(12_000) for _ in range(2)) < 8 * min(spent(3_000) for _ in range(3))


def test_words_of_the_lists_stay_what_they_are() -> None:
    assert read("You are an Idiot", names=["Anna Idiot"]).category == "targeted_insult"


@given(text=st.text(max_size=80), names=st.lists(st.text(max_size=12), max_size=3))
def test_any_text_and_any_names_are_taken(text: str, names: list[str]) -> None:
    for one in (text, f"{' '.join(names)} {text}"):
        for span in read(one, names=names).spans:
            assert one[span.start : span.end] == span.text


@pytest.mark.parametrize(
    ("fields", "environment"),
    [({"employee.name": "Sarah"}, ""), ({}, "Ann,Sarah"), ({"employee.name": "Ann"}, " Sarah ")],
)
def test_names_come_with_the_event_and_from_the_settings(
    monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any], environment: str
) -> None:
    monkeypatch.setenv("CONDUCT_NAMES", environment)
    interaction = Interaction(
        id="e-1",
        source="demo",
        type="interaction.received",
        occurred_at=datetime(2026, 3, 3, tzinfo=UTC),
        fields={"direction": "inbound", "text": "Sarah is an idiot", **fields},
        document={},
    )
    signals = plugin.careengine_signals(interaction)
    assert (signals["category"], signals["target"]) == ("targeted_insult", "staff")

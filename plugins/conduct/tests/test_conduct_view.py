"""Entries of several words are read as one and in their parts; an idiom is read as one only."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from careengine_conduct import read
from careengine_conduct.detect import views
from careengine_conduct.heads import SIZE, Head, Heads
from careengine_conduct.language import CORE, core

if TYPE_CHECKING:
    from careengine_conduct.view import View


def seen(text: str, language: str = "en") -> View:
    return views(text, language=language)[0][1]


def test_an_entry_is_noted_and_its_words_stay() -> None:
    view = seen("that piece of shit")
    (entry,) = view.opens.values()
    assert entry.word == "piece_of_shit"
    assert view.words == [".", "that", "piece", "of", "shit", "."]
    assert [word for _, word, _ in view.longest()] == [".", "that", "piece_of_shit", "."]
    assert [word for word, _ in view.readings(entry.first)] == ["piece_of_shit", "piece"]


def test_the_words_of_an_idiom_are_not_read_by_themselves() -> None:
    view = seen("this is killing me")
    (entry,) = view.opens.values()
    assert entry.closed
    assert view.inside == {entry.first, entry.first + 1}
    assert [word for word, _ in view.readings(entry.first)] == ["killing_me"]
    assert read("this is killing me").severity == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I will get you shot", {"get", "shot"}),
        ("I have come to kill you", {"kill", "you"}),
        ("You piece of shit", {"piece of shit"}),
    ],
)
def test_evidence_is_what_stands_there(text: str, words: set[str]) -> None:
    reading = read(text)
    assert reading.severity >= 2
    spans = [span for finding in reading.findings for span in finding.spans]
    assert all(text[span.start : span.end] == span.text for span in spans)
    assert words & {word for span in spans for word in (span.text.lower(), *span.text.lower().split())}


def test_many_entries_take_time_in_step_with_length() -> None:
    def spent(times: int) -> float:
        text = "you piece of shit come to me get shot " * times
        read(text)
        start = time.process_time()
        read(text)
        return time.process_time() - start

    assert spent(800) < 12 * spent(200) + 0.05


@pytest.mark.parametrize("text", ["ill kill you", "ill find you and ill break your legs", "ill smash your face in"])
def test_ill_before_a_verb_is_i_will(text: str) -> None:
    assert read(text).category == "threat"


@pytest.mark.parametrize("text", ["My mother is ill and needs help", "I am ill, please wait", "she fell ill last week"])
def test_ill_is_an_illness_elsewhere(text: str) -> None:
    assert "ill" in seen(text).words
    assert not read(text).category


def test_what_must_be_seconded_weighs_little_without_its_head() -> None:
    def flagged(bias: float) -> bool:
        names = ("abuse", "threat", "targeted_insult", "hate_slur", "sexual_harassment", "degrading")
        sure = Head([0] * SIZE, 1.0, bias)
        made = Heads(dict.fromkeys(names, sure), ((0.0, 0.0), (1.0, 1.0)), "none")
        reading = read("you saw the accident and the blood", language="en", model=made)
        return any(one.is_conduct for one in reading.findings if one.rule == "en.threat.seconded")

    assert flagged(2.0)
    assert not flagged(-2.0)


@pytest.mark.parametrize("text", ["¡Gilipollas!", "Hola, ¡gilipollas!", "¿Eres idiota?"])
def test_signs_that_open_a_sentence_hide_nothing(text: str) -> None:
    assert read(text).category == "targeted_insult"


@pytest.mark.parametrize("text", ["idiot", "Moron!", "Stupid cow.", "Idiot!", "connard", "gilipollas"])
def test_a_bare_insult_is_meant_for_whoever_reads_it(text: str) -> None:
    reading = read(text)
    assert (reading.category, reading.target) == ("targeted_insult", "addressee")
    assert reading.severity >= 2


@pytest.mark.parametrize(
    "text", ["shit", "wtf", "Stupid app!", "useless website", "I'm such an idiot", "appli de merde"]
)
def test_bare_swearing_at_a_thing_or_oneself_is_not(text: str) -> None:
    assert not read(text).category


@pytest.mark.parametrize("code", CORE)
def test_every_core_language_has_what_a_head_must_second(code: str) -> None:
    assert any(rule.seconded for pairs in core(code).rules.values() for rule, _ in pairs)

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
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            read(text)
            best = min(best, time.process_time() - start)
        return best

    assert spent(800) < 12 * spent(200) + 0.05


@pytest.mark.parametrize("text", ["ill kill you", "ill find you and ill break your legs", "ill smash your face in"])
def test_ill_before_a_verb_is_i_will(text: str) -> None:
    assert read(text).category == "threat"


@pytest.mark.parametrize("text", ["My mother is ill and needs help", "I am ill, please wait", "she fell ill last week"])
def test_ill_is_an_illness_elsewhere(text: str) -> None:
    assert "ill" in seen(text).words
    assert not read(text).category


def doubting(sure: float) -> Heads:
    names = ("abuse", "threat", "targeted_insult", "hate_slur", "sexual_harassment", "degrading")
    made = Head([0] * SIZE, {}, 1.0, sure)
    return Heads(dict.fromkeys(names, made), ((0.0, 0.0), (1.0, 1.0)), "none", frozenset({"en"}))


def test_hard_words_near_a_person_count_as_much_as_the_heads_hold_them_likely() -> None:
    text = "how is your lanyard today"
    sure, unsure = (read(text, language="en", model=doubting(bias)) for bias in (3.0, -3.0))
    assert [one.rule for one in sure.findings if one.is_conduct] == ["en.addressed"]
    assert [span.text for span in sure.spans] == ["lanyard"]
    assert not [one for one in unsure.findings if one.is_conduct]


@pytest.mark.parametrize(
    "text", ["the parcel is still not there since Tuesday", "shit", "", "42", "the router is a moron, every day again"]
)
def test_however_sure_the_heads_are_they_flag_nothing_without_a_person_and_a_hard_word(text: str) -> None:
    reading = read(text, language="en", model=doubting(9.0))
    assert reading.severity == 0
    assert reading.needs_review is bool(text)


@pytest.mark.parametrize("threat", ["I will find you and kill you.", "Your agent is a fucking moron."])
@pytest.mark.parametrize(
    "around",
    [
        "My order 88213 was supposed to arrive on Tuesday and it has not, and the tracking page says it did. {}",
        "{} Kind regards, Peter Brown, Flat 2, 14 Elm Road. This e-mail is meant for the addressee only.",
        "Good morning, thank you for the quick answer of yesterday. {} Please send the invoice to my new address.",
    ],
)
def test_pleasant_words_around_hide_nothing(threat: str, around: str) -> None:
    text = around.format(threat)
    assert read(text).severity == read(threat).severity > 0
    assert read(around.format("")).severity == 0


def test_what_only_hard_words_and_heads_show_comes_to_a_person_first() -> None:
    reading = read("how is your lanyard today", language="en", model=doubting(9.0))
    assert (reading.kind, reading.needs_review) == ("likely", True)


def test_a_language_that_the_heads_have_not_learnt_is_read_by_its_rules_alone() -> None:
    for bias in (9.0, -9.0):
        made = doubting(bias)._replace(languages=frozenset())
        assert read("you are an idiot", language="en", model=made).category == "targeted_insult"
        assert read("how is your lanyard today", language="en", model=made).severity == 0


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
def test_every_core_language_knows_people_and_hard_words(code: str) -> None:
    assert {"addressee", "staff", "person"} == set(core(code).people.values())
    assert len(core(code).hard) > 300
    assert core(code).hard.isdisjoint(core(code).people)

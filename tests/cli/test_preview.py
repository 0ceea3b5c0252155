from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from careengine.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

EVENT = {
    "id": "e-1",
    "source": "crm",
    "type": "failure.recorded",
    "occurred_at": "2026-03-02T09:30:00Z",
    "customer": {"id": "C-1", "name": "Ada", "locale": "en_GB"},
    "failure": {"type": "late_delivery", "severity": 2},
    "order": {"id": "7781"},
}


@pytest.fixture
def event(tmp_path: Path) -> Path:
    path = tmp_path / "event.json"
    path.write_text(json.dumps(EVENT), encoding="utf-8")
    return path


def test_a_message_is_shown_as_the_customer_reads_it(event: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", "late-delivery-gold", "--event", str(event)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("With `offer`, in en_GB:\nDear Ada, your order 7781 is late")
    assert "£25.00 from us; it is yours to use until 1 May 2026" in said


def test_another_customer_reads_it_in_their_language(event: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", "late-delivery-gold", "--event", str(event), "--locale", "de_DE", "--format", "json"]) == 0
    (message,) = json.loads(capsys.readouterr().out)["messages"]
    assert (message["action"], message["language"], message["locale"]) == ("offer", "de", "de_DE")
    assert "25,00\N{NO-BREAK SPACE}£" in message["message"]


def test_without_an_event_every_language_is_shown_with_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", "late-delivery-gold"]) == 0
    shown = capsys.readouterr()
    assert "in de:\nGuten Tag" in shown.out
    assert "in en:\nDear" in shown.out
    assert "no event was given" in shown.err


def test_a_message_that_cannot_be_written_says_what_it_needs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = {name: EVENT[name] for name in ("id", "source", "type", "occurred_at")}
    path = tmp_path / "bare.json"
    path.write_text(json.dumps(bare), encoding="utf-8")
    assert main(["preview", "late-delivery-gold", "--event", str(path)]) == 1
    assert "(not written: `offer.amount` is not known)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told", "code"),
    [
        (["late-deliver-gold"], "did you mean `late-delivery-gold`?", 1),
        (["repeated-failures"], "the policy `repeated-failures` has no message", 1),
        (["late-delivery-gold", "--locale", "klingon"], "`klingon` is no locale", 2),
        (["late-delivery-gold", "--zone", "Mars"], "`Mars` is no zone", 2),
    ],
)
def test_wrong_use_is_told(arguments: list[str], told: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", *arguments]) == code
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "[]", "{}", "[1", json.dumps([EVENT, EVENT])])
def test_an_event_that_cannot_be_used_is_told(content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "event.json"
    path.write_text(content, encoding="utf-8")
    assert main(["preview", "late-delivery-gold", "--event", str(path)]) != 0
    assert "careengine:" in capsys.readouterr().err


def test_a_notice_is_shown_for_each_step_in_each_language(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", "abuse-ladder"]) == 0
    said = capsys.readouterr().out
    assert "With `restrict` (written warning), in en:\nWe are writing to you about [behaviour]." in said
    assert "With `restrict` (suspension), in de:\n" in said
    assert "Worauf wir uns stützen: [evidence_summary]." in said
    assert said.count("With `restrict`") == 12  # three steps in four languages

"""`careengine conduct` reads messages and counts reviews."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from careengine_conduct.report import conduct
from click.testing import CliRunner

if TYPE_CHECKING:
    from pathlib import Path


def reviews(folder: Path, *lines: str) -> str:
    path = folder / "reviews.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def one(language: str, category: str, verdict: str) -> str:
    return json.dumps({"language": language, "category": category, "verdict": verdict, "incident": "I-1"})


def test_precision_is_told_by_language_and_category(tmp_path: Path) -> None:
    path = reviews(
        tmp_path,
        one("en", "threat", "confirmed"),
        one("en", "threat", "rejected"),
        "",
        one("de", "threat", "confirmed"),
    )
    result = CliRunner().invoke(conduct, ["report", path, "--format", "json"])
    assert [(row["language"], row["reviewed"], row["precision"]) for row in json.loads(result.output)] == [
        ("de", 1, 1.0),
        ("en", 2, 0.5),
    ]
    assert "threat" in CliRunner().invoke(conduct, ["report", path]).output


def test_a_line_that_is_no_review_is_named(tmp_path: Path) -> None:
    for line, why in (("{", "line 2 is no review"), (one("en", "threat", "maybe"), "unknown verdict `maybe`")):
        result = CliRunner().invoke(conduct, ["report", reviews(tmp_path, one("en", "x", "confirmed"), line)])
        assert result.exit_code == 1
        assert why in result.output


def test_a_message_is_read() -> None:
    result = CliRunner().invoke(conduct, ["read"], input="You are an idiot\n")
    shown = json.loads(result.output)
    assert (shown["category"], shown["conduct_spans"][0]["text"]) == ("targeted_insult", "idiot")

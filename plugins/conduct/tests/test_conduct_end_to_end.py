"""From a message to a decision, a review and its consequences, with the program and a database as people have them."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import careengine_conduct
import pytest
import structlog

from careengine import resources
from careengine.cli.given import actor
from careengine.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_httpserver import HTTPServer

    Program = Callable[..., str]

RULES = Path(careengine_conduct.__file__).parent / "rules"
WORDS = "Zebra quartz lamp 4711. You are a stupid idiot, Quentin. My address is zed@example.org, marmalade violin."
OURS = ("Zebra", "quartz", "4711", "zed@example", "marmalade", "violin", "Ottoline")
WHY = ("--reason", "it is right")


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Program]:
    """Runs the program in a folder whose user is a team lead; what it wrote."""
    monkeypatch.chdir(tmp_path)
    Path("careengine.toml").write_text(
        f'[rules]\npaths = ["{RULES}"]\nstarter = false\n[store]\nurl = "sqlite:///{tmp_path}/care.db"\n'
        f'[people.roles]\nteam-lead = ["{actor()}"]\n[people.employees]\nE-1 = ["{actor()}"]\n',
        encoding="utf-8",
    )

    def run(*arguments: str, code: int = 0) -> str:
        assert main(arguments) == code, capsys.readouterr().err
        return capsys.readouterr().out

    handlers, level = logging.root.handlers, logging.root.level
    yield run
    logging.root.handlers = handlers  # the program sets up logs for all of its process
    logging.root.setLevel(level)
    structlog.reset_defaults()


def said(program: Program, number: int, text: str, **more: Any) -> dict[str, Any]:
    """A message comes in; the decision on it."""
    event = {
        "id": f"e-{number}",
        "source": "demo",
        "type": "interaction.received",
        "occurred_at": f"2026-03-03T09:{number:02}:00Z",
        "direction": "inbound",
        "channel": "email",
        "customer": {"id": f"C-{number}"},
        "employee": {"id": "E-7", "name": "Ottoline Pye"},
        "case": {"id": f"T-{number}"},
        "text": text,
    } | more
    Path("event.json").write_text(json.dumps(event), encoding="utf-8")
    decision: dict[str, Any] = json.loads(program("decide", "event.json", "--record", "--format", "json"))
    return decision


def flags(program: Program) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(program("tasks", "list", "--kind", "flag", "--format", "json"))
    return found


def kept(folder: Path) -> bytes:
    """Everything in the database's files, as bytes."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("care.db*")))


def test_the_marked_words_are_kept_and_the_message_is_not(
    program: Program, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    said(program, 1, WORDS)
    [flag] = flags(program)
    spans = json.loads(flag["about"]["signals"]["conduct"]["spans"])
    assert {text for _, _, text, _ in spans} >= {"stupid", "idiot"}
    assert all(WORDS[start:end] == text for start, end, text, _ in spans)
    program("tasks", "decide", flag["id"], "confirm", "--with", "category=insult", "--with", "severity=2", *WHY)
    assert "idiot" in program("export", "C-1", "--reason", "asked for")
    assert "idiot" not in program("export", "C-1", "--masked", "--reason", "asked for")
    everything = kept(tmp_path)
    assert b"idiot" in everything
    assert [word for word in OURS if word.encode() in everything] == []
    assert [word for word in OURS if word in caplog.text] == []


def test_a_review_says_what_it_was_and_counts(program: Program) -> None:
    said(program, 1, WORDS)
    [flag] = flags(program)
    program("tasks", "decide", flag["id"], "confirm", *WHY, code=1)  # nobody said what it was, or how bad
    given = ("--with", "category=insult", "--with", "severity=2")
    assert "is confirmed" in program("tasks", "decide", flag["id"], "confirm", *given, *WHY)
    person = json.loads(program("export", "C-1", "--reason", "asked for"))
    confirmed = [event["document"] for event in person["events"] if event["document"]["type"] == "incident.confirmed"]
    assert [(one["incident"]["category"], one["incident"]["severity"]) for one in confirmed] == [("insult", 2)]
    assert confirmed[0]["incident"]["target"] == "E-7"
    assert [(one["ref"], one["status"]) for one in person["history"] if one["kind"] == "incidents"] == [
        (flag["id"], "confirmed")
    ]
    assert confirmed[0]["case"] == {"id": "T-1"}


def test_a_second_opinion_alone_has_a_person_look_and_does_nothing_else(
    program: Program, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    httpserver.expect_request("/score").respond_with_json({"score": 0.8})
    monkeypatch.setenv("CONDUCT_REMOTE_URL", httpserver.url_for("/score"))
    monkeypatch.setenv("CONDUCT_SECONDS", "5")
    decision = said(program, 1, "Hello, where is my parcel?")
    assert {action["type"] for action in decision["actions"]} <= {"flag", "note"}
    [flag] = flags(program)
    assert (flag["policy"], flag["params"]["within"]) == ("conduct-doubtful", "1 day")
    program("tasks", "decide", flag["id"], "reject", *WHY)
    assert "doubtful" in program("conduct", "report")


def test_three_confirmed_in_two_conversations_are_a_pattern(program: Program) -> None:
    fired = []
    for number, case in enumerate(("T-1", "T-1", "T-2"), 1):
        said(program, number, "You are an idiot", customer={"id": "C-1"}, case={"id": case})
        given = ("--with", "category=insult", "--with", "severity=2")
        program("tasks", "decide", flags(program)[-1]["id"], "confirm", *given, *WHY)
        person = json.loads(program("export", "C-1", "--reason", "asked for"))
        fired.append("persistent-hostility" in {one["policy"] for one in person["history"]})
    assert fired == [False, False, True]


def test_reviews_become_precision_and_redacted_lines_until_the_customer_is_erased(program: Program) -> None:
    assert "nobody has reviewed" in _after_one(program)
    for number, (text, verdict) in enumerate(
        [(WORDS, "confirm"), ("You are an idiot", "reject"), ("Sie sind ein Idiot", "confirm")], 2
    ):
        said(program, number, text)
        given = ("--with", "category=insult", "--with", "severity=2") if verdict == "confirm" else ()
        program("tasks", "decide", flags(program)[-1]["id"], verdict, *given, *WHY)
    found = json.loads(program("conduct", "report", "--format", "json"))
    assert [(row["language"], row["reviewed"], row["precision"]) for row in found["categories"]] == [
        ("de", 1, 1.0),
        ("en", 2, 0.5),
    ]
    assert {row["language"] for row in found["rules"]} == {"de", "en"}
    assert "targeted_insult" in program("conduct", "report")
    exported = program("conduct", "feedback")
    lines = [json.loads(line) for line in exported.splitlines()]
    assert [line["verdict"] for line in lines] == ["confirmed", "rejected", "confirmed"]
    assert lines[2]["judged_severity"] == 2
    assert {"stupid", "idiot"} <= {text for text, _ in lines[2]["spans"]}
    assert [word for word in (*OURS, "Quentin", "C-2", "E-7", "T-2", "e-2") if word in exported] == []
    program("erase", "C-2", "--reason", "asked for")
    assert len(program("conduct", "feedback").splitlines()) == 2


def _after_one(program: Program) -> str:
    said(program, 1, "Hello, where is my parcel?")
    return program("conduct", "report")


def test_a_decision_that_rests_on_signals_is_made_again_without_the_message(program: Program) -> None:
    said(program, 1, WORDS)
    assert "1 decision" in program("replay", "--all")


SHIELD = "I want to kill myself, I cannot go on any more."


def abuse_after(program: Program, customer: str, words: str, *, days_ago: int) -> dict[str, Any]:
    """A customer wrote these words, and writes abuse now that people confirm twice; the decision on the words."""
    now = datetime.now(UTC)
    about = {"customer": {"id": customer}, "case": {"id": f"T-{customer}"}, "occurred_at": now.isoformat()}
    at = (now - timedelta(days=days_ago)).isoformat()
    first = said(program, 1, words, **{**about, "id": f"{customer}-1", "occurred_at": at})
    said(program, 2, "You are an idiot", id=f"{customer}-2", **about)
    said(program, 3, "You stupid idiot", id=f"{customer}-3", **about)
    for flag in flags(program):
        given = ("--with", "category=insult", "--with", "severity=2")
        excused = [f"{name}=false" for name in ("distress", "complaint", "disability")]
        program("tasks", "decide", flag["id"], "confirm", *given, *(x for e in excused for x in ("--with", e)), *WHY)
    return first


def test_who_asked_for_care_is_not_restricted_and_who_did_not_is(program: Program) -> None:
    ladder = resources.rules_folder() / "protection" / "abuse-ladder.yaml"
    settings = Path("careengine.toml")
    settings.write_text(settings.read_text("utf-8").replace(f'["{RULES}"]', f'["{RULES}", "{ladder}"]'), "utf-8")
    first = abuse_after(program, "C-1", SHIELD, days_ago=1)
    assert [one["params"]["to"] for one in first["actions"] if one["type"] == "escalate"] == ["care-team"]
    abuse_after(program, "C-2", "Where is my parcel?", days_ago=1)
    abuse_after(program, "C-3", SHIELD, days_ago=31)
    asked = json.loads(program("tasks", "list", "--kind", "restriction", "--format", "json"))
    assert [(one["customer"], one["params"]["step"]) for one in asked] == [
        ("C-2", "written_warning"),
        ("C-3", "written_warning"),
    ]
    person = json.loads(program("export", "C-1", "--reason", "asked for"))
    withheld = [one for each in person["decisions"] for one in each["decision"]["withheld"]]
    assert [(one["policy"], one["by"]) for one in withheld] == [("abuse-ladder", "due-process")]
    assert "the customer may be vulnerable: care comes first" in withheld[0]["why"]
    threat = said(program, 9, f"{SHIELD} And I will kill you, I know where you live.", customer={"id": "C-1"})
    done = {(one["type"], one["params"].get("to")) for one in threat["actions"]}
    assert {("alert", "duty-manager"), ("escalate", "care-team")} <= done
    assert [one for one in threat["withheld"] if one["by"] == "due-process"] == []

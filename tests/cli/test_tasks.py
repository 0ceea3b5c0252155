"""`careengine tasks` lists, shows and decides what waits for people; `keys` says who fills which role."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import orjson
import pytest

from careengine.cli.given import actor
from careengine.model.value import say_instant
from tests.service.conftest import event
from tests.service.test_tasks import OFFER

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Careengine

WHY = ("--reason", "it was our fault")


@pytest.fixture
def asked(careengine: Careengine, tmp_path: Path) -> str:
    """The id of an approval that waits for a team lead, whom the user of this machine is."""
    (tmp_path / "late.yaml").write_text(OFFER)
    (tmp_path / "event.json").write_bytes(orjson.dumps(event()))
    settings = f'[rules]\npaths = ["late.yaml"]\nstarter = false\n[people.roles]\nteam-lead = ["{actor()}"]\n'
    (tmp_path / "careengine.toml").write_text(settings)
    assert careengine("decide", "event.json", "--record").code == 0
    [row] = careengine("tasks", "list", "--format", "json").json
    return str(row["id"])


def test_it_is_listed_shown_and_decided(careengine: Careengine, asked: str) -> None:
    assert "team-lead" in careengine("tasks", "list", "--mine").out
    assert "nothing of that waits" in careengine("tasks", "list", "--role", "director").out
    shown = careengine("tasks", "show", asked).out
    assert "40.00 GBP" in shown
    assert "  approve: let it happen\n" in shown
    assert "    --with amount=...: money such as `25.00 GBP`" in shown
    done = careengine("tasks", "decide", asked, "amend", "--with", "amount=15.00 GBP", *WHY)
    assert (done.code, done.out) == (0, f"approval `{asked}` is amended\n")
    shown = careengine("tasks", "show", asked, "--format", "json").json
    assert shown["decided"]["amount"] == "15.00 GBP"
    assert [(entry["actor"], entry["did"], entry["reason"]) for entry in shown["audit"]] == [
        (actor(), "amend", "it was our fault")
    ]
    assert "it was our fault" in careengine("tasks", "show", asked).out
    assert careengine("tasks", "list", "--state", "amended", "--format", "json").json[0]["id"] == asked


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("approve",), 2, "--reason"),
        (("agree", *WHY), 1, "/outcome: expected one of `approve`, `decline`, `amend`"),
        ((), 2, "missing argument `OUTCOME`"),
        (("approve", "--with", "outcome=decline", *WHY), 2, "`outcome` is not given like this"),
        (("approve", "--with", "reason=oops", *WHY), 2, "`reason` is not given like this"),
        (("approve", "--with", "even_though=true", *WHY), 2, "`even_though` is not given like this"),
        (("amend", *WHY), 1, "/amount: expected money such as `25.00 GBP`"),
        (("amend", "--with", "amount", *WHY), 2, "`amount` is no NAME=VALUE"),
        (("confirm", *WHY), 1, "/outcome: expected one of `approve`"),
    ],
)
def test_a_wrong_answer_is_refused(
    careengine: Careengine, asked: str, arguments: tuple[str, ...], code: int, says: str
) -> None:
    ran = careengine("tasks", "decide", asked, *arguments)
    assert ran.code == code, ran.err
    assert says in ran.err
    assert careengine("tasks", "list", "--format", "json").json[0]["state"] == "open"


def test_whoever_lacks_the_role_is_told_which_may(careengine: Careengine, asked: str, tmp_path: Path) -> None:
    (tmp_path / "careengine.toml").write_text('[rules]\npaths = ["late.yaml"]\nstarter = false\n')
    ran = careengine("tasks", "decide", asked, "approve", *WHY)
    assert ran.code != 0
    assert "`team-lead` decides this approval" in ran.err
    assert "`people.roles` says who fills which" in ran.err


def test_a_key_is_given_roles(careengine: Careengine, tmp_path: Path) -> None:
    (tmp_path / "careengine.toml").write_text("[people.roles]\nteam-lead = []\ndirector = []\n")
    made = careengine("keys", "create", "desk", "--as", "team-lead", *WHY, "--format", "json").json
    assert made["fills"] == ["team-lead"]
    assert careengine("keys", "list", "--format", "json").json[0]["fills"] == ["team-lead"]
    rotated = careengine("keys", "rotate", made["id"], *WHY, "--format", "json").json
    assert rotated["fills"] == ["team-lead"]
    strange = careengine("keys", "create", "desk", "--as", "teamlead", *WHY)
    assert "`teamlead` is not in `people.roles`; did you mean `team-lead`?" in strange.err
    assert "is no role" in careengine("keys", "create", "desk", "--as", "Team Lead", *WHY).err
    assert len(careengine("keys", "list", "--format", "json").json) == 2


def test_an_appeal_against_what_is_no_restriction_is_refused(careengine: Careengine, asked: str) -> None:
    ran = careengine("tasks", "appeal", asked, "--reason", "it was not me")
    assert ran.code != 0
    assert f"there is no restriction `{asked}`" in ran.err


def test_a_restriction_that_begins_later_is_shown_as_scheduled(careengine: Careengine, tmp_path: Path) -> None:
    me = actor()
    people = f'[people.roles]\ndirector = ["{me}"]\n[people.employees]\n"E-9" = ["{me}"]\n'
    (tmp_path / "careengine.toml").write_text(f"[rules]\nstarter = true\n{people}")
    said = dict.fromkeys(("in_distress", "complaint_itself", "disability_related"), False)
    about = {"id": "I-1", "category": "threat", "severity": 4, "credible": True, "reporter": "sam", "target": "kim"}
    told = event(type="incident.reported", incident={**about, **said, "evidence": ["call-1"]})
    (tmp_path / "event.json").write_bytes(orjson.dumps(told))
    assert careengine("decide", "event.json", "--record").code == 0
    incident, *_ = careengine("tasks", "list", "--kind", "incident", "--format", "json").json
    assert f"evidence for `{incident['role']}` and who had a part" in careengine("tasks", "show", incident["id"]).out
    [row] = careengine("tasks", "list", "--kind", "restriction", "--format", "json").json
    shown = careengine("tasks", "show", row["id"]).out
    assert "the notice as it would go out now, in en:\nWe are writing to you about [behaviour].\n" in shown
    start = say_instant(datetime.now(UTC).replace(microsecond=0) + timedelta(days=2))
    given = (
        "--with",
        "behaviour=you threatened kim",
        "--with",
        "evidence_summary=the call",
        "--with",
        f"start={start}",
    )
    done = careengine("tasks", "decide", row["id"], "impose", *given, *WHY)
    assert done.code == 0, done.err
    [measure] = careengine("tasks", "list", "--kind", "measure", "--format", "json").json
    for task in (row["id"], measure["id"]):
        standing = careengine("tasks", "show", task, "--format", "json").json["about"]["standing"]
        assert (standing["state"], standing["start"]) == ("scheduled", start)
        assert "state scheduled" in careengine("tasks", "show", task).out


def test_conduct_is_reported_to_whoever_the_settings_name(careengine: Careengine, tmp_path: Path) -> None:
    people = f'[people]\nincident_reviewer = "conduct-desk"\n[people.roles]\nconduct-desk = ["{actor()}"]\n'
    (tmp_path / "late.yaml").write_text(OFFER)
    (tmp_path / "careengine.toml").write_text(f'[rules]\npaths = ["late.yaml"]\nstarter = false\n{people}')
    assert careengine("db", "upgrade").code == 0
    what = ("--customer", "C-1", "--category", "threat", "--severity", "3")
    ran = careengine("tasks", "report", *what, "--evidence", "call-1", "--with", "target=agent-7", "--with", "id=I-1")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("conduct-desk judges `I-1` by ")
    [row] = careengine("tasks", "list", "--kind", "incident", "--employee", "agent-7", "--format", "json").json
    assert careengine("tasks", "show", row["id"], "--format", "json").json["about"]["evidence"] == []
    refused = careengine("tasks", "decide", row["id"], "confirm", *WHY)
    assert "who had a part in it does not decide this incident" in refused.err
    wrong = careengine("tasks", "report", *what[:-1], "9", "--with", "mood=bad")
    assert wrong.code == 1
    assert "a report has `customer`, " in wrong.err
    assert "/severity: expected at most 4" in wrong.err


def test_an_id_that_is_a_number_is_text_with_and_without_quotes(careengine: Careengine, tmp_path: Path) -> None:
    people = f'[people]\nincident_reviewer = "desk"\n[people.roles]\ndesk = ["{actor()}"]\n'
    (tmp_path / "late.yaml").write_text(OFFER)
    me = f'[people.employees]\n"7" = ["{actor()}"]\n'
    (tmp_path / "careengine.toml").write_text(f'[rules]\npaths = ["late.yaml"]\nstarter = false\n{people}{me}')
    assert careengine("db", "upgrade").code == 0
    what = (
        "--customer",
        "42",
        "--category",
        "insult",
        "--severity",
        "2",
        "--with",
        "reporter=agent-1",
        "--format",
        "json",
    )
    for case, target in (("1", "7"), ("2", '"7"')):
        given = ("--with", f"target={target}", "--with", f"case={case}", "--with", "credible=false")
        ran = careengine("tasks", "report", *what, *given)
        assert ran.code == 0, ran.err
        [asked] = ran.json["incidents"]
        assert "7" in asked["about"]["not_by"]
        answer = ("confirm", "--with", 'evidence=["call-1"]', *WHY)
        assert "had a part in it" in careengine("tasks", "decide", asked["id"], *answer).err
    twice = careengine("tasks", "report", *what, "--with", "severity=4")
    assert (twice.code, "`severity` is not given like this" in twice.err) == (2, True)


BYTES = "\udcff"  # what a byte of no encoding becomes on its way here


@pytest.mark.parametrize(
    "arguments",
    [
        ("tasks", "show", BYTES),
        ("tasks", "list", "--customer", BYTES),
        ("tasks", "list", "--employee", BYTES),
        ("tasks", "decide", BYTES, "approve", *WHY),
        ("tasks", "decide", "t_1", "amend", "--with", f"amount={BYTES}", *WHY),
        ("tasks", "decide", "t_1", "approve", "--reason", BYTES),
        ("tasks", "report", "--customer", BYTES, "--category", "threat", "--severity", "3"),
        ("tasks", "appeal", BYTES, *WHY),
        ("authority", BYTES),
        ("override", BYTES, "--policy", "late", "--did", "otherwise", *WHY),
    ],
)
def test_what_is_no_text_is_wrong_use(careengine: Careengine, arguments: tuple[str, ...]) -> None:
    ran = careengine(*arguments)
    assert ran.code == 2, ran.err
    assert "bug" not in ran.err

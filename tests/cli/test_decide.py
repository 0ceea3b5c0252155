"""`careengine decide`: decisions from files and pipes, with the history carried along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest
from sqlalchemy import func, select

from careengine import resources
from careengine.store import tables
from tests.cli.conftest import LATE, contact, inside

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Careengine


def lines(*documents: object) -> bytes:
    return b"\n".join(orjson.dumps(document) for document in documents)


def test_one_interaction_is_told_in_english(careengine: Careengine, rules: Path) -> None:
    ran = careengine("decide", "-", "--rules", rules, stdin=lines(contact(1, failure=LATE)))
    assert (ran.code, ran.err) == (0, "")
    assert "What to do about e1:" in ran.out
    assert "Because of sorry-for-delay (recovery):" in ran.out
    assert "10.00 GBP" in ran.out
    assert "\x1b" not in ran.out


def test_nothing_due_is_said_too(careengine: Careengine, rules: Path) -> None:
    ran = careengine("decide", "-", "--rules", rules, stdin=lines(contact(1)))
    assert ran.code == 0
    assert "nothing beyond good service" in ran.out


def test_a_stream_carries_its_history_along_in_time_order(careengine: Careengine, rules: Path) -> None:
    shuffled = [contact(3, 30), contact(1, 10), contact(4, 40), contact(2, 20)]
    ran = careengine("decide", "-", "--rules", rules, "--format", "json", stdin=lines(*shuffled))
    assert ran.code == 0
    matched = {decision["interaction"]: [m["policy"] for m in decision["matched"]] for decision in ran.lines}
    assert matched == {"e1": [], "e2": [], "e3": ["third-contact"], "e4": ["third-contact"]}


def test_earlier_interactions_count_and_are_not_shown(careengine: Careengine, rules: Path, tmp_path: Path) -> None:
    (tmp_path / "before.jsonl").write_bytes(lines(contact(1, 10), contact(2, 20)))
    args = ("decide", "-", "--rules", rules, "--history", "before.jsonl", "--format", "json")
    [decision] = careengine(*args, stdin=lines(contact(3, 30))).lines
    assert [match["policy"] for match in decision["matched"]] == ["third-contact"]


def test_of_many_only_those_that_something_follows_from_are_told(careengine: Careengine, rules: Path) -> None:
    ran = careengine("decide", "-", "--rules", rules, stdin=lines(contact(1), contact(2, 5, failure=LATE)))
    assert "What to do about e2" in ran.out
    assert "What to do about e1" not in ran.out
    assert "2 interactions decided; 1 called for care (1 recovery)" in ran.out


def test_a_warning_never_gets_into_the_output(careengine: Careengine, rules: Path) -> None:
    events = lines(contact(1), contact(1, failure=LATE))
    ran = careengine("decide", "-", "--rules", rules, "--format", "json", stdin=events)
    assert [decision["interaction"] for decision in ran.lines] == ["e1", "e1"]
    assert "event came again with other content" in ran.err


def test_the_summary_counts_by_kind_and_policy(careengine: Careengine, rules: Path) -> None:
    events = lines(*(contact(n, n, failure=LATE) for n in range(1, 5)), contact(2, 2, failure=LATE))
    args = ("decide", "-", "--rules", rules, "--summary")
    summary = careengine(*args, "--format", "json", stdin=events).json
    assert summary["decided"] == 4
    assert summary["due"] == 4
    assert summary["repeated"] == 1
    assert summary["kinds"] == {"escalation": 2, "recovery": 4}
    assert [(row["policy"], row["matched"]) for row in summary["policies"]] == [
        ("third-contact", 2),
        ("sorry-for-delay", 4),
    ]
    assert summary["policies"][1]["for_a_person"] >= 1
    text = careengine(*args, stdin=events).out
    assert [line.split()[:3] for line in text.splitlines()[1:3]] == [
        ["escalation", "third-contact", "2"],
        ["recovery", "sorry-for-delay", "4"],
    ]


def test_a_table_is_counted_once_and_tells_each_row_that_acts(careengine: Careengine) -> None:
    table = resources.rules_folder() / "escalation" / "response-target.yaml"
    customer = {"id": "C-1", "vulnerability": ["bereavement"]}
    event = lines(contact(1, customer=customer, case={"id": "T-1", "priority": "urgent"}))
    told = careengine("decide", "-", "--rules", table, stdin=event).out
    assert "escalate to extra-care-team (level 3)" in told
    assert "Because of response-target, row 2 (escalation):" in told
    assert "Not given: response-target: escalate to tier-2" in told
    assert "response-target, row 4 goes first" in told
    summary = careengine("decide", "-", "--rules", table, "--summary", "--format", "json", stdin=event).json
    assert [(row["policy"], row["matched"]) for row in summary["policies"]] == [("response-target", 1)]


def test_the_summary_counts_what_could_not_be_judged_and_for_want_of_what(careengine: Careengine, rules: Path) -> None:
    unsaid = {key: value for key, value in LATE.items() if key != "days_late"}
    events = lines(contact(1, failure=unsaid), contact(2, failure=unsaid), contact(3, failure=LATE))
    args = ("decide", "-", "--rules", rules, "--summary")
    summary = careengine(*args, "--format", "json", stdin=events).json
    (unjudged,) = [row for row in summary["unknown"] if row["policy"] == "sorry-for-delay"]
    assert unjudged == {"policy": "sorry-for-delay", "times": 2, "missing": {"failure.days_late": 2}}
    rows = [line.split() for line in careengine(*args, stdin=events).out.splitlines()]
    assert ["sorry-for-delay", "2", "failure.days_late", "(2)"] in rows


def test_the_good_part_of_a_batch_is_kept(careengine: Careengine, rules: Path) -> None:
    odd = contact(2)
    del odd["type"]
    batch = b"\n".join([lines(contact(1)), b"{nonsense}", lines(odd), lines(contact(4, direction="up"), contact(5))])
    ran = careengine("decide", "-", "--rules", rules, "--format", "json", stdin=batch)
    assert ran.code == 1
    assert [decision["interaction"] for decision in ran.lines] == ["e1", "e5"]
    assert "line 2: not JSON" in ran.err
    assert "line 3: /type" in ran.err
    assert "line 4: /direction" in ran.err


def test_nothing_is_kept_unless_asked_for(careengine: Careengine, rules: Path, tmp_path: Path) -> None:
    careengine("decide", "-", "--rules", rules, stdin=lines(contact(1)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rules"]


def test_recorded_decisions_are_kept_and_answered_again(careengine: Careengine, rules: Path, database: str) -> None:
    args = ("decide", "-", "--rules", rules, "--record", "--format", "json")
    first = careengine(*args, stdin=lines(contact(1), contact(2)))
    again = careengine(*args, stdin=lines(contact(1), contact(2)))
    assert first.out == again.out
    with inside(database) as connection:
        assert connection.scalar(select(func.count()).select_from(tables.decisions)) == 2
    assert careengine(*args[:-2], "--summary", stdin=lines(contact(1))).out.startswith("0 interactions decided")


def test_history_and_record_exclude_each_other(careengine: Careengine, rules: Path) -> None:
    ran = careengine("decide", "-", "--rules", rules, "--record", "--history", "x", stdin=b"{}")
    assert ran.code == 2
    assert "with `--record` the store has the history" in ran.err


@pytest.mark.parametrize(
    ("file", "says"),
    [("none.json", "cannot use `none.json`: no such file"), (".", "is a directory"), ("careengine.bin", "is not text")],
)
def test_a_file_that_is_none(careengine: Careengine, tmp_path: Path, file: str, says: str) -> None:
    (tmp_path / "careengine.bin").write_bytes(bytes(range(256)))
    ran = careengine("decide", file)
    assert ran.code == 1
    assert says in ran.err


def test_broken_rules_are_shown_at_their_place(careengine: Careengine, rules: Path) -> None:
    (rules / "third-contact.yaml").write_text("id: third-contact\nkind: escalaton\n")
    ran = careengine("decide", "-", "--rules", rules, stdin=lines(contact(1)))
    assert ran.code == 1
    assert "third-contact.yaml:2:" in ran.err
    assert "escalation" in ran.err
    assert not ran.out


def test_the_starter_rules_are_used_without_settings(careengine: Careengine) -> None:
    failure = {"type": "late_delivery", "days_late": 4, "fault": "company", "severity": 2}
    ran = careengine("decide", "-", "--format", "json", stdin=lines(contact(1, failure=failure)))
    assert ran.code == 0, ran.err
    assert "late-delivery" in [match["policy"] for match in ran.lines[0]["matched"]]


def test_a_time_that_has_come_can_be_tried_out_and_is_never_recorded(careengine: Careengine, rules: Path) -> None:
    due = {**contact(1), "type": "clock.due"}
    assert careengine("decide", "-", "--rules", rules, stdin=lines(due)).code == 0
    ran = careengine("decide", "-", "--rules", rules, "--record", stdin=lines(due))
    assert (ran.code, "/type" in ran.err) == (1, True)

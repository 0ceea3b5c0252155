"""`careengine explain`: why, and why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from careengine import resources
from tests.cli.conftest import LATE, contact

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Careengine


@pytest.fixture
def events(tmp_path: Path) -> Path:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join(orjson.dumps(contact(n, n, failure=LATE)) for n in (1, 2)))
    return path


def test_the_latest_of_a_file_is_explained_with_those_before_it(
    careengine: Careengine, rules: Path, events: Path
) -> None:
    ran = careengine("explain", events, "--rules", rules)
    assert ran.code == 0, ran.err
    assert "What to do about e2" in ran.out
    assert "sorry-for-delay: true; all its conditions are true" in ran.out
    assert "third-contact: false" in ran.out
    assert "there are 2" in ran.out


def test_json_holds_every_condition(careengine: Careengine, rules: Path, events: Path) -> None:
    told = careengine("explain", events, "--rules", rules, "--format", "json").json
    assert told["decision"]["interaction"] == "e2"
    by_policy = {one["policy"]: one for one in told["explanations"]}
    assert [test["result"] for test in by_policy["sorry-for-delay"]["tests"]] == ["true", "true"]
    [test] = by_policy["third-contact"]["tests"]
    assert (test["needed"], test["found"], test["result"]) == ({"at_least": 3}, 2, "false")


def test_history_from_another_file_counts(careengine: Careengine, rules: Path, events: Path, tmp_path: Path) -> None:
    (tmp_path / "third.json").write_bytes(orjson.dumps(contact(3, 30)))
    ran = careengine("explain", "third.json", "--rules", rules, "--history", events, "--why-not", "third-contact")
    assert "third-contact: true" in ran.out


def test_of_a_person_with_several_ids_the_explanation_knows_what_the_decision_knows(
    careengine: Careengine, rules: Path, tmp_path: Path
) -> None:
    other = contact(1, 1, customer={"id": "C-2"})
    merge = contact(2, 2, type="customer.merged", merged={"id": "C-2"})
    told = [other, merge, contact(3, 3), contact(4, 4)]
    (tmp_path / "merged.jsonl").write_bytes(b"\n".join(map(orjson.dumps, told)))
    args = ("explain", "merged.jsonl", "--rules", rules, "--format", "json")
    found = careengine(*args).json
    assert "third-contact" in [one["policy"] for one in found["decision"]["matched"]]
    [explained] = [one for one in found["explanations"] if one["policy"] == "third-contact"]
    assert explained["result"] == "true"
    assert explained["tests"][0]["found"] == 3


def test_why_not_one_policy(careengine: Careengine, rules: Path, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_bytes(orjson.dumps(contact(1)))
    ran = careengine("explain", "one.json", "--rules", rules, "--why-not", "sorry-for-delay")
    assert "sorry-for-delay: unknown" in ran.out
    assert "third-contact" not in ran.out
    [told] = careengine("explain", "one.json", "--rules", rules, "--why-not", "third-contact", "--format", "json").json[
        "explanations"
    ]
    assert told["result"] == "false"


def test_a_kept_decision_is_explained_by_its_id(careengine: Careengine, rules: Path, events: Path) -> None:
    kept = careengine("decide", events, "--rules", rules, "--record", "--format", "json").lines[1]
    for path in rules.iterdir():
        path.unlink()
    ran = careengine("explain", kept["id"])
    assert ran.code == 0, ran.err
    assert kept["id"] in ran.out
    assert "sorry-for-delay: true" in ran.out
    told = careengine("explain", kept["id"], "--format", "json").json
    assert told["decision"] == kept


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["nothing.json"], 1, "`nothing.json` is no file and no decision"),
        (["d_0123"], 1, "holds nothing yet"),
        (["d_0123", "--rules", "rules"], 2, "go with a file, and there is no file `d_0123`"),
        (["events.jsonl", "--rules", "rules", "--why-not", "thirdcontact"], 1, "did you mean `third-contact`?"),
        (["rules"], 1, "is a directory"),
    ],
)
def test_what_cannot_be_explained(
    careengine: Careengine, rules: Path, events: Path, args: list[str], code: int, says: str
) -> None:
    assert rules.exists()
    assert events.exists()
    ran = careengine("explain", *args)
    assert ran.code == code
    assert says in ran.err


def test_an_interaction_that_is_refused(careengine: Careengine, rules: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_bytes(orjson.dumps(contact(1, direction="up")))
    ran = careengine("explain", "bad.json", "--rules", rules)
    assert ran.code == 1
    assert "/direction" in ran.err


def test_an_unknown_decision_in_a_store_that_exists(careengine: Careengine, rules: Path, events: Path) -> None:
    careengine("decide", events, "--rules", rules, "--record")
    ran = careengine("explain", "d_0123")
    assert ran.code == 1
    assert "no decision `d_0123` is kept" in ran.err


def test_the_change_that_would_make_it_fire(careengine: Careengine, rules: Path, tmp_path: Path) -> None:
    (tmp_path / "soon.json").write_bytes(orjson.dumps(contact(1, failure={"type": "late_delivery", "days_late": 1})))
    args = ("explain", "soon.json", "--rules", rules, "--why-not", "sorry-for-delay")
    assert "would fire if the delay were at least 3 days (now 1)" in careengine(*args).out
    (told,) = careengine(*args, "--format", "json").json["explanations"]
    assert told["in_the_way"] == 1
    says = "would fire if the delay were at least 3 days (now 1)"
    assert told["change"] == {"fact": "failure.days_late", "found": 1, "to": 3, "says": says}


def test_a_table_shows_its_rows_and_what_stands_in_the_way_of_each(careengine: Careengine, tmp_path: Path) -> None:
    table = resources.rules_folder() / "escalation" / "response-target.yaml"
    case = {"id": "T-1", "priority": "normal"}
    (tmp_path / "one.json").write_bytes(orjson.dumps(contact(1, case=case)))
    args = ("explain", "one.json", "--rules", table, "--why-not", "response-target")
    told = careengine(*args).out
    assert "response-target: false; no row of its table holds" in told
    assert "row 1: false\n    false    the case's priority is high; it is normal" in told
    assert "would fire if the case's priority were high (now normal)" in told
    [explained] = careengine(*args, "--format", "json").json["explanations"]
    assert [row["row"] for row in explained["rows"]] == [1, 2, 3, 4, 5]
    assert explained["rows"][0]["tests"][0]["test"] == "/table/rows/0/0"

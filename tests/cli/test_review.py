"""`careengine review` says which rules people work around; `override` keeps who did not follow one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from careengine.cli.given import actor
from tests.service.conftest import event
from tests.service.test_tasks import OFFER

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Careengine

WHY = ("--reason", "the parcel was a gift")
WATCH = """\
id: watch
kind: review
title: Find what hurts
owner: policy-office
status: live
rationale: The rule changes then, not the people.
watch: {within: 90d, n_at_least: 1, overridden_percent: 50}
"""


@pytest.fixture
def decision(careengine: Careengine, tmp_path: Path) -> str:
    (tmp_path / "late.yaml").write_text(OFFER)
    (tmp_path / "watch.yaml").write_text(WATCH)
    (tmp_path / "event.json").write_bytes(orjson.dumps(event()))
    rules = '[rules]\npaths = ["late.yaml", "watch.yaml"]\nstarter = false\n'
    settings = f'{rules}[people.roles]\ncare-operations = ["{actor()}"]\n'
    (tmp_path / "careengine.toml").write_text(settings)
    return str(careengine("decide", "event.json", "--record", "--format", "json").json["id"])


def test_what_people_do_otherwise_comes_to_the_rules_owner(careengine: Careengine, decision: str) -> None:
    assert careengine("review").out == "the reviews find nothing\n"
    kept = careengine("override", decision, "--policy", "late", "--did", "otherwise", *WHY)
    assert (kept.code, kept.out) == (0, "kept against `late`\n")
    found = careengine("review")
    assert found.code == 1
    assert "late (care-operations; nobody is asked yet; by watch)\n- people did otherwise 1 of the 1 times" in found.out
    assert careengine("tasks", "list", "--kind", "rule-review", "--format", "json").json == []
    assert "its owner is asked" in careengine("review", "--open").out
    careengine("review", "--open")
    [task] = careengine("tasks", "list", "--kind", "rule-review", "--format", "json").json
    refused = careengine("tasks", "decide", task["id"], "amend", *WHY)
    assert "amend it first" in refused.err
    assert careengine("tasks", "decide", task["id"], "decline", *WHY).code == 0
    assert careengine("review", "--format", "json").json == {"findings": []}


def test_an_escalated_one_asks_the_owner(careengine: Careengine, decision: str) -> None:
    options = ("--policy", "late", "--did", "amended", "--exception", "gift", "--escalate", "--format", "json")
    made = careengine("override", decision, *options, *WHY).json
    assert (made["did"], made["exception"]) == ("amended", "gift")
    [task] = careengine("tasks", "list", "--kind", "exception", "--format", "json").json
    assert task["id"] == made["task"]
    assert "override" in careengine("audit").out


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("d_0", "--policy", "late", "--did", "otherwise", *WHY), 1, "there is no decision `d_0`"),
        (("", "--policy", "late", "--did", "otherwise", *WHY), 1, "decision: expected the id of a decision"),
        (("d_0", "--policy", "late", "--did", "ignored", *WHY), 2, "`--did`"),
        (("d_0", "--policy", "late", "--did", "otherwise"), 2, "--reason"),
    ],
)
def test_wrong_use_is_told(
    careengine: Careengine, decision: str, arguments: tuple[str, ...], code: int, says: str
) -> None:
    assert decision
    ran = careengine("override", *arguments)
    assert ran.code == code
    assert says in ran.err


def test_without_a_review_there_is_nothing_to_say(careengine: Careengine, decision: str, tmp_path: Path) -> None:
    assert decision
    (tmp_path / "careengine.toml").write_text('[rules]\npaths = ["late.yaml"]\nstarter = false\n')
    ran = careengine("review")
    assert (ran.code, "the rules hold no review" in ran.err) == (1, True)

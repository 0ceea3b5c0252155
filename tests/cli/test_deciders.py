"""`careengine doctor` finds roles that decide and that nobody fills."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from careengine import resources
from tests.policy.bench import AUTHORITY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Careengine

RULES = '[rules]\npaths = ["first-line.yaml"]\nstarter = false\n'
LEAD = """[people.roles]
team-lead = ["person:kim"]
ops-manager = []
care-operations = ["person:kim"]
agent = []
"""


def people(careengine: Careengine, folder: Path, more: str = "", status: str = "live") -> dict[str, Any]:
    (folder / "first-line.yaml").write_text(AUTHORITY.replace("shadow", status))
    (folder / "careengine.toml").write_text(RULES + more)
    found = careengine("doctor", "--format", "json").json["checks"]
    return next(dict(one) for one in found if one["check"] == "people")


def test_before_anybody_is_named_it_only_says_so(careengine: Careengine, tmp_path: Path) -> None:
    told = people(careengine, tmp_path)
    assert told["ok"]
    assert (
        told["found"]
        == "nobody is said to fill a role yet; the rules ask `care-operations`, `ops-manager`, `team-lead`"
    )
    assert "`people.roles`" in told["do"]


def test_a_role_of_nobody_is_wrong(careengine: Careengine, tmp_path: Path) -> None:
    told = people(careengine, tmp_path, LEAD)
    assert not told["ok"]
    assert told["found"] == "the rules ask `ops-manager`, and nobody fills that role"


def test_a_key_fills_it_until_it_ends(careengine: Careengine, tmp_path: Path) -> None:
    people(careengine, tmp_path, LEAD)
    made = careengine("keys", "create", "desk", "--as", "ops-manager", "--reason", "r", "--format", "json").json
    assert people(careengine, tmp_path, LEAD)["found"] == "somebody fills every role that decides"
    careengine("keys", "revoke", made["id"], "--reason", "r")
    assert not people(careengine, tmp_path, LEAD)["ok"]


def test_what_is_not_live_asks_nobody(careengine: Careengine, tmp_path: Path) -> None:
    assert people(careengine, tmp_path, '[people.roles]\ndirector = ["person:kim"]\n', "shadow")["ok"]


@pytest.mark.parametrize(
    ("starter", "key"),
    [
        ("protection/abuse-ladder", "decided_by"),
        ("recognition/above-and-beyond", "confirmed_by"),
        ("limit/goodwill-once-60d", "ask"),
        ("contact_cap/outreach-week", "to"),
        ("recovery/double-deviation", "owner"),
    ],
)
def test_every_key_that_names_who_decides_is_looked_at(
    careengine: Careengine, tmp_path: Path, starter: str, key: str
) -> None:
    text = (resources.rules_folder() / f"{starter}.yaml").read_text()
    text = re.sub(r"(?m)^status: .*$", "status: live", re.sub(rf"{key}: [a-z-]+", f"{key}: nobody-has-this", text))
    name = f"{starter.rpartition('/')[2]}.yaml"
    (tmp_path / name).write_text(text)
    rules = f'[rules]\npaths = ["{name}"]\nstarter = false\n[people.roles]\nteam-lead = ["person:kim"]\n'
    (tmp_path / "careengine.toml").write_text(rules)
    assert "error CE717" in careengine("check").out
    found = careengine("doctor", "--format", "json").json["checks"]
    told = next(one for one in found if one["check"] == "people")
    assert not told["ok"]
    assert "`nobody-has-this`" in told["found"]


def of(careengine: Careengine, check: str) -> list[str]:
    found = careengine("doctor", "--format", "json").json["checks"]
    return [one["found"] for one in found if one["check"] == check and not one["ok"]]


def test_reports_of_conduct_that_would_wait_for_nobody_are_found(careengine: Careengine, tmp_path: Path) -> None:
    director = '[people.roles]\ndirector = ["person:kim"]\n'
    people(careengine, tmp_path, director, "shadow")
    found = "`team-lead` judges reports of conduct that no policy flags, and nobody fills that role"
    assert of(careengine, "incidents") == [found]
    people(careengine, tmp_path, f'[people]\nincident_reviewer = "director"\n{director}', "shadow")
    assert of(careengine, "incidents") == []


@pytest.mark.parametrize(
    ("employees", "roles"),
    [
        ("", "`care-operations`, `team-lead`"),
        ('[people.employees]\nE-1 = ["person:sam"]\n', "`care-operations`, `team-lead`"),
        ('[people.employees]\nE-1 = ["person:kim"]\n', ""),
    ],
)
def test_whoever_decides_and_is_nobody_here_is_found(
    careengine: Careengine, tmp_path: Path, employees: str, roles: str
) -> None:
    people(careengine, tmp_path, LEAD + employees)
    found = f"whoever fills {roles} is no employee here, so they decide nothing in which an employee has a part"
    assert of(careengine, "employees") == ([found] if roles else [])


def test_who_is_in_a_group_is_known_to_the_sign_in(careengine: Careengine, tmp_path: Path) -> None:
    groups = LEAD.replace("person:kim", "group:leads")
    people(careengine, tmp_path, groups)
    assert len(of(careengine, "employees")) == 1
    people(careengine, tmp_path, f'{groups}[people.employees]\nE-1 = ["person:kim"]\n')
    assert of(careengine, "employees") == []

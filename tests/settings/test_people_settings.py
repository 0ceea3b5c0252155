"""Who fills which role stands in the settings; what nobody could mean is a mistake at its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from careengine.errors import SettingsError
from careengine.model.restrictions import CARE_FIRST_FOR
from careengine.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def load(folder: Path, text: str) -> Settings:
    file = folder / "careengine.toml"
    file.write_text(text)
    return Settings.load(file, {})


def test_who_fills_a_role_and_who_is_which_employee(tmp_path: Path) -> None:
    people = load(
        tmp_path,
        '[people.roles]\nteam-lead = ["group:leads", "key:1f"]\n[people.employees]\nagent-7 = ["person:sam"]\n',
    ).people
    assert people.roles == {"team-lead": ("group:leads", "key:1f")}
    assert people.employees == {"agent-7": ("person:sam",)}
    assert load(tmp_path, "").people.roles == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[people.roles]\nteam_lead = ["person:sam"]\n', "write a role in small letters"),
        ('[people.roles]\nteam-lead = ["sam"]\n', "`person:NAME`, `group:NAME`, `key:ID` or `local:USER`"),
        ('[people.roles]\nteam-lead = "person:sam"\n', "must be a list"),
        ("[people]\nrole = {}\n", "did you mean `people.roles`?"),
    ],
)
def test_what_nobody_could_mean(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(tmp_path, text)
    assert says in str(refused.value)
    assert "careengine.toml" in str(refused.value)


def test_who_judges_reports_of_conduct_is_a_role_that_there_is(tmp_path: Path) -> None:
    assert load(tmp_path, "").people.incident_reviewer == "team-lead"
    text = '[people]\nincident_reviewer = "conduct-desc"\n[people.roles]\nconduct-desk = ["person:sam"]\n'
    with pytest.raises(SettingsError, match=r"which is not in `people\.roles`; did you mean `conduct-desk`\?"):
        load(tmp_path, text)
    assert load(tmp_path, text.replace("desc", "desk")).people.incident_reviewer == "conduct-desk"


def test_care_comes_first_for_a_time_that_ends(tmp_path: Path) -> None:
    assert load(tmp_path, "").people.care_first_days == CARE_FIRST_FOR.days
    assert load(tmp_path, "[people]\ncare_first_days = 14\n").people.care_first_days == 14
    for wrong in ("0", "366", '"for ever"'):
        with pytest.raises(SettingsError, match="care_first_days"):
            load(tmp_path, f"[people]\ncare_first_days = {wrong}\n")

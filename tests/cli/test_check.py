"""`careengine check`: every mistake at its place, in every format."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from careengine.policy.codes import CODES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Careengine


@pytest.fixture
def broken(rules: Path) -> Path:
    """A rule with a misspelt operator, beside one that is fine."""
    path = rules / "third-contact.yaml"
    path.write_text(path.read_text().replace("at_least", "at_leest"))
    return path


def test_rules_without_a_mistake(careengine: Careengine, rules: Path) -> None:
    ran = careengine("check", rules)
    assert ran.code == 0, ran.out
    assert "no errors" in ran.out.splitlines()[-1]


def test_a_mistake_is_shown_with_its_place_and_what_was_meant(careengine: Careengine, broken: Path) -> None:
    ran = careengine("check", broken)
    assert ran.code == 1
    line = next(n for n, text in enumerate(broken.read_text().splitlines(), 1) if "at_leest" in text)
    assert f"third-contact.yaml:{line}:" in ran.out
    assert "`at_leest`" in ran.out
    assert "`at_least`" in ran.out
    assert "^" in ran.out
    assert "1 error" in ran.out.splitlines()[-1]
    assert "\x1b" not in ran.out


def test_every_format_is_what_it_says(careengine: Careengine, broken: Path) -> None:
    text = {name: careengine("check", broken.parent, "--format", name) for name in ("json", "sarif", "github", "junit")}
    assert {ran.code for ran in text.values()} == {1}
    assert all("1 error" in ran.err for ran in text.values())
    assert "at_leest" in json.dumps(json.loads(text["json"].out))
    assert json.loads(text["sarif"].out)["version"] == "2.1.0"
    assert any(line.startswith("::error ") for line in text["github"].out.splitlines())
    assert "at_leest" in text["junit"].out
    assert ET.fromstring(text["junit"].out).tag in ("testsuite", "testsuites")  # noqa: S314  our own output


def test_the_codes_are_listed(careengine: Careengine) -> None:
    listed = careengine("check", "--list").out
    assert all(f"{code} " in listed for code in CODES)
    told = careengine("check", "--list", "--format", "json").json
    assert [one["code"] for one in told] == list(CODES)
    assert careengine("check", "--list", "--format", "sarif").code == 2


def test_without_paths_the_settings_name_the_rules(careengine: Careengine, broken: Path, tmp_path: Path) -> None:
    (tmp_path / "careengine.toml").write_text('[rules]\npaths = ["rules"]\nstarter = false\n')
    ran = careengine("check")
    assert ran.code == 1
    assert broken.name in ran.out
    (tmp_path / "other").mkdir()
    (tmp_path / "careengine.toml").rename(tmp_path / "other" / "care.toml")
    (tmp_path / "rules").rename(tmp_path / "other" / "rules")
    assert broken.name in careengine("--settings", "other/care.toml", "check").out


def test_without_settings_the_starter_rules_are_checked(careengine: Careengine) -> None:
    ran = careengine("check")
    assert ran.code == 0, ran.out
    assert "no errors" in ran.out


def test_finding_nothing_is_a_problem(careengine: Careengine, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert careengine("check", "empty").code == 1
    assert careengine("check", "nowhere").code == 1


def test_a_setting_that_is_wrong_is_named(careengine: Careengine, tmp_path: Path) -> None:
    (tmp_path / "careengine.toml").write_text('tennant = "x"\n')
    ran = careengine("check")
    assert ran.code == 1
    assert "did you mean `tenant`?" in ran.err
    assert careengine("--settings", "none.toml", "check").code == 1


def test_roles_that_the_settings_do_not_declare_are_refused(
    careengine: Careengine, tmp_path: Path, rules: Path
) -> None:
    assert careengine("check", rules).code == 0
    (tmp_path / "careengine.toml").write_text("[people.roles]\nnobody = []\n")
    ran = careengine("check", rules)
    assert ran.code == 1
    assert "error CE717" in ran.out
    assert "is not in the setting `people.roles`" in ran.out


def test_a_finding_about_the_whole_set_comes_with_an_event_that_shows_it(careengine: Careengine, rules: Path) -> None:
    one = next(path for path in rules.glob("*.yaml") if not path.stem.endswith(".test"))
    text = one.read_text().replace("status: draft", "status: live")
    one.write_text(text)
    (rules / "its-twin.yaml").write_text(text.replace(f"id: {one.stem}", "id: its-twin"))
    ran = careengine("check", rules)
    assert ran.code == 0
    assert "for example: {" in ran.out
    assert "CE703" in ran.out

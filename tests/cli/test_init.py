"""`careengine init`: what it writes works, and nothing is overwritten."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest

from careengine import resources
from careengine.model.catalogue import Catalogue
from careengine.model.table import Table
from careengine.policy import loader
from careengine.settings import PrivacySettings, Settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Careengine


@pytest.mark.parametrize("extra", [[], ["--demo"]])
def test_what_it_writes_passes_check_and_test(
    careengine: Careengine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extra: list[str]
) -> None:
    assert careengine("init", "care", *extra).code == 0
    monkeypatch.chdir(tmp_path / "care")
    for verb in ("check", "test"):
        ran = careengine(verb)
        assert ran.code == 0, ran.out + ran.err
    readme = (tmp_path / "care" / "README.md").read_text()
    commands = [shlex.split(line, comments=True)[1:] for line in re.findall(r"^careengine .*$", readme, re.MULTILINE)]
    assert ["decide", "interaction.json"] in commands
    for command in commands:
        ran = careengine(*command, *(["--help"] if command == ["serve"] else []))
        assert ran.code == 0, ran.out + ran.err


def test_the_example_calls_for_care(careengine: Careengine, tmp_path: Path) -> None:
    careengine("init", "care")
    ran = careengine("--settings", "care/careengine.toml", "decide", "care/interaction.json", "--format", "json")
    assert [match["policy"] for match in ran.lines[0]["matched"]] == ["late-delivery"]
    assert not (tmp_path / "careengine.db").exists()


def test_the_fields_can_be_used_in_rules(careengine: Careengine, tmp_path: Path) -> None:
    careengine("init", "care")
    rule = tmp_path / "care" / "rules" / "recovery" / "late-delivery.yaml"
    rule.write_text(rule.read_text().replace("failure.days_late, at_least: 3", "custom.contract, is: premium"))
    ran = careengine("--settings", "care/careengine.toml", "check", rule)
    assert ran.code == 0, ran.out


def test_the_schema_comment_of_every_rule_leads_to_the_schema(careengine: Careengine, tmp_path: Path) -> None:
    careengine("init", "care")
    rules = list((tmp_path / "care" / "rules").rglob("*.yaml"))
    assert len(rules) == 10
    for path in rules:
        found = re.match(r"# yaml-language-server: \$schema=(\S+)", path.read_text())
        assert found
        assert (path.parent / found[1]).is_file()


def test_the_demo_crm_is_configured_with_secrets_of_its_own(careengine: Careengine, tmp_path: Path) -> None:
    careengine("init", "--demo", "care")
    settings = Settings.load(tmp_path / "care" / "careengine.toml", env={})
    assert settings.adapters["demo"].type == "demo"
    for name in ("demo-token", "demo-webhook-secret"):
        path = tmp_path / "care" / "secrets" / name
        assert path.stat().st_mode & 0o077 == 0
        assert len(path.read_text()) >= 32
    assert "secrets/" in (tmp_path / "care" / ".gitignore").read_text()


def test_nothing_is_overwritten(careengine: Careengine, tmp_path: Path) -> None:
    (tmp_path / "care" / "rules").mkdir(parents=True)
    (tmp_path / "care" / "careengine.toml").write_text("mine")
    ran = careengine("init", "care")
    assert ran.code == 1
    assert "`care/careengine.toml` is there already and nothing is overwritten" in ran.err
    assert [path.name for path in (tmp_path / "care").rglob("*") if path.is_file()] == ["careengine.toml"]
    assert (tmp_path / "care" / "careengine.toml").read_text() == "mine"


def test_a_folder_with_other_files_is_fine(careengine: Careengine, tmp_path: Path) -> None:
    (tmp_path / "LICENSE").write_text("mine")
    assert careengine("init", ".").code == 0
    assert careengine("init", ".").code == 1


def test_a_file_is_no_folder(careengine: Careengine, tmp_path: Path) -> None:
    (tmp_path / "care").write_text("")
    ran = careengine("init", "care")
    assert ran.code == 1
    assert "`care` is a file; name a folder" in ran.err


def test_several_files_that_are_there_are_counted(careengine: Careengine) -> None:
    careengine("init", "care")
    ran = careengine("init", "care")
    assert ran.code == 1
    assert "`care/careengine.toml` and 16 more are there already" in ran.err


def test_everything_here_is_no_rule_and_each_file_is_told_once(careengine: Careengine) -> None:
    careengine("init", "care")
    ran = careengine("check", "care")
    assert ran.code == 1
    assert ran.out.count("CE218: this is not a policy") == 4
    assert "4 errors, no warnings in care" in ran.out


def test_words_are_kept_by_a_choice_that_can_be_read(careengine: Careengine, tmp_path: Path) -> None:
    assert careengine("init", "care").code == 0
    assert Settings.load(tmp_path / "care" / "careengine.toml").privacy.keep_text == "evidence"
    assert PrivacySettings().keep_text == "none"


def test_a_misspelt_role_is_refused_from_the_first_day(careengine: Careengine, tmp_path: Path) -> None:
    careengine("init", "care")
    rule = tmp_path / "care" / "rules" / "protection" / "immediate-threat.yaml"
    rule.write_text(rule.read_text().replace("review_by: security-lead", "review_by: nobody-has-this"))
    ran = careengine("--settings", "care/careengine.toml", "check")
    assert ran.code == 1
    assert "CE717" in ran.out
    assert "`nobody-has-this` is not in the setting `people.roles`" in ran.out


def test_the_roles_are_those_of_the_rules_and_who_judges_reports(careengine: Careengine, tmp_path: Path) -> None:
    careengine("init", "care")
    settings = Settings.load(tmp_path / "care" / "careengine.toml", env={})
    catalogue = Catalogue.from_schema(resources.schema("interaction"))
    policies = loader.load([tmp_path / "care" / "rules"], catalogue).policies
    asked = {role for one in policies if not isinstance(one.outcome, Table) for _, role in one.outcome.roles()}
    asked |= {one.owner for one in policies}
    assert settings.people.roles == dict.fromkeys({*asked, settings.people.incident_reviewer}, ())

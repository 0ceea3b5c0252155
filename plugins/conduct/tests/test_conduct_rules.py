"""The plugin's rules pass their own tests, and the guide names every role that they need."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import careengine_conduct
from careengine_conduct.report import conduct
from click.testing import CliRunner

from careengine.cli.main import cli

if TYPE_CHECKING:
    import pytest

RULES = Path(careengine_conduct.__file__).parent / "rules"


def test_the_rules_are_sound_and_pass_their_tests() -> None:
    for verb in ("check", "test"):
        result = CliRunner().invoke(cli, [verb, str(RULES)], standalone_mode=False)
        assert result.return_value == 0, result.output


def test_the_verb_names_the_folder() -> None:
    assert CliRunner().invoke(conduct, ["rules"]).output == f"{RULES}\n"


def test_the_roles_in_the_guide_are_all_that_the_rules_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guide = (RULES.parent.parent / "README.md").read_text(encoding="utf-8")
    roles = "[people.roles]" + guide.partition("[people.roles]")[2].partition("```")[0]
    monkeypatch.chdir(tmp_path)
    for line in ("", *roles.splitlines()[1:]):
        given = roles.replace(line, "other = []") if line else roles
        Path("careengine.toml").write_text(f'[rules]\npaths = ["{RULES}"]\nstarter = false\n{given}', encoding="utf-8")
        result = CliRunner().invoke(cli, ["check"], standalone_mode=False)
        assert (result.return_value == 0) == (not line), (line, result.output)

"""The plugin's rules pass their own tests, and its guard keeps restrictions from people in need."""

from __future__ import annotations

from pathlib import Path

import careengine_conduct
from careengine_conduct import plugin
from click.testing import CliRunner

from careengine.cli.main import cli

RULES = Path(careengine_conduct.__file__).parent / "rules"


def test_the_rules_are_sound_and_pass_their_tests() -> None:
    for verb in ("check", "test"):
        result = CliRunner().invoke(cli, [verb, str(RULES)])
        assert result.exit_code == 0, result.output


def test_the_pack_is_the_folder() -> None:
    assert [(pack.name, pack.folder) for pack in plugin.careengine_rule_packs()] == [("conduct", str(RULES))]

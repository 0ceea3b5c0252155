"""The plugin's rules pass their own tests, and its guard keeps restrictions from people in need."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import careengine_conduct
import pytest
from careengine_conduct import plugin
from careengine_conduct.report import conduct
from click.testing import CliRunner

from careengine.cli.main import cli

RULES = Path(careengine_conduct.__file__).parent / "rules"


def test_the_rules_are_sound_and_pass_their_tests() -> None:
    for verb in ("check", "test"):
        result = CliRunner().invoke(cli, [verb, str(RULES)], standalone_mode=False)
        assert result.return_value == 0, result.output


def test_the_verb_names_the_folder() -> None:
    assert CliRunner().invoke(conduct, ["rules"]).output == f"{RULES}\n"


@pytest.mark.parametrize(("care_first", "stopped"), [(True, ["a-2"]), (False, []), (None, [])])
def test_nobody_in_need_is_restricted(care_first: bool | None, stopped: list[str]) -> None:  # noqa: FBT001
    proposals: Any = [SimpleNamespace(id="a-1", type="support"), SimpleNamespace(id="a-2", type="restrict")]
    facts: Any = SimpleNamespace(fields={"signals.conduct.care_first": care_first})
    assert [veto.action for veto in plugin.careengine_guard(proposals, facts)] == stopped

"""The guide tells what there is: signals, verbs, settings, rules and parts."""

from __future__ import annotations

import re
from pathlib import Path

import careengine_conduct
from careengine_conduct import read
from careengine_conduct.reading import VULNERABLE
from careengine_conduct.report import conduct
from careengine_conduct.signals import told

HERE = Path(careengine_conduct.__file__).parent
GUIDE = (HERE.parent / "README.md").read_text(encoding="utf-8")
SETTING = re.compile(r"\bCONDUCT_[A-Z_]+[A-Z]")


def test_every_signal_is_in_the_guide_and_no_other() -> None:
    table = GUIDE.partition("| name | value |")[2].partition("\n\n")[0]
    named = {name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert named == set(told(read("hello")))
    assert [kind for kind in VULNERABLE if f"`{kind}`" not in table] == []


def test_every_verb_is_in_the_guide() -> None:
    assert [name for name in conduct.commands if f"careengine conduct {name}" not in GUIDE] == []


def test_every_setting_is_in_the_guide_and_no_other() -> None:
    used = {name for path in HERE.glob("*.py") for name in SETTING.findall(path.read_text(encoding="utf-8"))}
    assert set(SETTING.findall(GUIDE)) == used


def test_every_rule_is_in_the_guide() -> None:
    rules = {path.name.partition(".")[0] for path in HERE.glob("rules/*.yaml")}
    assert len(rules) > 3
    assert [name for name in sorted(rules) if f"| `{name}` |" not in GUIDE] == []


def test_every_part_is_in_the_guide() -> None:
    table = GUIDE.partition("## The parts")[2]
    names = {path.name for path in HERE.glob("*.py")} - {"__init__.py", "reading.py"}
    assert [name for name in sorted(names) if f"`{name}`" not in table] == []
    assert [name for name in re.findall(r"`(\w+\.py)`", table) if not (HERE / name).exists()] == []

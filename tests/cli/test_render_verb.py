"""`careengine render`: policies read aloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Careengine

SORRY = """\
sorry-for-delay: Say sorry for a delay (recovery)
Looked at when somebody writes, calls or speaks.
When the failure is late_delivery and the delay is at least 3 days.
Then:
1. apologise to the customer
2. offer 10.00 GBP as goodwill; team-lead says yes or no
It is live: it acts. Its owner is care, its priority 50.
Why: A delay that we caused is ours to put right.
"""


def test_a_file_and_a_folder(careengine: Careengine, rules: Path) -> None:
    ran = careengine("render", rules / "sorry-for-delay.yaml")
    assert (ran.code, ran.out) == (0, SORRY)
    both = careengine("render", rules).out.split("\n\n")
    assert both[0] + "\n" == SORRY
    assert both[1].startswith("third-contact: ")


def test_by_id_from_the_rules_of_the_settings(careengine: Careengine, rules: Path, tmp_path: Path) -> None:
    assert careengine("render", "late-delivery").out.startswith("late-delivery: ")
    (tmp_path / "careengine.toml").write_text(f'[rules]\npaths = ["{rules}"]\n')
    ran = careengine("render", "third-contact", "sorry-for-delay")
    assert [text.partition(":")[0] for text in ran.out.split("\n\n")] == ["third-contact", "sorry-for-delay"]


def test_as_json_and_markdown(careengine: Careengine, rules: Path) -> None:
    (told,) = careengine("render", rules / "sorry-for-delay.yaml", "--format", "json").json["policies"]
    assert told["policy"] == "sorry-for-delay"
    assert told["then"][0] == "apologise to the customer"
    assert told["text"] + "\n" == SORRY
    page = careengine("render", rules, "--format", "markdown").out
    assert page.startswith("## sorry-for-delay\n\n**Say sorry for a delay** (recovery)\n\n**Looked at** when ")


def test_what_cannot_be_read_aloud(careengine: Careengine, rules: Path) -> None:
    ran = careengine("render", "late-deliver")
    assert (ran.code, ran.out) == (1, "")
    assert "did you mean `late-delivery`?" in ran.err
    (rules / "sorry-for-delay.yaml").write_text("id: sorry-for-delay\nkind: recovery\n")
    broken = careengine("render", rules)
    assert broken.code == 1
    assert "sorry-for-delay.yaml" in broken.err

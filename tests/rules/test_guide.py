"""rules/README.md is what ops people go by: every example in it must work, and every word of the grammar be there."""

from __future__ import annotations

import re
import shutil
from textwrap import indent
from typing import TYPE_CHECKING

import pytest

from careengine import resources
from careengine.backtest import rule_tests
from careengine.model.catalogue import Catalogue
from careengine.model.condition import OPERATORS
from careengine.model.policy import KINDS
from careengine.policy import report
from careengine.policy.codes import CODES
from careengine.policy.document import read_document
from careengine.policy.loader import check
from careengine.policy.operand import FITTING

if TYPE_CHECKING:
    from pathlib import Path

RULES = resources.rules_folder()
GUIDE = (RULES / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
ROWS = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in GUIDE.splitlines() if line.startswith("| ")]
POLICY = resources.schema("policy")
CONDITION = POLICY["$defs"]["condition"]["properties"]

SKELETON = {
    "id": "id: example\n",
    "kind": "kind: recovery\n",
    "title": "title: An example\n",
    "owner": "owner: care-operations\n",
    "status": "status: draft\n",
    "rationale": "rationale: It stands in the guide.\n",
    "events": "events: [interaction.received]\n",
    "when": "when: {field: customer.id, present: true}\n",
}
OUTCOME = "steps: [apologise]\n"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.from_schema(resources.schema("interaction"))


def policies() -> list[str]:
    return [block for block in BLOCKS if re.search(r"^id: ", block, re.MULTILINE)]


def proofs() -> list[str]:
    return [block for block in BLOCKS if re.search(r"^policy: ", block, re.MULTILINE)]


def pieces() -> list[str]:
    return [block for block in BLOCKS if block not in policies() and block not in proofs()]


def test_the_guide_has_examples_of_every_sort() -> None:
    assert policies()
    assert proofs()
    assert len(pieces()) >= 8


def test_whole_examples_are_sound_and_their_tests_pass(tmp_path: Path, catalogue: Catalogue) -> None:
    for block in policies():
        (tmp_path / f"{_named(block, 'id')}.yaml").write_text(block, encoding="utf-8")
    for block in proofs():
        name = _named(block, "policy")
        (tmp_path / f"{name}.test.yaml").write_text(block, encoding="utf-8")
        for other in (name, *re.findall(r"with: \[([\w-]+)\]", block)):
            if shipped := next(RULES.rglob(f"{other}.yaml"), None):
                text = shipped.read_text(encoding="utf-8")
                draft = text if other == name else text.replace("status: live", "status: draft")
                (tmp_path / shipped.name).write_text(draft, encoding="utf-8")
    shutil.copytree(RULES / "calendar", tmp_path, dirs_exist_ok=True)  # shipped policies count by them
    assert [str(problem) for problem in check([tmp_path], catalogue)] == []
    ran = rule_tests.run([tmp_path], catalogue)
    assert [case.why for case in ran.cases if not case.passed] == []
    assert ran.problems == ()
    calendars = len(list(RULES.glob("calendar/*.test.yaml")))
    assert len({case.policy for case in ran.cases}) == len(proofs()) + calendars


@pytest.mark.parametrize("piece", pieces(), ids=lambda piece: piece.split("\n", 1)[0])
def test_a_piece_of_a_policy_is_sound(piece: str, tmp_path: Path, catalogue: Catalogue) -> None:
    keys = set(re.findall(r"^(\w+):", piece, re.MULTILINE))
    kind = re.search(r"^kind: (\w+)$", piece, re.MULTILINE)
    alien = {key for key, leaf in POLICY["properties"].items() if kind and kind[1] in leaf.get("x-not-kinds", ())}
    rest = "".join(text for key, text in SKELETON.items() if key not in keys | alien)
    path = tmp_path / "example.yaml"
    path.write_text(rest + piece + ("" if "kind" in keys else OUTCOME), encoding="utf-8")
    assert [str(problem) for problem in check([path], catalogue)] == []


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_is_in_the_table_with_an_example_that_works(
    operator: str, tmp_path: Path, catalogue: Catalogue
) -> None:
    row = next(row for row in ROWS if row[0] == f"`{operator}`" and len(row) == 4)
    example = row[3].strip("`")
    assert f" {operator}:" in example
    path = tmp_path / "example.yaml"
    path.write_text("".join(SKELETON.values()).replace(SKELETON["when"], f"when: {example}\n") + OUTCOME)
    assert [str(problem) for problem in check([path], catalogue)] == []


@pytest.mark.parametrize("operator", OPERATORS)
def test_the_table_says_which_types_an_operator_fits(operator: str) -> None:
    assert _types_in_table(operator) == {kind for kind, operators in FITTING.items() if operator in operators}


def test_the_error_that_is_shown_is_the_real_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue
) -> None:
    broken = policies()[0].replace("failure.severity, at_least: 2", "failure.severity, gte_: 2")
    path = tmp_path / "recovery" / f"{_named(broken, 'id')}.yaml"
    path.parent.mkdir()
    path.write_text(broken, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    text = report.render(check([path.relative_to(tmp_path)], catalogue), "text", color=False)
    assert indent(text.strip("\n"), "    ") in GUIDE


def test_the_gap_that_is_shown_is_the_real_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue
) -> None:
    table = next(block for block in policies() if "table:" in block)
    broken = "".join(line for line in table.splitlines(keepends=True) if "[-,                -," not in line)
    assert broken != table
    path = tmp_path / "recovery" / f"{_named(broken, 'id')}.yaml"
    path.parent.mkdir()
    path.write_text(broken, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    first, *_ = report.render(check([path.relative_to(tmp_path)], catalogue), "text", color=False).splitlines()
    assert f"    {first}\n" in GUIDE


def test_every_event_kind_of_history_and_filter_is_in_a_table() -> None:
    named = {row[0].strip("`") for row in ROWS}
    assert set(resources.schema("interaction")["properties"]["type"]["enum"]) <= named
    assert set(CONDITION["count"]["enum"]) <= named
    filters = set(CONDITION) - {"all", "any", "not", "field", "count", "sum", *OPERATORS}
    assert filters <= named
    assert {"all", "any", "not"} <= named


def test_every_key_of_policies_and_tests_is_explained() -> None:
    keys = set(POLICY["properties"])
    for outcome in ("offer", "escalate", "support", "alert", "flag", "restrict", "exclusions", "appeal"):
        leaf = POLICY["properties"][outcome]
        keys |= set(leaf.get("properties", ())) - {"properties"} | set(leaf.get("items", {}).get("enum", ()))
    for step in ("steps",):
        keys |= set(POLICY["properties"][step]["items"]["enum"])
    keys |= set(POLICY["properties"]["status"]["enum"]) | set(POLICY["properties"]["kind"]["enum"])
    test = resources.schema("policy-test")
    keys |= set(test["properties"])
    for part in ("case", "entry"):
        keys |= set(test["$defs"][part]["properties"])
    keys |= set(test["$defs"]["case"]["properties"]["expect"]["enum"])
    missing = {key for key in keys if not re.search(rf"[`.({{ ]{key}[`:.]", GUIDE)}
    assert missing == set()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_section_of_its_own_with_a_whole_example(kind: str) -> None:
    part = GUIDE.partition("\n## Kinds and what they do\n")[2].partition("\n## ")[0]
    sections = [section for section in part.split("\n### ")[1:] if f"\nkind: {kind}\n" in section]
    name = kind.replace("_", "-").replace("contact-cap", "contact cap")
    assert any(section.partition("\n")[0].lower().startswith(name) for section in sections)
    assert f"`{kind}`" in next(row[2] for row in ROWS if row[0] == "`kind`")


def test_every_starter_policy_is_listed_with_its_title() -> None:
    for path in RULES.rglob("*.yaml"):
        if not path.stem.endswith(".test"):
            document = read_document(path).value
            link = f"| [`{document['id']}`]({path.parent.name}/{path.name}) | {document['title']} |"
            assert link in GUIDE.splitlines()


def test_every_family_of_codes_is_explained() -> None:
    assert {f"`{code[:3]}..`" for code in CODES} <= {row[0] for row in ROWS}


def _types_in_table(operator: str) -> set[str]:
    column = ""
    for row in ROWS:
        if len(row) == 4 and row[0].strip("`") in OPERATORS:
            column = column if row[2] == "the same" else row[2]
            if row[0] == f"`{operator}`":
                break
    return set(FITTING) if column == "every type" else set(column.split(";")[0].split(", "))


def _named(block: str, key: str) -> str:
    found = re.search(rf"^{key}: (\S+)$", block, re.MULTILINE)
    assert found
    return found[1]

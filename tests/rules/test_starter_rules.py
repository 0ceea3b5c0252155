"""The starter rules: sound, tested on every side, and true to the laws that files can break."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from careengine import resources
from careengine.backtest import rule_tests
from careengine.model.catalogue import Catalogue
from careengine.model.policy import KINDS, RESTRAINING
from careengine.model.protection import EXCLUSIONS, NOTICE_PARTS, STEPS, Protection
from careengine.policy.document import read_document
from careengine.policy.field_names import OWING
from careengine.policy.loader import check, load

if TYPE_CHECKING:
    from pathlib import Path

    from careengine.backtest.rule_tests import Report
    from careengine.model.policy import PolicySet

RULES = resources.rules_folder()
FILES = sorted(path for path in RULES.rglob("*.yaml") if not path.stem.endswith(".test"))
IDS = [path.stem for path in FILES]
DECIDING = [path for path in FILES if path.parent.name not in ("calendar", "review")]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.from_schema(resources.schema("interaction"))


@pytest.fixture(scope="module")
def policies(catalogue: Catalogue) -> PolicySet:
    return load([RULES], catalogue)


@pytest.fixture(scope="module")
def report(catalogue: Catalogue) -> Report:
    return rule_tests.run([RULES], catalogue)


def test_nothing_is_wrong_with_any_file(catalogue: Catalogue) -> None:
    assert [str(problem) for problem in check([RULES], catalogue)] == []


def test_every_case_passes(report: Report) -> None:
    assert [f"{case.path}:{case.line} {case.name}\n{case.why}" for case in report.cases if not case.passed] == []
    assert [str(problem) for problem in report.problems] == []
    assert len(report.cases) >= 6 * len(FILES)


@pytest.mark.parametrize("path", DECIDING, ids=lambda path: path.stem)
def test_a_policy_is_shown_to_fire_to_stay_silent_and_to_be_unknown(path: Path) -> None:
    cases = read_document(path.with_suffix(".test.yaml")).value["cases"]
    expected = Counter(case["expect"] for case in cases)
    assert expected["fires"]
    assert expected["stays_silent"] >= 2
    document = read_document(path).value
    assert expected["unknown"] or document["kind"] in RESTRAINING or not _compares(document)


@pytest.mark.parametrize("path", DECIDING, ids=lambda path: path.stem)
def test_what_acts_once_is_shown_to_act_once(path: Path) -> None:
    document = read_document(path).value
    cases = read_document(path.with_suffix(".test.yaml")).value["cases"]
    held = [case for case in cases if case["expect"] == "withheld"]
    assert bool(held) >= ("once_per" in document)


def test_there_are_policies_of_every_kind(policies: PolicySet) -> None:
    kinds = Counter(policy.kind for policy in policies.policies)
    assert {kind for kind, count in kinds.items() if count >= 5} >= {"recovery", "escalation", "protection"}
    assert {kind for kind, count in kinds.items() if count >= 2} == set(KINDS)
    assert [path.stem for path in FILES if not read_document(path.with_suffix(".test.yaml")).value["cases"]] == []


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_a_policy_says_who_owns_it_and_why(path: Path) -> None:
    document = read_document(path).value
    assert document["status"] == "live"
    assert path.parent.name == document["kind"]
    assert len(document["rationale"]) > 80
    assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=../../schemas/policy.schema")
    assert {text.split()[-1] for text in _texts(document) if text[:1].isdecimal() and " " in text} <= {"GBP"}


def test_no_recovery_looks_at_conduct(policies: PolicySet) -> None:
    asked = {policy.id: set(_asked(policy.document)) for policy in policies.policies if policy.kind in OWING}
    assert asked
    conduct = {
        (policy, name)
        for policy, names in asked.items()
        for name in names
        if name == "incidents" or name.startswith(("incident.", "signals."))
    }
    assert conduct == set()


def test_a_remedy_is_the_same_whatever_was_reported_about_the_customer(catalogue: Catalogue, tmp_path: Path) -> None:
    """Every recovery case, run again with confirmed incidents in the history, has the same outcome."""
    ran = 0
    for path in FILES:
        if path.parent.name not in OWING:
            continue
        (tmp_path / path.name).write_bytes(path.read_bytes())
        test = path.with_suffix(".test.yaml").read_text(encoding="utf-8")
        target = tmp_path / path.with_suffix(".test.json").name
        target.write_text(_with_incidents(path.with_suffix(".test.yaml")), encoding="utf-8")
        ran += test.count("expect:")
    report = rule_tests.run([tmp_path], catalogue)
    assert [(case.policy, case.name, case.why) for case in report.cases if not case.passed] == []
    assert len(report.cases) == ran


def test_restrictions_are_proposed_and_end_by_themselves(policies: PolicySet) -> None:
    protecting = [policy.outcome for policy in policies.policies if isinstance(policy.outcome, Protection)]
    steps = [rung.restrict for one in protecting for rung in one.ladder if rung.restrict]
    assert {step.step for step in steps} == set(STEPS)
    restricting = [one for one in protecting if any(rung.restrict for rung in one.ladder)]
    assert restricting
    for one in restricting:
        assert set(one.exclusions) == set(EXCLUSIONS)
        assert one.appeal
        assert one.notice
        assert all(f"notice.{part}" in text for part in NOTICE_PARTS for text in one.notice.texts.values())


def _compares(document: Any) -> bool:
    """Whether it asks for more than whether something is there, which is always known."""
    text = json.dumps([document.get("when"), document.get("unless"), document.get("table")])
    return '"field"' not in text or text.count('"field"') + text.count('"count"') > text.count('"present"')


def _with_incidents(path: Path) -> str:
    document = read_document(path).value
    incidents = [{"kind": "incidents", "ago": f"{days}d", "status": "confirmed", "severity": 4} for days in (1, 9, 20)]
    for case in document["cases"]:
        case["history"] = [*case.get("history", []), *incidents]
    return json.dumps(document)


def _asked(node: Any) -> list[str]:
    """Every field and kind of history that a policy asks for."""
    if isinstance(node, list):
        return [name for item in node for name in _asked(item)]
    if not isinstance(node, dict):
        return []
    own = [node[key] for key in ("field", "count", "sum", "by") if isinstance(node.get(key), str)]
    own += [one for one in node.get("inputs", ()) if isinstance(one, str)]
    return own + [name for item in node.values() for name in _asked(item)]


def _texts(node: Any) -> list[str]:
    if isinstance(node, str):
        return [node]
    items = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [text for item in items for text in _texts(item)]

from __future__ import annotations

import json
import shutil
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import yaml

from careengine import resources
from careengine.errors import PolicyError
from careengine.model.policy import AmountBy, Escalation, OncePer, Recovery
from careengine.model.protection import Alert, Appeal, Flag, Protection, Restriction
from careengine.model.value import Money
from careengine.policy import loader
from tests.policy.bench import AS_OF, ESCALATION, RECOVERY, Bench


def test_a_recovery_policy(bench: Bench) -> None:
    policy = bench.load(bench.policy())
    assert (policy.id, policy.kind, policy.status, policy.priority) == ("late-delivery", "recovery", "shadow", 60)
    assert policy.events == {"interaction.received", "case.updated"}
    assert policy.effective_from == datetime(2026, 1, 1, tzinfo=UTC)
    assert policy.once_per == OncePer(same="case", within=timedelta(days=7))
    outcome = policy.outcome
    assert isinstance(outcome, Recovery)
    assert (outcome.steps, outcome.lead) == (("apologise", "fix", "offer"), "recovery-desk")
    assert outcome.offer is not None
    amounts = {"1": Money(Decimal("5.00"), "GBP"), "4": Money(Decimal("60.00"), "GBP")}
    assert outcome.offer.amount == AmountBy(field="failure.severity", amounts=amounts)
    assert outcome.offer.expires == timedelta(days=30)
    assert policy.document["title"] == "Put a late delivery right"
    assert policy.path.endswith("late-delivery.yaml")


def test_an_escalation_policy(bench: Bench) -> None:
    policy = bench.load(bench.policy(kind="escalation"))
    assert policy.priority == 50
    assert policy.outcome == Escalation(
        to="team-lead",
        level=2,
        priority="high",
        respond_within=timedelta(hours=4),
        next_update=timedelta(hours=8),
        hand_over="warm",
    )


def test_a_protection_policy(bench: Bench) -> None:
    policy = bench.load(bench.policy(kind="protection"))
    assert isinstance(policy.outcome, Protection)
    assert policy.outcome.notice
    assert "notice.appeal" in policy.outcome.notice.texts[""]
    assert replace(policy.outcome, notice=None) == Protection(
        support=("may_end_contact", "debrief"),
        alert=Alert(to="duty-manager", within=timedelta(minutes=5)),
        flag=Flag(review_by="team-lead", within=timedelta(days=1)),
        restrict=Restriction(
            step="written_warning",
            decided_by="director",
            expires=timedelta(days=90),
            review_every=timedelta(days=30),
        ),
        exclusions=("distress", "complaint", "disability"),
        appeal=Appeal(
            within=timedelta(days=30),
            decided_by="ops-manager",
            address="appeals@example.com",
            answer_within=timedelta(days=14),
        ),
    )


def test_amounts_may_go_by_yes_or_no(bench: Bench) -> None:
    by = '{by: failure.safety, "true": 9.00 GBP, "false": 1.00 GBP}'
    assert bench.check(bench.policy('{by: failure.severity, "1": 5.00 GBP, "4": 60.00 GBP}', by)) == []


def test_json_and_yaml_make_the_same_policy(bench: Bench) -> None:
    from_yaml = bench.load(bench.policy())
    document = dict(from_yaml.document)
    shutil.rmtree(bench.folder)
    from_json = bench.load(bench.write("late-delivery.json", json.dumps(document)))
    assert from_json.document == from_yaml.document
    assert from_json.when == from_yaml.when


def test_a_set_has_every_policy_in_the_order_of_ids_whatever_their_status(bench: Bench) -> None:
    for name, status in (("zeta", "live"), ("beta", "draft"), ("alpha", "retired")):
        text = ESCALATION.replace("asked-for-a-person", name).replace("shadow", status)
        bench.write(f"{name}.yaml", text)
    bench.write("zeta.test.yaml", "this is not looked at by load: [")
    found = loader.load([bench.folder], bench.catalogue)
    assert [policy.id for policy in found.policies] == ["alpha", "beta", "zeta"]


def test_the_hash_names_the_content_and_nothing_else(bench: Bench) -> None:
    bench.policy(kind="escalation")
    path = bench.policy()
    first = loader.load([bench.folder], bench.catalogue)
    text = path.read_text()
    path.unlink()
    bench.write("elsewhere/late-delivery.yaml", f"# another comment\n{text}")
    assert loader.load([bench.folder], bench.catalogue).hash == first.hash
    bench.write("elsewhere/late-delivery.yaml", text.replace("priority: 60", "priority: 61"))
    assert loader.load([bench.folder], bench.catalogue).hash != first.hash
    assert len(bytes.fromhex(first.hash)) == 32


def test_a_set_is_built_again_from_its_documents(bench: Bench) -> None:
    for kind in ("recovery", "escalation", "protection"):
        bench.policy(kind=kind)
    loaded = loader.load([bench.folder], bench.catalogue)
    kept = json.loads(json.dumps(list(loaded.documents())))
    again = loader.build_set(reversed(kept), bench.catalogue)
    assert again.hash == loaded.hash
    assert [policy.when for policy in again.policies] == [policy.when for policy in loaded.policies]
    assert {policy.path for policy in again.policies} == {""}


def test_rules_that_decided_before_are_read_with_the_money_that_they_gave(bench: Bench) -> None:
    kept = dict(bench.load(bench.policy()).document)
    kept["offer"] = {**kept["offer"], "amount": "0.0050 GBP"}
    [policy] = loader.build_set([kept], bench.catalogue).policies
    assert isinstance(policy.outcome, Recovery)
    assert policy.outcome.offer is not None
    assert str(policy.outcome.offer.amount) == "0.0050 GBP"


def test_documents_that_are_no_policies_are_refused(bench: Bench) -> None:
    deep: dict[str, Any] = {}
    for _ in range(5000):
        deep = {"not": deep}
    good = yaml.safe_load(ESCALATION)
    documents: list[Any] = [{**good, "id": "a1", "status": "alive"}, {**good, "when": deep}, good, good, []]
    with pytest.raises(PolicyError) as caught:
        loader.build_set(documents, bench.catalogue)
    assert [problem.code for problem in caught.value.problems] == ["CE204", "CE118", "CE401", "CE203"]
    assert {(problem.path, problem.line, problem.excerpt) for problem in caught.value.problems} == {("", 0, "")}


def test_all_problems_of_all_files_are_told_in_order(bench: Bench) -> None:
    bench.write("b.yaml", "id: [")
    bench.policy("priority: 60", "priority: 600\nleed: x")
    bench.write("a.json", "{")
    with pytest.raises(PolicyError) as caught:
        loader.load([bench.folder, bench.folder / "nowhere"], bench.catalogue)
    found = [(problem.code, problem.line) for problem in caught.value.problems]
    assert found == [("CE101", 0), ("CE112", 1), ("CE110", 1), ("CE209", 7), ("CE201", 8)]


def test_warnings_do_not_keep_rules_from_loading(bench: Bench) -> None:
    path = bench.policy("status: shadow", "status: live")
    assert [problem.severity for problem in bench.check()] == ["warning"]
    assert bench.load(path).status == "live"
    bench.write("late-delivery.test.yml", "policy: late-delivery\ncases: [{name: one, expect: fires}]")
    assert bench.check() == []


def test_only_policies_that_would_act_are_warned_of_when_they_are_over(bench: Bench) -> None:
    path = bench.policy("until: 2027-01-01", "until: 2026-03-02")
    assert [problem.code for problem in loader.check([path], bench.catalogue, as_of=AS_OF)] == ["CE501"]
    assert loader.check([path], bench.catalogue, as_of=AS_OF - timedelta(seconds=1)) == []
    path.write_text(path.read_text().replace("status: shadow", "status: retired"))
    assert loader.check([path], bench.catalogue, as_of=AS_OF) == []


def test_check_asks_the_clock_when_nobody_says_when(bench: Bench) -> None:
    path = bench.policy("from: 2026-01-01, until: 2027-01-01", "until: 2001-01-01")
    assert [problem.code for problem in loader.check([path], bench.catalogue)] == ["CE501"]


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        # A misspelt key is not a missing one as well; what else is wrong is told, too.
        ("owner: care-operations\nstatus: shadow", "ownr: care-operations\nstatus: shadw", ["CE201", "CE204"]),
        ("{field: failure.days_late, at_least: 3}", "{field: failure.days_lat, gte: 3}", ["CE302", "CE210"]),
        ("{field: failure.days_late, at_least: 3}", "{feild: failure.days_late, at_least: 3}", ["CE201"]),
        ("{field: failure.days_late, at_least: 3}", "{field: failure.days_late, at_least: [1]}", ["CE203"]),
        ("{field: failure.days_late, at_least: 3}", "failure.days_late > 3", ["CE203"]),
        ("same: issue, within: 7d", "same: isue, within: 7 days", ["CE204", "CE205"]),
        ("kind: recovery", "kind: recover", ["CE204"]),
        ("kind: recovery", "kind: protection", ["CE217", "CE217", "CE217"]),
        ("  family: goodwill\n", "  familly: goodwill\n", ["CE201"]),
        ("steps: [apologise, fix, offer]", "stepps: [apologise, fix]", ["CE201"]),
        ("offer:\n", "ofer:\n", ["CE201"]),
        ("when:\n  all:", "when:\n  al:", ["CE201"]),
        ('"1": 5.00 GBP, ', "1: 5.00 GBP, 1: 6.00 GBP, ", ["CE119", "CE119"]),
        ("rationale: Own", "rationale: &why Own", ["CE114"]),
    ],
)
def test_one_mistake_brings_no_others_along(bench: Bench, old: str, new: str, codes: list[str]) -> None:
    assert [problem.code for problem in bench.check(bench.policy(old, new))] == codes


def test_the_starter_rules_are_in_order(bench: Bench) -> None:
    assert [str(problem) for problem in bench.check(resources.rules_folder())] == []


def test_examples_in_the_schema_are_good(bench: Bench) -> None:
    examples = resources.schema("policy")["examples"]
    assert len(loader.build_set(examples, bench.catalogue).policies) == len(examples) > 0


def test_many_files_are_read_in_a_moment(bench: Bench) -> None:
    for number in range(300):
        bench.write(f"policy-{number}.yaml", RECOVERY.replace("late-delivery\n", f"policy-{number}\n", 1))
    start = time.process_time()
    assert len(loader.load([bench.folder], bench.catalogue).policies) == 300
    # Measured at 1 ms of CPU a file, so that 10,000 take 10 s; a parser in Python alone would take 6 ms.
    assert time.process_time() - start < 1.0

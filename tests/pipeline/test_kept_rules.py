"""With the starter rules: what is kept of each event and of the rules is enough to make its decision again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from careengine import resources
from careengine.backtest.replay import replay
from careengine.policy import loader
from careengine.store import decisions, rulesets
from tests.decide.worlds import CATALOGUE, NOW
from tests.pipeline.house import contact, pipeline

if TYPE_CHECKING:
    from careengine.model.policy import PolicySet
    from careengine.store import Store

TYPES = (
    "interaction.received",
    "incident.reported",
    "incident.confirmed",
    "failure.recorded",
    "survey.answered",
    "case.transferred",
    "case.reopened",
)


@pytest.fixture(scope="module")
def starter() -> PolicySet:
    return loader.load([resources.rules_folder()], CATALOGUE)


def _event(number: int) -> dict[str, Any]:
    return contact(
        f"e-{number}",
        at=NOW + timedelta(hours=5 * number),
        type=TYPES[number % len(TYPES)],
        customer={"id": f"C-{number % 3}", "tier": "gold"},
        text="my private words: let me speak to a human",
        failure={"id": f"f-{number % 4}", "type": "late_delivery", "severity": number % 4 + 1, "fault": "company"},
        incident={
            "id": f"i-{number % 2}",
            "category": "threat",
            "severity": 4,
            "credible": True,
            "in_distress": False,
            "evidence": ["private quote"],
        },
        survey={"nps": 2, "comment": "private comment"},
    )


@pytest.mark.parametrize("keep_text", ["none", "evidence", "all"])
def test_every_decision_can_be_made_again(store: Store, starter: PolicySet, keep_text: str) -> None:
    line = pipeline(store, starter, keep_text=keep_text)
    for number in range(21):
        line.handle(_event(number), "acme")
    with store.read() as reader:
        kept = decisions.page(reader, "acme", limit=100)
        [ruleset] = {one.ruleset for one in kept}
        rules = loader.build_set(rulesets.get(reader, "acme", ruleset) or [], CATALOGUE)
    assert rules.hash == ruleset
    matched = {match["policy"] for one in kept for match in one.decision["matched"]}
    assert {"abuse-ladder", "immediate-threat"} <= matched
    for one in kept:
        assert replay(one.decision, one.facts, rules, CATALOGUE).difference == ""
        if keep_text == "none":
            assert "private" not in str(one)

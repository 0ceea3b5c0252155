"""The benchmark of guardrails itself keeps working, and on a small past they cost no more than on a large one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.benchmarks.guardrails import POLICIES, compare, rules

if TYPE_CHECKING:
    from pathlib import Path


def test_both_sorts_of_events_are_measured(tmp_path: Path) -> None:
    found = compare(tmp_path, events=20, past=2_000)
    offered, asked = found["that makes an offer"], found["that asks for nothing"]
    assert offered.reserved >= 20 * 3  # a person, a household and everybody
    assert asked.reserved == 0
    assert offered.events == asked.events == 20
    assert "ms an event" in str(offered)


def test_there_are_a_hundred_policies_of_many_kinds() -> None:
    kinds = Counter(policy.kind for policy in rules())
    assert sum(kinds.values()) == POLICIES
    assert {"limit", "budget", "arbitration", "contact_cap", "protection", "recovery", "entitlement"} <= set(kinds)

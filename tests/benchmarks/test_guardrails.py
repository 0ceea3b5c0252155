"""The benchmark of guardrails itself keeps working, on a small past."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from careengine.model.policy import KINDS, RESTRAINING
from tests.benchmarks.guarded_world import POLICIES, SORTS, a_day, rules, without_guardrails
from tests.benchmarks.guardrails import BEGIN, END, Found, goals, measure, write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    return measure(tmp_path_factory.mktemp("guardrails"), past=1_000, pending=200, events=10, each=2, warm=1)


def test_a_day_and_every_sort_of_its_events_are_measured(found: Found) -> None:
    assert set(found.sorts) == set(SORTS)
    assert {cost.events for cost in found.sorts.values()} == {2}
    assert found.day.events == 10
    assert all(cost.ratio > 0 for cost in [found.day, *found.sorts.values()])


def test_guardrails_and_the_timers_are_the_two_goals(found: Found) -> None:
    assert [one.goal for one in goals(found)] == ["at most 2x", "under 1 ms"]


def test_the_part_is_written_in_place_of_the_one_before(found: Found, tmp_path: Path) -> None:
    page = tmp_path / "RESULTS.md"
    page.write_text(f"# Page\n\n{BEGIN}\nold\n{END}\n\n## Rest\n", encoding="utf-8")
    write(found, page)
    written = page.read_text(encoding="utf-8")
    assert "old" not in written
    assert written.startswith("# Page\n\n<!--")
    assert written.endswith(f"{END}\n\n## Rest\n")
    write(found, page)
    assert page.read_text(encoding="utf-8") == written


def test_there_are_a_hundred_policies_of_all_kinds() -> None:
    kinds = Counter(policy.kind for policy in rules())
    assert sum(kinds.values()) == POLICIES
    assert set(kinds) == set(KINDS)


def test_without_guardrails_nothing_restrains() -> None:
    left = {policy.kind for policy in without_guardrails(rules())}
    assert not left & {*RESTRAINING, "standard", "protection", "review"}


def test_a_day_has_its_sorts_in_their_shares() -> None:
    assert Counter(a_day(100)) == {sort: share for sort, (share, _) in SORTS.items()}

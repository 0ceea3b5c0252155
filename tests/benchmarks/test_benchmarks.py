"""The benchmark itself keeps working: small sizes, without the peers."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.benchmarks import chart, report, scale
from tests.benchmarks.goals import speed_goals
from tests.benchmarks.ifs import generate
from tests.benchmarks.loading import compile_seconds
from tests.benchmarks.missing import SILENT, ask_all
from tests.benchmarks.peers.peer import PEERS, Peer, Prepared
from tests.benchmarks.rule import Rule, Test, event_of, reference, rules_of
from tests.benchmarks.world import CATALOGUE, make

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES = (10, 100)


@pytest.fixture(scope="module")
def scales() -> dict[int, scale.Scale]:
    return {size: scale.compare(size, [], events=5) for size in SIZES}


def test_every_size_has_a_figure_for_ours_and_the_ifs(scales: dict[int, scale.Scale]) -> None:
    for measured in scales.values():
        assert {scale.OURS, scale.DECIDED, scale.RECORDED, scale.IFS} == set(measured.rows)
        assert all(row.seconds and row.to_ours and row.load is not None for row in measured.rows.values())


def test_the_page_tells_goals_costs_and_who_was_left_out(scales: dict[int, scale.Scale]) -> None:
    goals = list(speed_goals(scales))
    results = report.Results(
        scales=scales, goals=goals, missing=ask_all([]), figures={"one": "1"}, peers=[], absent=PEERS
    )
    page = report.write(results)
    assert [goal.figure for goal in goals] == [f"matching over generated ifs, {size} rules" for size in SIZES]
    assert "left out: zen-engine" in page
    assert "| careengine | 1.00x | 1.00x |" in page


def test_a_peer_that_answers_wrongly_is_refused() -> None:
    def prepare(_: Sequence[Rule]) -> Prepared:
        return Prepared(lambda _: ["p-never"])

    with pytest.raises(SystemExit, match="liar is refused"):
        scale.compare(10, [Peer("liar", "1", prepare)], events=3)


@pytest.mark.parametrize("size", [20, 600, 10_500], ids=["checked at each", "checked once", "in parts"])
def test_the_ifs_find_what_the_reference_finds(size: int) -> None:
    world = make(size, 4)
    rules = rules_of(world.documents)
    matching = generate(rules)
    for event in world.events:
        shaped = event_of(CATALOGUE.flatten(event))
        assert set(matching(shaped)) == reference(rules, shaped)


@pytest.mark.parametrize("padding", [0, 600], ids=["checked at each", "checked once"])
@pytest.mark.parametrize("found", [None, True, "1", float("nan"), (), 2.0, 10**30])
def test_the_ifs_are_as_safe_as_the_reference(found: object, padding: int) -> None:
    rules = [
        Rule("few", (Test("n", "at_most", 3),)),
        Rule("many", (Test("n", "at_least", 3),)),
        Rule("other", (Test("w", "is_not", "x"),)),
        *(Rule(f"more-{number}", (Test("w", "is", "y"),)) for number in range(padding)),
    ]
    event = {"n": found, "w": found}
    assert set(generate(rules)(event)) == reference(rules, event)


def test_nobody_of_ours_fires_on_a_missing_value() -> None:
    assert {(found.absent, found.null) for found in ask_all([])} == {(SILENT, SILENT)}


def test_the_chart_is_svg_with_a_line_and_a_name_for_each_engine() -> None:
    lines = {"careengine": [(10, 2e-6), (100, 3e-6)], "a < b": [(10, 2e-6), (100, 3e-3)]}
    root = ET.fromstring(chart.draw(lines, "careengine"))  # noqa: S314  our own text
    curves = [part.attrib["points"] for part in root if part.tag.endswith("polyline")]
    names = {part.text for part in root if part.tag.endswith("text")}
    assert len(curves) == 2
    assert {"careengine", "a < b", "rules"} <= names
    for curve in curves:
        heights = [float(point.split(",")[1]) for point in curve.split()]
        assert all(left > right for left, right in pairwise(heights))  # dearer is higher, and y grows downward


def test_compiling_is_timed() -> None:
    assert compile_seconds(scale.compare(10, [], events=3).policies.policies) >= 0

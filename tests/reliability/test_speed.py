"""The script that measures the full path works, and nothing it sends is lost. Nothing here is timed."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from careengine.decide import decide
from careengine.model.facts import Facts
from careengine.policy.loader import build_set
from tests.benchmarks.world import CATALOGUE, START
from tests.reliability.speed.client import send
from tests.reliability.speed.measure import SCENES, Figures
from tests.reliability.speed.report import write
from tests.reliability.speed.serving import serving
from tests.reliability.speed.world import bodies, rules

if TYPE_CHECKING:
    from pathlib import Path


def _count(folder: Path, what: str) -> Any:
    with closing(sqlite3.connect(folder / "careengine.db")) as database:
        return database.execute(f"SELECT {what}").fetchone()[0]


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc to make fsync slow")
@pytest.mark.parametrize("slow_fsync_ms", [0, 3])
def test_all_that_is_answered_is_kept(tmp_path: Path, slow_fsync_ms: float) -> None:
    with serving(tmp_path, slow_fsync_ms) as port:
        load = send(port, 20, bodies(), most=300)
    assert (len(load.taken), load.refused) == (300, [])
    assert _count(tmp_path, "count(*) FROM events") == _count(tmp_path, "count(*) FROM decisions") == 300
    assert _count(tmp_path, "count(DISTINCT id) FROM events") == 300


def test_every_event_asks_eight_facts_of_fifty_rules() -> None:
    policies = build_set(rules(), CATALOGUE)
    assert len(policies.policies) == 50
    for body in islice(bodies(), 20):
        fields = CATALOGUE.flatten(orjson.loads(body))
        facts = Facts.of(fields, START, ())
        decide(facts, policies)
        assert len(facts.history.used) == 8


def test_the_table_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    page = tmp_path / "RESULTS.md"
    page.write_text("# Other figures\n\n<!-- speed: begin -->\nold\n<!-- speed: end -->\n\nAnd more.\n")
    run = Figures(scene=SCENES[1], rate=2345.6, p50=31.2, p99=44.4, processor=456, busy=0.1)
    write(page, [[run, replace(run, rate=2000.0), replace(run, rate=2400.0)]], 15)
    text = page.read_text()
    assert text.startswith("# Other figures\n\n<!-- speed: begin -->\n")
    assert text.endswith("<!-- speed: end -->\n\nAnd more.\n")
    assert "old" not in text
    assert "| 100 connections | 2,346 (2,000 to 2,400) | 2,000 | 31.2 (31.2 to 31.2) | 44.4" in text

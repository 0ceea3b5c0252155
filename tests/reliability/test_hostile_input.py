"""Bodies and rule files from people who mean no good.

The short form of `python -m tests.reliability bodies` and `rules`.
"""

from __future__ import annotations

import json
import logging
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careengine.host import Host
from careengine.model import operators
from careengine.policy.limits import STEPS
from tests.reliability.hostile import bodies, patterns, rule_files
from tests.reliability.hostile.wire import Wire
from tests.service.conftest import Running, run, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BODIES, FILES = 3000, 2000
SLOWEST = 3.0  # CPU seconds for one file of 256 KB on a busy machine
SLOWEST_PATTERN = 0.1  # seconds of the processor, of a machine that others use, too; other engines need minutes
GROWN = 200_000  # KB more at the peak, whatever is read


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    logging.disable()  # uvicorn tells of every broken request
    with run(settings_in(tmp_path_factory.mktemp("hostile")), Host()) as service:
        yield service
    logging.disable(logging.NOTSET)


def test_no_body_of_a_hostile_corpus_gets_a_5xx_or_a_reset(running: Running) -> None:
    wire = Wire(running.address)
    for request, good in islice(bodies.requests(4), BODIES):
        wire.send(request, good=good)
    assert wire.bad == []
    assert {400, 404, 413, 422} <= wire.statuses.keys()


def test_what_is_spoilt_is_good_before(running: Running) -> None:
    assert Wire(running.address).send(bodies.request(json.dumps(bodies.whole()).encode())) == 200


JSON = st.recursive(
    st.sampled_from(bodies.HOSTILE) | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(st.sampled_from(sorted(bodies.whole())), JSON, max_size=6).map(
    lambda spoilt: {**bodies.whole(), **spoilt}
)


@given(document=JSON | DOCUMENTS, path=st.sampled_from(bodies.PATHS))
@settings(max_examples=250)
def test_no_json_that_hypothesis_thinks_of_does(running: Running, document: Any, path: str) -> None:
    wire = Wire(running.address)
    wire.send(bodies.request(json.dumps(document).encode("utf-8", "surrogatepass"), path))
    assert wire.bad == []


def test_no_rule_file_does_more_than_be_refused(tmp_path: Path) -> None:
    found = rule_files.read(rule_files.files(4), tmp_path, FILES)
    assert found.wrong == []
    assert found.good > 0
    assert found.slowest < SLOWEST, found.slowest_file[:200]
    assert found.grown < GROWN


@pytest.mark.parametrize("attack", range(len(rule_files.ATTACKS)))
def test_an_attack_on_the_loader_is_refused_at_once(attack: int, tmp_path: Path) -> None:
    found = rule_files.read(iter([("attack", rule_files.ATTACKS[attack].encode())]), tmp_path, 1)
    assert (found.wrong, found.refused) == ([], 1)
    assert found.slowest < SLOWEST


TABLE = b"""\
id: unkind
title: A table that does not say what kind it is
owner: care
status: shadow
rationale: Somebody forgot a line.
events: [case.opened]
when: {field: failure.fault, is: company}
table:
  hit_policy: first
  inputs: [customer.tier]
  outputs: [escalate.level]
  rows:
    - [gold, 3]
escalate: {to: tier-two, level: 1}
"""


def test_a_table_without_a_kind_is_refused(tmp_path: Path) -> None:
    found = rule_files.read(iter([("unkind", TABLE)]), tmp_path, 1)
    assert (found.wrong, found.refused) == ([], 1)


def test_patterns_that_would_take_long_are_refused_and_others_are_not() -> None:
    assert patterns.refused() == ["counted", "many alternatives", "far apart"]
    fullest = [operators.steps(pattern) for name, pattern in patterns.accepted().items() if name in patterns.LARGE]
    assert sum(steps > STEPS.most * 0.9 for steps in fullest) >= len(patterns.LARGE) - 2


def test_an_evil_pattern_takes_no_time() -> None:
    assert operators.pattern("a").__class__.__module__.startswith("re2")
    slow = {(name, kind): taken for name, kind, taken in patterns.times() if taken > SLOWEST_PATTERN}
    assert slow == {}

"""How the cost of an interaction grows with the number of rules: careengine, generated `if`s and the peers."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from careengine.decide import decide
from careengine.decide.logic import evaluate
from careengine.model.facts import EntryHistory, Facts
from careengine.policy.loader import build_set
from tests.benchmarks.ifs import generate
from tests.benchmarks.measure import Work, alternate, cpu, ratio
from tests.benchmarks.rule import event_of, reference, rules_of
from tests.benchmarks.world import CATALOGUE, START, make, thresholds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from careengine.model.policy import PolicySet
    from tests.benchmarks.peers.peer import Peer
    from tests.benchmarks.rule import Rule

OURS, IFS = "careengine", "generated ifs"
DECIDED = "careengine, decide()"
"""Who matched, what they ask for, what of it stands; the reasons are carried and not read."""
RECORDED = "careengine, full record"
"""`decide().to_json()`: every action, reason, near miss and unknown, in English, as JSON."""
EVENTS = 200
CAP = 60.0
"""Seconds that a peer may take to load the rules and match one event; one that takes longer is not waited for."""

_PASS = 0.25  # seconds of a pass that are worth waiting for; slow engines get fewer events in a pass
_LEAST = 0.02  # and that are needed to tell the clock from the work; fast engines get the same events several times
_FEWEST = 3
_BIG = 10_000  # rules; from here on a peer is tried in a process of its own first, where it may take too long or crash
_OBVIOUS = 1_000  # rules up to which the three-valued reference of careengine is asked too
_CHECKED = 10_000_000  # rules times events that the obvious reference is asked about, and no event more is timed


@dataclass(frozen=True, slots=True)
class Row:
    """One engine at one size.

    Seconds an event and of processor time for loading; ratios to careengine's matching and to the `if`s. `note` says
    why an engine has no figures.
    """

    engine: str
    seconds: float | None = None
    to_ours: float | None = None
    to_ifs: float | None = None
    load: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """All engines at one number of rules. `cold` is the mean cost of events that come for the first time."""

    rules: int
    matches: float
    cold: float
    rows: Mapping[str, Row]
    ours: Work
    policies: PolicySet


@dataclass(slots=True)
class _Field:
    """The rules and events of one size, and the works that are to be timed with what their loading took."""

    rules: Sequence[Rule]
    policies: PolicySet
    facts: Sequence[Facts]
    events: Sequence[Mapping[str, Any]]
    wanted: Sequence[set[str]]
    works: dict[str, Work] = field(default_factory=dict)
    loads: dict[str, float] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, match: Callable[[Any], Any], items: Sequence[Any], load: float, ids: Any = set) -> None:
        """Take an engine up after its answers were found right, with as many events as are worth a pass."""
        first = _agree(name, match, items[:1], self.wanted, ids)
        enough = min(len(items), max(_FEWEST, int(_PASS / first)))
        last = _agree(name, match, items[:enough], self.wanted, ids)
        rounds = max(1, int(_LEAST / (last * enough)))
        self.works[name], self.loads[name] = Work(match, items[:enough], rounds), load


def compare(size: int, peers: Sequence[Peer], events: int = EVENTS) -> Scale:
    """Measure all engines at one size. Exits when any of them gives another answer than the reference."""
    ground, cold = _ground(size, events)
    for peer in peers:
        _enter(ground, peer)
    passes = dict(zip(ground.works, alternate(list(ground.works.values())), strict=True))
    rows = {name: _row(name, passes, ground.loads[name]) for name in passes}
    rows |= {name: Row(name, note=note) for name, note in ground.notes.items()}
    matches = statistics.mean(len(wanted) for wanted in ground.wanted)
    return Scale(size, matches, cold, rows, ground.works[OURS], ground.policies)


def thresholds_over_ifs(rules: int) -> float:
    """Matching over the `if`s where policies only compare numbers: the hardest shape for an index."""
    documents, world = thresholds(rules), make(1, EVENTS)
    ground, _ = _prepared(documents, world.events)
    ours, ifs = alternate([ground.works[OURS], ground.works[IFS]])
    return ratio(ours, ifs)


def _row(name: str, passes: Mapping[str, Sequence[float]], load: float) -> Row:
    own = passes[name]
    return Row(name, statistics.median(own), ratio(own, passes[OURS]), ratio(own, passes[IFS]), load)


def _ground(size: int, events: int) -> tuple[_Field, float]:
    """The world of that size with careengine and the `if`s in it, and careengine's cost of events never seen."""
    world = make(size, max(_FEWEST, min(events, _CHECKED // size)))
    return _prepared(world.documents, world.events)


def _prepared(documents: list[dict[str, Any]], events: list[dict[str, Any]]) -> tuple[_Field, float]:
    rules = rules_of(documents)
    load, policies = cpu(lambda: build_set(documents, CATALOGUE))
    flat = [CATALOGUE.flatten(event) for event in events]
    facts = [Facts(fields=fields, as_of=START, history=EntryHistory()) for fields in flat]
    shaped = [event_of(fields) for fields in flat]
    ground = _Field(rules, policies, facts, shaped, [reference(rules, event) for event in shaped])
    if len(rules) <= _OBVIOUS:
        _three_valued(ground)
    cold = Work(policies.plan.match, facts).seconds()
    ground.add(OURS, policies.plan.match, facts, load, _ids)
    ground.add(DECIDED, lambda fact: decide(fact, policies), facts, load, _told)
    ground.add(RECORDED, lambda fact: decide(fact, policies).to_json(), facts, load, _recorded)
    load, ifs = cpu(lambda: generate(rules))
    ground.add(IFS, ifs, shaped, load)
    return ground, cold


def _three_valued(ground: _Field) -> None:
    """Hold our plain reference to the one that careengine's explanations are made of."""
    for facts, wanted in zip(ground.facts, ground.wanted, strict=True):
        obvious = {policy.id for policy in ground.policies.policies if evaluate(policy.when, facts)}
        if obvious != wanted:
            raise SystemExit(f"the two references disagree about `{facts.interaction}`")


def _ids(verdicts: Any) -> set[str]:
    return {verdict.policy.id for verdict in verdicts if verdict.result}


def _told(decision: Any) -> set[str]:
    return {match.policy for match in decision.matched}


def _recorded(answer: Any) -> set[str]:
    return {match["policy"] for match in answer["matched"]}


def _agree(
    name: str,
    match: Callable[[Any], Any],
    items: Sequence[Any],
    wanted: Sequence[set[str]],
    ids: Callable[[Any], set[str]],
) -> float:
    """Seconds of the last match; exits when an answer is not what the reference says."""
    taken = 0.0
    for item, right in zip(items, wanted, strict=False):
        start = time.perf_counter()
        found = match(item)
        taken = time.perf_counter() - start
        if ids(found) != right:
            raise SystemExit(f"{name} is refused: it found {sorted(ids(found))} where {sorted(right)} is right")
    return taken


def _enter(ground: _Field, peer: Peer) -> None:
    """Let a peer load the rules, unless it is known to take too long or to fail."""
    note = _tried(peer, ground) if len(ground.rules) >= _BIG else ""
    if note:
        ground.notes[peer.name] = note
        return
    load, prepared = cpu(lambda: peer.prepare(ground.rules))
    ground.add(peer.name, prepared.match, [prepared.shape(event) for event in ground.events], load)


def _tried(peer: Peer, ground: _Field) -> str:
    """Why a peer cannot take part at this size; nothing when it can."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rules.json"
        path.write_text(json.dumps({"rules": [asdict(rule) for rule in ground.rules], "event": ground.events[0]}))
        command = (sys.executable, "-m", "tests.benchmarks.attempt", peer.name, str(path))
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=CAP, check=False)
        except subprocess.TimeoutExpired:
            return f"more than {CAP:.0f} s to load the rules and match one event"
    if done.returncode < 0:
        return f"its process dies of signal {-done.returncode}"
    return done.stderr.strip().splitlines()[-1][:120] if done.returncode else ""

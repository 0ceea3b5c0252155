"""What a missing or empty `csat` does to "csat at most 2" in each engine, beside a rule that plainly matches."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from careengine.model.facts import EntryHistory, Facts
from careengine.policy.loader import build_set
from tests.benchmarks.ifs import generate
from tests.benchmarks.rule import Rule, Test
from tests.benchmarks.scale import IFS, OURS
from tests.benchmarks.world import CATALOGUE, EVENT, START

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.benchmarks.peers.peer import Peer, Prepared

SILENT, FIRES = "stays silent", "**fires**"
_UNHAPPY = Rule("unhappy", (Test("survey_csat", "at_most", 2),))
_GOLD = Rule("gold", (Test("customer_tier", "is", "gold"),))
_WITHOUT: dict[str, Any] = {"customer_tier": "gold"}
_EMPTY = {**_WITHOUT, "survey_csat": None}


@dataclass(frozen=True, slots=True)
class Missing:
    """What one engine does when the field is not there, and when it is null."""

    engine: str
    absent: str
    null: str


def ask_all(peers: Sequence[Peer]) -> list[Missing]:
    """Ask careengine, the `if`s and every peer, each in the form that is timed."""
    rules = (_UNHAPPY, _GOLD)
    matches: dict[str, Callable[[Mapping[str, Any]], Any]] = {OURS: _ours(), IFS: generate(rules)}
    for peer in peers:
        matches[peer.name] = _one_step(peer.prepare(rules))
    return [Missing(name, _outcome(match, _WITHOUT), _outcome(match, _EMPTY)) for name, match in matches.items()]


def _one_step(prepared: Prepared) -> Callable[[Mapping[str, Any]], Any]:
    return lambda event: prepared.match(prepared.shape(event))


def _outcome(match: Any, event: Mapping[str, Any]) -> str:
    with _printed() as printed:
        try:
            found = set(match(event))
        except Exception:  # noqa: BLE001  whatever it raises is what we want to know
            return "raises, no rule gets an answer"
    if _UNHAPPY.id in found:
        return FIRES
    if _GOLD.id not in found:
        return "stays silent, and so does every other rule"
    return "stays silent, prints an error" if printed() else SILENT


@contextmanager
def _printed() -> Iterator[Callable[[], int]]:
    """Keeps what C code prints off the terminal; afterwards, how much it was."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [(stream, os.dup(stream)) for stream in (1, 2)]
    size = 0
    with tempfile.TemporaryFile() as file:
        for stream, _ in kept:
            os.dup2(file.fileno(), stream)
        try:
            yield lambda: size
        finally:
            for stream, copy in kept:
                os.dup2(copy, stream)
                os.close(copy)
            size = os.fstat(file.fileno()).st_size


def _ours() -> Callable[[Mapping[str, Any]], list[str]]:
    told = (("unhappy", {"field": "survey.csat", "at_most": 2}), ("gold", {"field": "customer.tier", "is": "gold"}))
    policies = build_set((_policy(name, test) for name, test in told), CATALOGUE)
    paths = {"customer_tier": "customer.tier", "survey_csat": "survey.csat"}

    def match(event: Mapping[str, Any]) -> list[str]:
        fields = {"type": EVENT, "id": "e-1", **{paths[name]: value for name, value in event.items()}}
        facts = Facts(fields=fields, as_of=START, history=EntryHistory())
        return [verdict.policy.id for verdict in policies.plan.match(facts) if verdict.result]

    return match


def _policy(name: str, test: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": name,
        "kind": "escalation",
        "title": f"Measured policy {name}",
        "owner": "care-operations",
        "status": "live",
        "rationale": "It exists to be measured.",
        "events": [EVENT],
        "when": {"all": [test]},
        "escalate": {"to": "tier-2", "level": 1},
    }

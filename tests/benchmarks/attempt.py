"""One peer, one rule set, one event, in a process of its own: `python -m tests.benchmarks.attempt PEER FILE`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.benchmarks.peers.peer import peer
from tests.benchmarks.rule import Rule, Test


def attempt(name: str, path: Path) -> None:
    """Load the rules of the file and match its event; what goes wrong is left to the caller."""
    told = json.loads(path.read_text())
    rules = [Rule(rule["id"], tuple(Test(**test) for test in rule["tests"])) for rule in told["rules"]]
    found = peer(name)
    if found is None:
        raise SystemExit(f"`{name}` is not installed")
    prepared = found.prepare(rules)
    prepared.match(prepared.shape(told["event"]))


if __name__ == "__main__":
    attempt(sys.argv[1], Path(sys.argv[2]))

"""A real helpdesk's history through the engine, held against a plain loop over the same file that shares no code."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Careengine

FILE = Path(__file__).parents[3] / "shared" / "data" / "servicenow_incident_events.csv"
# The level and the priority decide which of several escalations goes ahead.
RANK = {
    "many-reassignments": (2, 55),
    "no-not-my-problem": (2, 65),
    "reopened-case": (1, 50),
    "reopened-twice": (3, 70),
}
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
ONCE = {name: timedelta(days=1 if name == "reopened-case" else 7) for name in RANK}

pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not FILE.is_file(), reason="the ServiceNow history is not part of this project"),
]


def read_rows() -> list[dict[str, str]]:
    with FILE.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return sorted(rows, key=lambda row: (when(row), row["number"], int(row["sys_mod_count"])))


def when(row: dict[str, str]) -> datetime:
    return datetime.strptime(row["sys_updated_at"], "%d-%m-%Y %H:%M").replace(tzinfo=UTC)


def plain_loop(rows: list[dict[str, str]]) -> list[tuple[set[str], set[str]]]:
    """For each row: the policies whose conditions hold, and those that act.

    One escalates at most. Beside it, a transfer may break the lock on a case's owner: whoever takes a case over first
    after `no-not-my-problem` escalated it, until it is resolved. That policy then gives it back, and does not escalate.
    """
    before: dict[str, dict[str, str]] = {}
    locks: dict[str, str | None] = {}
    transfers: dict[str, list[datetime]] = defaultdict(list)
    reopens: dict[str, list[datetime]] = defaultdict(list)
    acted: dict[tuple[str, str], datetime] = {}
    expected = []
    for row in rows:
        case, at = row["number"], when(row)
        old = before.get(case)
        before[case] = row
        moved, matched = False, set[str]()
        if old is None:
            expected.append((matched, matched))
            continue
        if int(row["reopen_count"]) > int(old["reopen_count"]):
            reopens[case].append(at)
            matched.add("reopened-case")
            if int(row["reopen_count"]) >= 2 or sum(one > at - timedelta(days=90) for one in reopens[case]) >= 2:
                matched.add("reopened-twice")
        else:
            moved = int(row["reassignment_count"]) > int(old["reassignment_count"])
            if moved:
                transfers[case].append(at)
                if sum(one > at - timedelta(days=30) for one in transfers[case]) >= 2:
                    matched.add("no-not-my-problem")
            if int(row["reassignment_count"]) >= 3 and not is_over(row):
                matched.add("many-reassignments")
        back = moved and locks.get(case) not in (None, someone(row))
        given_back = {"no-not-my-problem"} if back else set[str]()
        matched |= given_back
        free = [name for name in matched - given_back if at - acted.get((name, case), LONG_AGO) >= ONCE[name]]
        winner = {max(free, key=RANK.__getitem__)} if free else set()
        acted |= {(name, case): at for name in winner | given_back}
        expected.append((matched, winner | given_back))
        keep_lock(locks, row, asked="no-not-my-problem" in winner, moved=moved)
    return expected


def keep_lock(locks: dict[str, str | None], row: dict[str, str], *, asked: bool, moved: bool) -> None:
    if is_over(row):
        locks.pop(row["number"], None)
    elif row["number"] not in locks and asked:
        locks[row["number"]] = None
    elif row["number"] in locks and moved:
        locks[row["number"]] = locks[row["number"]] or someone(row)


def is_over(row: dict[str, str]) -> bool:
    return row["incident_state"] in ("Resolved", "Closed")


def someone(row: dict[str, str]) -> str | None:
    return None if row["assigned_to"] == "?" else row["assigned_to"]


def test_every_event_is_decided_as_a_plain_loop_decides_it(careengine: Careengine) -> None:
    assert careengine("import", "servicenow", FILE, "-o", "events.jsonl").code == 0
    ran = careengine("decide", "events.jsonl", "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    decided = [
        (
            {match["policy"] for match in decision["matched"]} & set(RANK),
            {action["policies"][0] for action in decision["actions"] if action["type"] in ("escalate", "alert")},
        )
        for decision in ran.lines
    ]
    rows = read_rows()
    expected = plain_loop(rows)
    assert len(decided) == len(rows) == 5998
    assert [(n, one) for n, one in enumerate(decided) if one != expected[n]] == []
    matches = Counter(name for matched, _ in expected for name in matched)
    assert set(matches) == set(RANK), "every policy is put to the test"
    assert max(matches.values()) > 100
    assert not any(decision["faults"] for decision in ran.lines)
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for name in RANK:
        matched = sum(name in policies for policies, _ in decided)
        acted = sum(name in policies for _, policies in decided)
        assert f"| {name} | {matched} | {acted} | {matched - acted} |" in readme
    assert f"At least one matched on {sum(bool(policies) for policies, _ in decided)} of the 5,998 updates" in readme

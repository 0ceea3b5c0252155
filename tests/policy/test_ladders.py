"""Two ladders about the same conduct go together, or are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.policy.bench import LADDER

if TYPE_CHECKING:
    from tests.policy.bench import Bench

LIVE = LADDER.replace("status: shadow", "status: live")
COUNTING = """\
  - {incidents: 1, within: 90d, support: [debrief]}
  - {incidents: 2, within: 90d, step: restricted_channel, decided_by: team-lead, expires: 180d}
  - {incidents: 3, within: 180d, step: suspension, decided_by: director, expires: 90d, review_every: 30d}
"""


def other(*steps: tuple[int, str], status: str = "live", when: str = "{field: incident.severity, at_least: 2}") -> str:
    rungs = [
        f"  - {{incidents: {n}, within: 90d, step: {step}, decided_by: lead, expires: 90d}}\n" for n, step in steps
    ]
    text = LIVE.replace("id: conduct", "id: other").replace(COUNTING, "".join(rungs))
    return text.replace("status: live", f"status: {status}").replace("{field: incident.severity, at_least: 2}", when)


def told(bench: Bench, text: str) -> list[tuple[str, str, str, str]]:
    bench.write("conduct.yaml", LIVE)
    bench.write("other.yaml", text)
    found = bench.check()
    assert not [one for one in found if one.severity == "error" and one.code != "CE360"]
    rows = [one for one in found if one.code == "CE360"]
    return [(one.path.rpartition("/")[2], one.pointer, one.severity, one.message) for one in rows]


@pytest.mark.parametrize(
    ("steps", "pointer", "says"),
    [
        ([(2, "written_warning")], "/ladder/0/incidents", "2 for a `restricted_channel`"),
        ([(2, "suspension")], "/ladder/0/incidents", "2 for a `restricted_channel`"),
        ([(1, "written_warning"), (5, "written_warning")], "/ladder/1/incidents", "2 for a `restricted_channel`"),
        ([(1, "suspension")], "/ladder/0/incidents", "2 for a `restricted_channel`"),
    ],
)
def test_what_does_not_go_together_is_told_at_its_step(
    bench: Bench, steps: list[tuple[int, str]], pointer: str, says: str
) -> None:
    ((name, place, severity, message),) = told(bench, other(*steps))
    assert (name, place, severity) == ("other.yaml", pointer, "error")
    assert message.startswith(f"{steps[-1][0]} incidents lead to a `{steps[-1][1]}` here, and `conduct` takes {says}")
    bench.write("conduct.yaml", LADDER)
    assert [one for one in bench.check() if one.code == "CE360"] == [], "what is in shadow proposes nothing"


@pytest.mark.parametrize(
    "text",
    [
        other((1, "written_warning")),
        other((2, "restricted_channel"), (4, "suspension")),
        other((2, "suspension"), status="shadow"),
        other((2, "suspension"), when="{field: incident.severity, at_most: 1}"),
        other(
            (1, "suspension"), when="{all: [{field: incident.severity, is: 1}, {field: incident.category, is: threat}]}"
        ),
    ],
)
def test_what_goes_together_or_is_about_other_conduct_is_fine(bench: Bench, text: str) -> None:
    assert told(bench, text) == []

"""Authority as files: what is read of them, and roles that are asked in vain."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from careengine.model.authority import Authority, Room, Step
from tests.decide.worlds import pounds
from tests.policy.bench import AUTHORITY

if TYPE_CHECKING:
    from tests.policy.bench import Bench

HOUR = timedelta(hours=1)
LEAD = """\
id: second-line
kind: authority
title: What a team lead may give
owner: care-operations
status: shadow
rationale: Most of it is settled by the lead.
authority:
  role: team-lead
  may: [{amount: 200.00 GBP, per: case}]
  above: [{ask: ops-manager}]
"""


def codes(bench: Bench) -> list[tuple[str, str, str]]:
    return [(one.code, one.severity, one.pointer) for one in bench.check() if one.code != "CE502"]


def test_an_authority_is_what_its_file_says(bench: Bench) -> None:
    policy = bench.load(bench.policy(kind="authority"))
    assert policy.outcome == Authority(
        role="agent",
        may=(
            Room(amount=pounds("50.00"), per="case"),
            Room(amount=pounds("300.00"), per="day", zone=ZoneInfo("Europe/London")),
        ),
        above=(Step(ask="team-lead", within=HOUR), Step(ask="ops-manager", within=4 * HOUR)),
    )
    assert list(policy.outcome.roles()) == [
        ("/authority/role", "agent"),
        ("/authority/above/0/ask", "team-lead"),
        ("/authority/above/1/ask", "ops-manager"),
    ]
    assert policy.events == frozenset()


def test_steps_that_lead_upward_are_fine(bench: Bench) -> None:
    bench.write("first-line.yaml", AUTHORITY)
    bench.write("second-line.yaml", LEAD)
    assert codes(bench) == []


def test_whoever_is_asked_may_give_more(bench: Bench) -> None:
    bench.write("first-line.yaml", AUTHORITY)
    bench.write("second-line.yaml", LEAD.replace("200.00", "50.00"))
    assert codes(bench) == [("CE355", "error", "/authority/above/0/ask")]
    (problem,) = [one for one in bench.check() if one.code == "CE355"]
    assert (
        "`team-lead` may itself give 50.00 GBP for each case (`second-line`), and `agent` 50.00 GBP" in problem.message
    )


def test_other_currencies_and_measures_are_not_compared(bench: Bench) -> None:
    bench.write("first-line.yaml", AUTHORITY)
    bench.write("second-line.yaml", LEAD.replace("200.00 GBP, per: case", "20.00 GBP, per: customer"))
    assert codes(bench) == []
    bench.write("second-line.yaml", LEAD.replace("200.00 GBP", "20.00 EUR"))
    assert codes(bench) == []


def test_whoever_is_asked_before_others_has_an_authority(bench: Bench) -> None:
    """The last one who is asked may give anything: somebody has to."""
    bench.write("first-line.yaml", AUTHORITY)
    assert codes(bench) == [("CE357", "warning", "/authority/above/0/ask")]
    bench.write("first-line.yaml", AUTHORITY.replace("{ask: team-lead, within: 1h}, ", ""))
    assert codes(bench) == []


def test_roles_do_not_decide_for_each_other(bench: Bench) -> None:
    bench.write("first-line.yaml", AUTHORITY)
    bench.write("second-line.yaml", LEAD.replace("ask: ops-manager", "ask: desk"))
    third = LEAD.replace("second-line", "third-line").replace("role: team-lead", "role: desk")
    bench.write("third-line.yaml", third.replace("200.00", "900.00").replace("ask: ops-manager", "ask: agent"))
    told = codes(bench)
    assert ("CE356", "error", "/authority/above/0/ask") in told
    assert sum(code == "CE356" for code, _, _ in told) == 3

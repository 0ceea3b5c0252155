"""Nobody is asked, or gets a case, who by their own authority could not settle it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.policy.bench import AUTHORITY, ESCALATION, LIMIT, RECOVERY, STANDARD

if TYPE_CHECKING:
    from tests.policy.bench import Bench

LEAD = (
    AUTHORITY.replace("first-line", "lead").replace("role: agent", "role: team-lead").replace("50.00 GBP", "55.00 GBP")
)
LEAD = LEAD.replace("[{ask: team-lead, within: 1h}, {ask: ops-manager, within: 4h}]", "[{ask: ops-manager}]")
ASKS = RECOVERY.replace("  expires: 30d", "  expires: 30d\n  approver: team-lead")
TABLE = """\
table:
  hit_policy: first
  inputs: [customer.tier]
  outputs: [offer.amount]
  rows:
    - [gold, 80.00 GBP]
    - [-, 20.00 GBP]
"""


def told(bench: Bench) -> list[tuple[str, str, str]]:
    return [(one.path.rpartition("/")[2], one.pointer, one.message) for one in bench.check() if one.code == "CE339"]


def test_an_approver_above_whose_authority_the_offer_is(bench: Bench) -> None:
    bench.write("lead.yaml", LEAD)
    bench.write("late-delivery.yaml", ASKS)
    ((name, pointer, message),) = told(bench)
    assert (name, pointer) == ("late-delivery.yaml", "/offer/approver")
    assert message == "`team-lead` may give 55.00 GBP on a case, and so cannot say yes to 60.00 GBP"
    assert {one.severity for one in bench.check() if one.code == "CE339"} == {"error"}


def test_one_who_may_or_of_whom_no_authority_is_known_is_fine(bench: Bench) -> None:
    bench.write("late-delivery.yaml", ASKS)
    assert told(bench) == []
    bench.write("lead.yaml", LEAD.replace("55.00 GBP", "60.00 GBP"))
    assert told(bench) == []
    bench.write("lead.yaml", LEAD.replace("GBP", "EUR"))
    assert told(bench) == []
    bench.write("lead.yaml", LEAD.replace("status: shadow", "status: draft"))
    assert told(bench) == []


def test_a_row_of_a_table_is_told_at_its_row(bench: Bench) -> None:
    bench.write("lead.yaml", LEAD)
    bench.write(
        "late-delivery.yaml", ASKS.replace('{by: failure.severity, "1": 5.00 GBP, "4": 60.00 GBP}', "1.00 GBP") + TABLE
    )
    assert [(name, pointer) for name, pointer, _ in told(bench)] == [("late-delivery.yaml", "/table/rows/0")]


def test_milestones_escalate_upward(bench: Bench) -> None:
    more = "  - {after: 2h, escalate_to: agent, level: 3}\n"
    bench.write("answered.yaml", STANDARD.replace("blocks_closing", more + "blocks_closing"))
    bench.write("first-line.yaml", AUTHORITY)
    bench.write("lead.yaml", LEAD)
    ((name, pointer, message),) = told(bench)
    assert (name, pointer) == ("answered.yaml", "/milestones/3/escalate_to")
    assert message == "`agent` may give 50.00 GBP on a case, less than `team-lead` (55.00 GBP), who has it before"
    bench.write("answered.yaml", STANDARD)
    assert told(bench) == []


def limit(ask: str, **more: str) -> str:
    text = LIMIT
    for old, new in more.items():
        text = text.replace(old, new)
    assert "ask: team-lead" in text
    return text.replace("ask: team-lead", f"ask: {ask}")


def test_whoever_a_limit_asks_may_give_what_it_counts(bench: Bench) -> None:
    bench.write("lead.yaml", LEAD)
    bench.write("late-delivery.yaml", RECOVERY)
    bench.write("goodwill-twice.yaml", limit("team-lead"))
    ((name, pointer, message),) = told(bench)
    assert (name, pointer) == ("goodwill-twice.yaml", "/over/ask")
    assert message == "`team-lead` may give 55.00 GBP on a case, and so cannot say yes to 60.00 GBP of `late-delivery`"
    bench.write("goodwill-twice.yaml", limit("ops-manager"))
    assert told(bench) == []
    bench.write("goodwill-twice.yaml", limit("team-lead", goodwill="gesture"))
    assert told(bench) == [], "it counts other offers"
    bench.write("goodwill-twice.yaml", limit("team-lead") + "when: {field: failure.type, is: outage}\n")
    assert told(bench) == [], "it is about other failures"
    bench.write("goodwill-twice.yaml", limit("team-lead"))
    owed = RECOVERY.replace("kind: recovery", "kind: entitlement").replace("  family: goodwill\n", "")
    bench.write("late-delivery.yaml", owed)
    assert not [one for one in bench.check() if one.severity == "error"]
    assert told(bench) == [], "what is owed is never counted"


def up(name: str, to: str, level: int, when: str = "{field: bot.human_requested, is: true}") -> str:
    text = ESCALATION.replace("asked-for-a-person", name).replace("team-lead, level: 2", f"{to}, level: {level}")
    return text.replace("{field: bot.human_requested, is: true}", when)


@pytest.mark.parametrize(
    ("to", "when", "says"),
    [
        ("agent", "{field: bot.human_requested, is: true}", "who would get it by `first` at level 1"),
        ("agent", "{field: bot.unresolved_turns, at_least: 3}", "who would get it by `first` at level 1"),
        ("agent", "{field: bot.human_requested, is: false}", ""),
        ("team-lead", "{field: bot.human_requested, is: true}", ""),
        ("ops-manager", "{field: bot.human_requested, is: true}", ""),
    ],
)
def test_a_higher_level_is_for_somebody_who_may_give_as_much(bench: Bench, to: str, when: str, says: str) -> None:
    bench.write("first-line.yaml", AUTHORITY)
    bench.write("lead.yaml", LEAD)
    bench.write("first.yaml", up("first", "team-lead", 1))
    bench.write("second.yaml", up("second", to, 2, when))
    assert [(name, pointer) for name, pointer, _ in told(bench)] == [("second.yaml", "/escalate/to")] * bool(says)
    less = "`agent` may give 50.00 GBP on a case, less than `team-lead` (55.00 GBP), "
    assert [message for *_, message in told(bench)] == [less + says] * bool(says)
    bench.write("second.yaml", up("second", to, 1, when))
    assert told(bench) == [], "of one level none takes it from the other for certain"


@pytest.mark.parametrize(
    ("when", "wrong"),
    [
        ("{field: employee.role, is: team-lead}", True),
        ("{any: [{field: employee.role, is: team-lead}, {field: employee.role, is: director}]}", False),
        ("{field: employee.role, in: [team-lead, agent]}", False),
        ("{field: employee.role, is_not: agent}", False),
        ("{any: [{field: employee.role, is: team-lead}, {field: case.priority, is: high}]}", False),
    ],
)
def test_nobody_hands_a_case_down(bench: Bench, when: str, wrong: bool) -> None:  # noqa: FBT001  pytest's
    bench.write("first-line.yaml", AUTHORITY)
    bench.write("lead.yaml", LEAD)
    bench.write("down.yaml", up("down", "agent", 1, when))
    assert [(name, pointer) for name, pointer, _ in told(bench)] == [("down.yaml", "/escalate/to")] * wrong
    assert all(message.endswith("(55.00 GBP), who has it before") for *_, message in told(bench))

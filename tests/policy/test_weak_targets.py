"""Nobody is asked, or gets a case, who by their own authority could not settle it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.policy.bench import AUTHORITY, RECOVERY, STANDARD

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

"""What contradicts itself or names nobody is an error at its line and column, with a word on how to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from careengine.policy import loader
from tests.policy.bench import AS_OF, BUDGET, ESCALATION, LADDER, LIMIT, RECOVERY

if TYPE_CHECKING:
    from tests.policy.bench import Bench

LIVE = "status: live"
EUROS = LIMIT.replace("100.00 GBP", "100.00 EUR").replace("status: shadow", LIVE)
POUNDS = BUDGET.replace("status: shadow", LIVE)
ROLES = ("care", "care-operations", "team-lead", "recovery-desk", "people-desk", "director", "ops-manager")


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {"conduct": LADDER.replace("incidents: 3, within: 180d", "incidents: 1, within: 180d")},
            ("conduct", "incidents: «1, within: 180d", "CE360", "let a ladder rise"),
        ),
        (
            {"conduct": LADDER.replace("expires: 180d", "expires: 1d, starts_after: 2d")},
            ("conduct", "expires: «1d, starts_after", "CE363", "let it end later"),
        ),
        (
            {"goodwill-twice": EUROS, "goodwill-weekly": POUNDS},
            ("goodwill-weekly", "amount: «5000.00 GBP", "CE345", "give each a `when`"),
        ),
        (
            {"asked-for-a-person": ESCALATION.replace("hand_over: warm", "calendar: uk-desk")},
            ("asked-for-a-person", "calendar: «uk-desk", "CE335", "write one"),
        ),
        (
            {"asked-for-a-person": ESCALATION.replace("to: team-lead", "to: team-laed")},
            ("asked-for-a-person", "to: «team-laed", "CE717", "did you mean `team-lead`?"),
        ),
        (
            {"late-delivery": RECOVERY.replace("until: 2027-01-01", "until: 2025-12-31")},
            ("late-delivery", "until: «2025-12-31", "CE312", "mend one of the two dates"),
        ),
    ],
)
def test_it_is_told_at_its_place(bench: Bench, files: dict[str, str], told: tuple[str, str, str, str]) -> None:
    for name, text in files.items():
        bench.write(f"{name}.yaml", text)
    found = loader.check([bench.folder], bench.catalogue, as_of=AS_OF, roles=ROLES)
    (problem,) = [one for one in found if one.severity == "error"]
    name, place, code, hint = told
    lines = files[name].splitlines()
    number = next(number for number, line in enumerate(lines, 1) if place.replace("«", "") in line)
    column = lines[number - 1].index(place.replace("«", "")) + place.index("«") + 1
    assert problem.path.endswith(f"{name}.yaml")
    assert (problem.code, problem.line, problem.column) == (code, number, column)
    assert hint in problem.suggestion

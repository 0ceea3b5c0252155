"""CE6xx: the files of tests beside the rules."""

from __future__ import annotations

ROWS = (
    (
        "CE601",
        "test of no policy",
        "The test file names a policy that does not stand beside it.",
        "`late-delivery.test.yaml` says `policy: late-delivery`.",
    ),
    (
        "CE602",
        "given by the test itself",
        "The id, source, type and time of the event of a case come from the test, not from `given`.",
        "Write `event: case.opened` and `at: 2026-03-02T09:30:00Z` beside `given:`.",
    ),
    (
        "CE603",
        "entry of the history",
        "What came before does not say when, lies after the event, or shares what the event does not have.",
        "`{kind: interactions, ago: 2d, direction: inbound, same: [issue]}`",
    ),
    ("CE604", "case name taken twice", "Two cases of a file have the same name.", "Give one of them another name."),
    (
        "CE605",
        "side that no case shows",
        "A live policy needs a case that fires, one that stays silent and one that is unknown.",
        "Add a case with `expect: unknown` in which a fact is missing.",
    ),
)

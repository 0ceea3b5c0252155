"""CE4xx: rules that do not go together. CE5xx: warnings."""

from __future__ import annotations

ROWS = (
    ("CE401", "id taken twice", "Two files hold a policy with the same id.", "Give one of them another id."),
    (
        "CE402",
        "too many policies",
        "A set has at most 200,000 policies.",
        "Name a narrower folder; list values with `in`, or decide an amount with `by:`, instead of one policy each.",
    ),
    (
        "CE403",
        "set too large",
        "The files of all policies of a set have at most 512 MB together.",
        "Name a narrower folder, and keep long texts out of the files.",
    ),
    (
        "CE404",
        "patterns too large together",
        "The patterns that events of one type are searched for take at most 10,000 steps together.",
        "Use `contains_any` for words, and name the `events` that a pattern is for.",
    ),
    (
        "CE501",
        "expired",
        "The policy is live or shadow but its time is over, so it never matches.",
        "Set `status: retired`, or give `effective` a later end.",
    ),
    (
        "CE502",
        "live without tests",
        "Nothing proves that this live policy does what it should.",
        "Write `late-delivery.test.yaml` beside `late-delivery.yaml`.",
    ),
    ("CE503", "range of one value", "Both ends of `between` are the same.", "`is: 3`"),
    (
        "CE504",
        "can never be true",
        "Tests under one `all` exclude each other, so the policy never matches.",
        "Use `any`, or one test with `in: [gold, platinum]`.",
    ),
    (
        "CE505",
        "text with blanks around it",
        "The text is empty, or begins or ends with a blank that nobody sees, so hardly any value equals it.",
        "`is: gold`, not `is: 'gold '`.",
    ),
)

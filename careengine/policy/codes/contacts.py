"""CE37x: when customers are contacted, when a human is brought in, and praise."""

from __future__ import annotations

ROWS = (
    (
        "CE370",
        "caps nothing",
        "A contact cap must have a part: `consent`, `suppress`, `restricted`, `quiet_hours` or `frequency`.",
        "`consent: {then: skip}`",
    ),
    (
        "CE371",
        "no time to come back",
        (
            "What is put off for `consent` or `suppress` needs `again`, the time after which it comes back; what is "
            "skipped does not come back."
        ),
        "`{then: defer, again: 1d}`, or `{then: skip}`",
    ),
    (
        "CE372",
        "put off without end",
        "A contact cap that puts contacts off says how often, and who looks at it then.",
        "`give_up: {after: 5, to: care-lead}`",
    ),
    (
        "CE373",
        "quiet hours",
        "Quiet hours are a stretch of a day, and leave some of it.",
        '`hours: "20:00-09:00"`',
    ),
    (
        "CE374",
        "no time zone",
        "A time zone is a name of the IANA list.",
        "`zones: [Europe/London]`",
    ),
    (
        "CE375",
        "no human",
        (
            "An anti-deflection policy says when a human is brought in, none of the `bots`; a call back needs hours "
            "and a time."
        ),
        "`human: {when_asked: true, after_bot_turns: 2, to: live-agent}`",
    ),
    (
        "CE376",
        "path that reaches no human",
        "Past a bot there is a path on which no live policy brings anybody in, though the policy says that all do.",
        "Add the missing `when_asked` or `after_bot_turns`, or mend the `when` or `unless` that keeps humans away.",
    ),
    (
        "CE377",
        "praise for speed alone",
        "A recognition can match by what is about time alone; people are praised for what customers say of them.",
        "`{field: survey.csat, is: 5}` beside `{field: case.within_target, is: true}`",
    ),
)

"""CE36x: ladders, restrictions and their due process."""

from __future__ import annotations

ROWS = (
    (
        "CE360",
        "ladder that does not rise",
        "A step could never be taken, or a later one is milder: steps take ever more incidents, in two ladders, too.",
        "First 2 incidents for a `written_warning`, then 3 for a `restricted_channel`; a credible threat stands last.",
    ),
    (
        "CE361",
        "step of a ladder that is not whole",
        "A step says how it is reached, by incidents or by a threat, and all of what is then proposed, or nothing.",
        "`{incidents: 2, within: 90d, step: written_warning, decided_by: team-lead, expires: 90d}`",
    ),
    (
        "CE362",
        "ends before it is reviewed",
        "The restriction is over before anybody looks at it again.",
        "`expires: 90d` with `review_every: 30d`",
    ),
    (
        "CE363",
        "restriction ends before it starts",
        "The restriction is over before it begins.",
        "`starts_after: 2d` with `expires: 90d`",
    ),
    (
        "CE364",
        "the reviewer decides",
        "Whoever reviews the conduct does not decide what follows from it.",
        "`flag: {review_by: team-lead}` with `decided_by: director`",
    ),
    (
        "CE365",
        "restriction without exclusions",
        "Distress, the complaint itself and conduct that comes with a disability lead to no restriction.",
        "`exclusions: [distress, complaint, disability]`",
    ),
    (
        "CE366",
        "restriction without appeal",
        "Whoever is restricted can contest it, and is answered before it is over.",
        "`appeal: {within: 30d, decided_by: ops-manager, address: appeals@example.com, answer_within: 14d}`",
    ),
    (
        "CE367",
        "notice that lacks a part",
        "Whoever is restricted is told what for, on what grounds, from when to when, how to appeal, and what is kept.",
        "`{{ notice.behaviour }}`, and so on for every part, in `en`, `de`, `es` or `fr`.",
    ),
    (
        "CE368",
        "ladder that never moves",
        "A ladder that counts confirmed incidents looks at the event `incident.confirmed`.",
        "`events: [incident.reported, incident.confirmed]`",
    ),
    (
        "CE369",
        "ladder beside something like it",
        "A ladder says what is proposed, so `restrict` and `table` cannot stand beside it.",
        "Make them steps of the ladder.",
    ),
)

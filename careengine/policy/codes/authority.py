"""CE35x: who may give how much, and who is asked above it."""

from __future__ import annotations

ROWS = (
    (
        "CE350",
        "steps in a circle",
        "Above an authority a role is asked that was asked before, or that asks for itself.",
        "`above: [{ask: team-lead, within: 1h}, {ask: ops-manager}]`",
    ),
    (
        "CE351",
        "currency mix",
        "The amounts of one authority are in several currencies, which cannot be compared.",
        "Write one policy for each currency.",
    ),
    (
        "CE352",
        "measure said twice",
        "Two amounts of one authority are for the same thing, and only the smaller could hold.",
        "Keep one of them.",
    ),
    (
        "CE353",
        "zone of an authority",
        "A day, week or month begins at midnight in a zone; an amount for each case or customer has none.",
        "`{amount: 300.00 GBP, per: day, zone: Europe/London}`",
    ),
    (
        "CE354",
        "step that is never asked",
        "A step follows one that has no time to answer, so nobody ever comes to it.",
        "`{ask: team-lead, within: 1h}`",
    ),
    (
        "CE355",
        "somebody is asked who may not",
        "The role that is asked may itself give no more than the one that asks, by its own authority.",
        "Ask a role above both, or give the role more.",
    ),
    (
        "CE356",
        "roles that decide for each other",
        "Two roles ask each other above their authority, so that each could have its own wishes granted by the other.",
        "Let the steps lead upward only.",
    ),
    (
        "CE357",
        "whoever is asked may give anything",
        "A role is asked before others, and no authority says what it may give: it may say yes to any amount alone.",
        "Write an authority for the role, or ask it last.",
    ),
)

"""CE39x: reviews of the rules themselves."""

from __future__ import annotations

ROWS = (
    (
        "CE390",
        "review overdue",
        "The day by which somebody was to read the policy again has passed.",
        "Read it with its playbook, mend what is not so any more, then set a later `review_by`.",
    ),
    ("CE391", "review that looks for nothing", "A `watch` names no sign.", "Add `overridden_percent: 25`."),
    (
        "CE392",
        "percentage of nothing",
        "A percentage is looked at from a number of cases on, and that number is not said.",
        "Add `n_at_least: 50`.",
    ),
)

"""CE30x to CE32x: what any rule says makes no sense."""

from __future__ import annotations

ROWS = (
    (
        "CE301",
        "id and file name differ",
        "The file is named after the policy's id, so that people find it.",
        "Name the file `late-delivery.yaml` for `id: late-delivery`.",
    ),
    (
        "CE302",
        "unknown field",
        "The interaction has no such field, so the test could never be answered.",
        "Mend the spelling, or declare your own field under `custom`.",
    ),
    (
        "CE303",
        "operator does not fit",
        "The operator says nothing about this type of field or history.",
        "Use `contains` on tags and `before` or `after` on instants.",
    ),
    (
        "CE304",
        "compared with another type",
        "The field holds one type of value and the test compares it with another.",
        '`is: "10"` for text, `at_least: 10` for a number, `is: true` for yes or no.',
    ),
    ("CE305", "value the field never has", "The field has a fixed set of values without this one.", "Choose another."),
    ("CE306", "range upside down", "`between` names the lowest value first.", "`between: [2, 5]`"),
    (
        "CE307",
        "beyond the field's range",
        "The field never reaches this value, so the test can never be true.",
        "`failure.severity` goes from 1 to 4: `at_least: 4`, not `at_least: 5`.",
    ),
    (
        "CE308",
        "money",
        "Money is a number, a blank and a currency of ISO 4217, no finer than is paid in it; what is compared has one.",
        "`at_least: 25.00 GBP`",
    ),
    (
        "CE309",
        "duration of no use",
        "The duration is zero or longer than 100 years.",
        "`within: 7d`",
    ),
    (
        "CE310",
        "impossible date",
        "The day or time does not exist, or its offset from UTC is missing.",
        "`from: 2026-02-28`, `before: 2026-03-02T09:30:00Z`, `after: now-2d`",
    ),
    (
        "CE311",
        "pattern",
        "The pattern is not a regular expression of the RE2 kind (no look-around, no back-references).",
        "Close the bracket, or use `contains` when no pattern is needed.",
    ),
    (
        "CE312",
        "ends before it starts",
        "`effective` must begin before it ends.",
        "`effective: {from: 2026-01-01, until: 2027-01-01}`",
    ),
    (
        "CE313",
        "offer and steps differ",
        "The step `offer` needs an `offer:` block, and the block needs the step.",
        "Add `offer` to `steps`, or delete the block.",
    ),
    (
        "CE314",
        "protects nobody",
        "A protection policy must do something: `support`, `alert`, `flag`, `restrict` or `ladder`.",
        "`support: [may_end_contact]`",
    ),
    (
        "CE315",
        "remedy depends on conduct",
        "What a customer is owed is never reduced by how they behaved: a recovery policy does not look at incidents.",
        "Put the conduct in a protection policy of its own.",
    ),
    (
        "CE316",
        "amount by an unfit field",
        "`by:` names a field of the type text, category, integer, boolean or signal.",
        '`amount: {by: failure.severity, "1": 5.00 GBP}`',
    ),
    (
        "CE317",
        "filter does not fit",
        "This filter can never fit this kind of history, or stands beside one that counts in another way.",
        "`family` goes with `count: offers`; `distinct` and `half_life` stand in two tests.",
    ),
    (
        "CE318",
        "custom field",
        "A key of a custom field does not go with its `x-type`: `enum` is for categories, `minimum` for numbers.",
        "Leave `type` out; `x-type` says enough.",
    ),
    (
        "CE319",
        "pattern too large",
        "The pattern takes more than 300 steps, and a text could be made that takes long to search for it.",
        "Repeat less often than `{50}`; use `contains_any` for long lists of words, or several tests under `any`.",
    ),
    (
        "CE320",
        "cell that cannot be read",
        "A cell is a value, a list, `-`, a comparison, a range or `not (…)`; this one is none of them.",
        '`">= 3"`, not `"=> 3"`; `"[3..7)"` for 3 up to just below 7.',
    ),
    (
        "CE321",
        "output that leads nowhere",
        "An output names a place of what a policy of this kind does, such as `offer.amount`.",
        "`outputs: [escalate.to, escalate.level]`",
    ),
)

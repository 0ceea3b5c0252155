"""CE7xx: what a whole set shows."""

from __future__ import annotations

ROWS = (
    (
        "CE701",
        "can never match",
        "What the policy's conditions, exception and events ask for excludes each other, so it never matches.",
        "`severity` `at_least: 3` with an exception for `at_least: 2` leaves nothing: mend one of the two.",
    ),
    (
        "CE702",
        "always matches",
        "Nothing keeps the policy from matching: it acts on every event it looks at for which its facts are known.",
        "Add the condition that is missing; a severity from 1 to 4 is always `at_least: 1`.",
    ),
    (
        "CE703",
        "says what another says",
        "Whenever this live policy matches, another live one matches as well and asks for the very same.",
        "Retire one of the two, or let this one ask for something else.",
    ),
    (
        "CE704",
        "can never win",
        "Whenever this live policy matches, another live one matches as well and goes before it.",
        "`days_late at_least: 5` at level 1 never wins over `at_least: 3` at level 2: swap the levels.",
    ),
    (
        "CE705",
        "clash that only the id decides",
        "Two live policies match one event, ask for different things, and nothing but the order of their ids decides.",
        "Give the one that should win a higher `priority`.",
    ),
    (
        "CE706",
        "role that looks misspelt",
        "The role is named once in the whole set and is one letter away from one that is named more often.",
        "`to: team-lead`, not `to: team-laed`.",
    ),
    (
        "CE707",
        "tiers out of order",
        "Of policies that differ in one threshold only, a narrower one asks for less than a wider one.",
        "With 3 contacts at level 1 and 5 at level 2, 10 should not be at level 1.",
    ),
    (
        "CE708",
        "threshold far from all others",
        "The number is ten times beyond all that other policies compare the same thing with, and its examples.",
        "`hours_down at_least: 24`, not `at_least: 2400`.",
    ),
    (
        "CE709",
        "must be asked on every event",
        (
            "In a set of more than 500 policies, this one has no plain test of a field that must be true, and so "
            "nothing rules it out quickly."
        ),
        "Add a test such as `{field: failure.type, is: outage}` under `all`.",
    ),
    (
        "CE710",
        "history without a window",
        "A count or sum without `within` goes back to the customer's first day, and gets slower every year.",
        "`{count: offers, within: 365d, at_least: 1}`",
    ),
    (
        "CE711",
        "waiver",
        (
            "A comment `# careengine: allow …` gives no reason, names no finding that can be allowed, or allows one "
            "that is not there."
        ),
        "`# careengine: allow CE705 because the two teams never share a customer`",
    ),
    (
        "CE712",
        "rows that overlap",
        (
            "Two rows of a table hold at once, and its hit policy does not allow it: `unique` never does, `any` only "
            "when they ask for the same."
        ),
        'Let the one row end where the other begins: `"[3..7)"` and `">= 7"`.',
    ),
    (
        "CE713",
        "row that is never reached",
        "Rows above this one hold whenever it does, and under `first` the one above acts.",
        "Move the row with the narrower conditions up.",
    ),
    (
        "CE714",
        "gap in a table",
        "All that the rows share is so, every fact that they ask for is known, and yet no row holds.",
        "Add a row for it, or a last row of `-` for all other cases.",
    ),
    (
        "CE715",
        "table that is not fully compared",
        "Tests of words, or very many rows and columns, keep the rows of a table from being compared for certain.",
        "Move tests of words into `when`, or split the table.",
    ),
    (
        "CE716",
        "not compared with all",
        (
            "So many live policies may match the same events that this one was compared with 128 of them only: it may "
            "say what another says, or clash with it, unnoticed."
        ),
        "Tell them apart by a field such as `customer.region`, or by ranges that do not overlap.",
    ),
    (
        "CE717",
        "role that nobody fills",
        (
            "The setting `people.roles` names the roles that there are, and this owner, target, lead, approver, "
            "reviewer or decider is not among them."
        ),
        "`to: team-lead`, or add the role to `people.roles` with who fills it.",
    ),
    (
        "CE718",
        "rows in several currencies",
        (
            "Two rows of a table that only an amount keeps apart name different currencies. Amounts in different "
            "currencies do not compare, so one row is always unknown, and the table does nothing."
        ),
        "Write one policy for amounts in GBP and one for those in EUR, or use the hit policy `collect`.",
    ),
)

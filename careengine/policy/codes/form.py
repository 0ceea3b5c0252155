"""CE2xx: it does not have the form of a rule."""

from __future__ import annotations

ROWS = (
    (
        "CE201",
        "unknown key",
        "No such key exists here; it would be ignored, and with it what you wanted.",
        "Mend the spelling: `owner:`, not `ownr:`.",
    ),
    ("CE202", "missing key", "Something that every rule needs is not there.", "Add the key."),
    (
        "CE203",
        "wrong kind of value",
        "Text where a number is needed, one value where a list is needed, and so on. A key without a value is empty.",
        "Write `priority: 50`, not `priority: high`.",
    ),
    (
        "CE204",
        "not one of the choices",
        "Only some words are known here.",
        "Choose one of those in the message.",
    ),
    (
        "CE205",
        "wrong form",
        (
            "The text is not written as it must be: an id in small letters, a duration such as `7d`, money such as "
            "`25.00 GBP`."
        ),
        "Write it as the message shows.",
    ),
    ("CE206", "too short or too long", "The text has too few or too many characters.", "Say a bit more, or less."),
    ("CE207", "too few or too many", "A list or group has too few or too many entries.", "Add or take away some."),
    ("CE208", "listed twice", "The same entry stands twice in one list.", "Keep one of them."),
    ("CE209", "number out of range", "The number is below or above what makes sense here.", "See the message."),
    (
        "CE210",
        "unknown operator",
        "A test compares with a word that is not an operator.",
        "`at_least: 3`, not `gte: 3`.",
    ),
    (
        "CE211",
        "condition without a subject",
        "A condition names `all`, `any`, `not`, `field`, `count` or `sum`; this one names none.",
        "`{field: failure.type, is: late_delivery}`",
    ),
    (
        "CE212",
        "condition with two subjects",
        "A condition names exactly one of `all`, `any`, `not`, `field`, `count` and `sum`.",
        "Make two conditions and put them under `all:` or `any:`.",
    ),
    (
        "CE213",
        "test without an operator",
        "A test says what to look at but not what to compare it with.",
        "`{field: failure.days_late, at_least: 3}`",
    ),
    (
        "CE214",
        "test with two operators",
        "A test holds exactly one operator.",
        "`between: [2, 5]`, or two tests under `all:`.",
    ),
    (
        "CE215",
        "keys that do not go together",
        "`within`, `same` and the like narrow a `count` or `sum`; operators belong to `field`, `count` and `sum`.",
        "Move the key to the test that it belongs to.",
    ),
    ("CE216", "conditions nested too deep", "Conditions nest deeper than 12 levels.", "Split the policy in two."),
    (
        "CE217",
        "key of another kind of policy",
        (
            "Each kind has keys of its own: `offer` is for recovery, `escalate` for escalation, `support` for "
            "protection."
        ),
        "Delete the key, or move it to a policy of its kind.",
    ),
    (
        "CE218",
        "not a policy",
        "The file has nothing that makes a policy; it may be an interaction, a schema or something of another tool.",
        "Keep it out of the folder of rules.",
    ),
    (
        "CE219",
        "too many conditions",
        "A policy has at most 1,000 conditions, those of its exception included.",
        "Split the policy in two, or list values with `in`.",
    ),
    (
        "CE220",
        "row of another width",
        "Every row of a table has one cell for each input and then one for each output.",
        "Write `-` into the cell of an input that does not matter.",
    ),
)

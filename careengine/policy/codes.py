"""Every code of a mistake in a rule file: what it means and how to mend it.

CE1xx the file cannot be read, CE2xx it does not have the form of a rule, CE3xx what it says makes no sense,
CE4xx rules that do not go together, CE5xx warnings, CE6xx test files, CE7xx what a whole set shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One code: a few words, what it means, and an example of how to mend it."""

    code: str
    title: str
    meaning: str
    example_fix: str


# code, title, meaning, how to mend
_TABLE = (
    ("CE101", "no such file", "There is no file or folder of that name.", "Check the spelling of the path."),
    (
        "CE102",
        "cannot be opened",
        (
            "The file or folder is there but cannot be read: permissions, a symbolic link that leads nowhere or in a "
            "circle, a broken disk."
        ),
        "Give the user that runs careengine the right to read it, or mend the link.",
    ),
    (
        "CE103",
        "not a file",
        "A folder, pipe, socket or device stands where a file is needed; it is not read.",
        "Name the file itself.",
    ),
    (
        "CE104",
        "not a rule file",
        "Rule files end in `.yaml`, `.yml` or `.json`.",
        "Rename `late-delivery.txt` to `late-delivery.yaml`.",
    ),
    (
        "CE105",
        "nothing to check",
        "No rule file was found. Saying that all is well would be wrong.",
        "Name a folder that holds rule files.",
    ),
    ("CE106", "too large", "A rule file holds at most 256 KB.", "Keep one policy in a file."),
    (
        "CE107",
        "not UTF-8",
        "The file is in another encoding, such as UTF-16 or Latin-1.",
        "Choose UTF-8 when saving, in the editor's `Save as`.",
    ),
    (
        "CE108",
        "hidden character",
        (
            "The text holds a character that cannot be seen and changes how the file is read: NUL and other control "
            "characters, exotic line ends, a no-break space in the indentation."
        ),
        "Delete the character and type a blank instead.",
    ),
    ("CE109", "empty file", "The file holds nothing, or only comments.", "Write a policy, or delete the file."),
    (
        "CE110",
        "cannot be read as YAML",
        "Indentation, quotes, brackets or colons do not add up.",
        'Put quotes around text that holds `: ` or starts with a sign: `title: "Refund: late parcel"`.',
    ),
    ("CE111", "a tab", "YAML is indented with blanks; a tab has no width of its own.", "Use two blanks a level."),
    (
        "CE112",
        "cannot be read as JSON",
        "A quote, comma, colon or bracket is missing or too much. JSON has no comments.",
        "Use double quotes, and no comma after the last item.",
    ),
    (
        "CE113",
        "key written twice",
        "The same key stands twice in one place; one of the two values would be lost in silence.",
        "Keep one of them.",
    ),
    (
        "CE114",
        "anchor or alias",
        "`&name` and `*name` are not read: a rule says everything where it stands.",
        "Write the value out, or put quotes around text that starts with `&` or `*`.",
    ),
    ("CE115", "merge key", "`<<` is not read: a rule says everything where it stands.", "Write the keys out."),
    (
        "CE116",
        "tag",
        "Tags such as `!!int` or `!secret` are not read.",
        'Leave the tag out, or put quotes around text that starts with `!`: `"!important"`.',
    ),
    (
        "CE117",
        "more than one document",
        "A `---` starts a second policy in the same file.",
        "Keep one policy in a file, named after its id.",
    ),
    ("CE118", "nested too deep", "Lists and keys nest deeper than 40 levels.", "Close the brackets."),
    (
        "CE119",
        "key that is not text",
        "A key is a number, true, false, nothing, a list or a group.",
        'Put quotes around it: `"1": 5.00 GBP`. Text that starts with `{` or `[` needs quotes, too.',
    ),
    (
        "CE120",
        "number with leading zeros",
        "`0010` may be an id or the number 10, and programs disagree about which.",
        'Write `"0010"` for text or `10` for the number.',
    ),
    (
        "CE121",
        "number that cannot be used",
        "The number is infinite, not a number, or larger than computers agree on (64 bits).",
        "Write a smaller number, or put quotes around a long id.",
    ),
    (
        "CE122",
        "another version of YAML",
        "The file asks for a version of YAML in which `NO` is false and `22:30` is 1350.",
        "Delete the `%YAML` line.",
    ),
    (
        "CE123",
        "changed while it was read",
        "Another program wrote to the file just then; half a policy may be a good one that says something else.",
        "Save it and check again; a running service reads it again by itself.",
    ),
    (
        "CE124",
        "too many files to look through",
        "The folders hold more than 1,000,000 files and folders, of whatever name, and so are hardly meant.",
        "Name the folder that holds the rules, not one far above it.",
    ),
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
        "Money is a number, a blank and a currency of three capitals; what is compared has one currency.",
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
        "This filter can never fit this kind of history, so nothing would ever be counted.",
        "`family` goes with `count: offers`.",
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
    (
        "CE330",
        "unknown time zone",
        "There is no time zone of that name in the IANA database.",
        "`zone: Europe/London`",
    ),
    (
        "CE331",
        "unknown country or part of it",
        "Public holidays are known by the ISO 3166 codes of countries, and of their parts with holidays of their own.",
        "`holidays: {country: GB, subdivision: ENG}`",
    ),
    (
        "CE332",
        "not a shift",
        "Hours go from one time of the day to another; the clock has 24 hours of 60 minutes.",
        "`09:00-17:30`, `21:00-02:00` past midnight, `00:00-24:00` for a whole day.",
    ),
    (
        "CE333",
        "shifts that overlap",
        "A shift begins before another one ends, so that the same hour would be worked twice.",
        "`[09:00-12:00, 13:00-17:30]`",
    ),
    (
        "CE334",
        "calendar that never opens",
        "The week has no hours, or less than one: nothing would ever fall due.",
        "`week: {mon: [09:00-17:00]}`",
    ),
    (
        "CE335",
        "unknown calendar",
        "A block counts by a calendar that is not there, is no calendar, or is not live.",
        "Write a file of the kind `calendar` with that id, or mend the name.",
    ),
    (
        "CE336",
        "length that no calendar counts",
        (
            "By a calendar working time is counted: `1d` would be 24 working hours, which nobody means, and more than "
            "2,000 hours are hardly meant."
        ),
        "`within: 8h, calendar: uk-support`",
    ),
    (
        "CE337",
        "day said twice",
        "One date stands twice in `closed` and `days`, and only one of the two could hold.",
        "Keep one of them.",
    ),
    (
        "CE338",
        "clock that is not whole",
        (
            "A clock has one end (`within` or `until`), which the events themselves tell of; a milestone has one "
            "moment, within the clock's time, and somebody who hears of it."
        ),
        "`{before: 30m, tell: case-owner}`",
    ),
    (
        "CE339",
        "escalated to somebody who may not",
        (
            "Who has to say yes, or gets the case, may give less by their own authority than it takes, or than whoever "
            "had it before."
        ),
        "Name a role that may, or write an authority that gives the role more.",
    ),
    (
        "CE340",
        "limit of no size",
        "A limit or budget says how many there may be (`count`), how much they may come to (`amount`), or both.",
        "Add `amount: 250.00 GBP`.",
    ),
    (
        "CE341",
        "limit of nothing",
        "An amount of zero leaves no room at all, so every offer would have to be asked for.",
        "Name an amount, or give the offers an `approver`.",
    ),
    (
        "CE342",
        "window and period",
        "A limit or budget looks back a rolling time (`within`) or at a calendar `period`: one of them.",
        "Keep `within: 60d`, or `period: month` with its `zone`.",
    ),
    (
        "CE343",
        "zone and period",
        "A calendar period begins and ends at midnight in a zone; a rolling time is the same in every zone.",
        "Give `period: month` its `zone: Europe/London`.",
    ),
    (
        "CE344",
        "limit that is never reached",
        "What it counts can never be: what is owed is never counted, and only offers have a family and an amount.",
        "Count `goodwill` or `gesture`; leave out `family` and `amount` where no offers are counted.",
    ),
    (
        "CE345",
        "limits in two currencies",
        "Two limits count the same offers in different currencies, so whatever is offered, one of them has to ask.",
        "Give each a `when`, such as `{field: customer.region, is: eu}`.",
    ),
    (
        "CE346",
        "goodwill that is called owed",
        "The offer of an entitlement is owed; goodwill and gestures are given.",
        "Leave `family` out, or write `kind: recovery`.",
    ),
    (
        "CE347",
        "arbitrations of one rank",
        "Two arbitration policies may apply to the same event with the same priority, so that their ids decide.",
        "Give one of them a higher `priority`, or each a `when`.",
    ),
    (
        "CE348",
        "group of nothing",
        "A member of an exclusive group is neither a family nor a policy of the set that makes an offer.",
        "Write `goodwill`, `gesture`, or the id of a policy that has an `offer`.",
    ),
    (
        "CE349",
        "tie-break that never decides",
        "No two policies have one id, so what stands after `id` never decides.",
        "`order: [priority, cost, id]`",
    ),
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
        "CE360",
        "ladder that does not rise",
        "A step of the ladder could never be taken, or a later one is milder: steps take ever more incidents.",
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
        "Whoever is restricted can contest it.",
        "`appeal: {within: 30d, decided_by: ops-manager}`",
    ),
    (
        "CE367",
        "notice that lacks a part",
        "Whoever is restricted is told what for, on what grounds, from when to when, how to appeal, and what is kept.",
        "`{{ notice.behaviour }}`, and so on for every part.",
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
        "An anti-deflection policy says when a human is brought in, and a call back needs hours and a time.",
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
    (
        "CE380",
        "template that cannot be read",
        "A message or notice is written in Liquid; here a bracket, a name or a tag does not add up.",
        "`{{ customer.name }}`, and `{% if … %}` with its `{% endif %}`.",
    ),
    (
        "CE381",
        "unknown variable",
        "A message names something that neither an event nor the action has.",
        "`{{ customer.name }}`, not `{{ customer.nmae }}`.",
    ),
    ("CE382", "unknown filter", "After `|` stands a word that is no filter.", "`{{ offer.expires_at | date }}`"),
    (
        "CE383",
        "unknown tag",
        "Between `{%` and `%}` stands a word that is no tag; messages cannot read files, set variables or count.",
        "Use `if`, `unless`, `case`, `for` and `comment`.",
    ),
    (
        "CE384",
        "somebody's words in a message",
        "What people wrote is not kept, and so a message never repeats it.",
        "Name the thing by its id: `{{ case.id }}`.",
    ),
    (
        "CE385",
        "filter that does not fit",
        "The filter takes another type of value, or is given what it does not know.",
        '`{{ offer.expires_at | date: "short" }}`',
    ),
    ("CE386", "unknown language", "The texts of a message stand under the codes of languages.", "`en`, `de`, `de-AT`"),
    (
        "CE387",
        "message that nobody sends",
        "A message goes with the offer or a step that speaks to the customer, and this policy has neither.",
        "Add `apologise`, `explain`, `follow_up` or `offer` to `steps`.",
    ),
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
            "The setting `rules.roles` declares who can be reached, and this owner, target, lead, approver, reviewer "
            "or decider is not among them."
        ),
        "`to: team-lead`, or add the role to `rules.roles`.",
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

CODES: Mapping[str, Code] = MappingProxyType(
    {
        code: Code(code=code, title=title, meaning=meaning, example_fix=example_fix)
        for code, title, meaning, example_fix in _TABLE
    }
)

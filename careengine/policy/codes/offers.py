"""CE34x: limits, budgets and arbitration."""

from __future__ import annotations

ROWS = (
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
)

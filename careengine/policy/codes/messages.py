"""CE38x: what customers read."""

from __future__ import annotations

ROWS = (
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
)

"""A whole policy in plain English: when it is looked at, what must be so, what it then does, whose it is and why.

Nothing of a policy is left unsaid, and two policies that mean something else read differently.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from careengine.decide.english import say_condition, say_part
from careengine.decide.kinds import SAYINGS
from careengine.model.condition import AllOf, AnyOf, FieldTest, HistoryTest, Not
from careengine.model.policy import CALENDAR, RESTRAINING, REVIEW
from careengine.model.table import Table, members
from careengine.model.value import say_duration, say_instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from careengine.model.catalogue import Catalogue
    from careengine.model.condition import Condition
    from careengine.model.policy import Policy

_ALWAYS = AllOf(pointer="", items=())
_SHORT = 100  # characters that a group of tests may have to be said in one sentence
_FEW = 2
_BOLD = "\x02"  # stands for `**` until the text around it is escaped
_SIGNS = re.compile(r"[\\*<\[|]")
_STATUS = {
    "draft": "a draft, which only its tests run",
    "shadow": "in shadow: it is judged and shown, and does nothing",
    "live": "live: it acts",
    "retired": "retired: it is kept and never judged",
}
_HITS = {
    "unique": "at most one of these rows may hold, and that row acts; nothing is done while any other is not known",
    "first": "read from the top, the first of these rows that holds acts; nothing is done while one above is not known",
    "any": "rows that hold together ask for the same, and one of them acts; nothing is done while that is not known",
    "collect": "every one of these rows that holds acts",
}
_BY_ROW = "what the row says"
_NO_MORE = "nothing more"
_BOOLEANS = {"true": "yes", "false": "no"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A condition in words; what it is made of stands under it when one sentence does not hold it."""

    says: str
    items: tuple[Said, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        return {"says": self.says, "items": [item.to_json() for item in self.items]}

    def lines(self, depth: int = 0) -> Iterator[str]:
        """One bullet each, two blanks further in for each level."""
        yield f"{'  ' * depth}- {self.says}"
        for item in self.items:
            yield from item.lines(depth + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A policy read aloud. `events`, `then` and `terms` are one sentence an item, without a full stop.

    Of a policy with a table `when` and `then` are what its rows share, and `table` says the rows.
    """

    policy: str
    title: str
    kind: str
    events: tuple[str, ...]
    when: Said | None
    unless: Said | None
    then: tuple[str, ...]
    table: Said | None
    terms: tuple[str, ...]
    why: str

    def to_json(self) -> dict[str, Any]:
        """The reading as plain JSON values, with the whole of it as `text`."""
        return {
            "policy": self.policy,
            "title": self.title,
            "kind": self.kind,
            "events": list(self.events),
            "when": self.when and self.when.to_json(),
            "unless": self.unless and self.unless.to_json(),
            "then": list(self.then),
            **({"table": self.table.to_json()} if self.table else {}),
            "terms": list(self.terms),
            "why": self.why,
            "text": self.text(),
        }

    def text(self) -> str:
        """For a terminal, several lines."""
        head = f"{self.policy}: {self.title} ({self.kind})"
        return "\n".join([head, *(line for block in self._blocks("") for line in block)])

    def markdown(self) -> str:
        """For a page: a heading, then the same in paragraphs and lists."""
        blocks = [f"## {self.policy}", f"**{_shown(self.title)}** ({self.kind})"]
        blocks += ["\n".join(_shown(line) for line in block) for block in self._blocks(_BOLD) if block]
        return "\n\n".join(blocks).replace(_BOLD, "**")

    def _blocks(self, bold: str) -> Iterator[list[str]]:
        if self.events:
            yield [f"{bold}Looked at{bold} when {', or '.join(self.events)}."]
        for word, said in (("When", self.when), ("Unless", self.unless)):
            if said is not None:
                yield [f"{bold}{word}{bold} {said.says}{':' if said.items else '.'}"]
                yield [line for item in said.items for line in item.lines()]
        yield [f"{bold}Then{bold}:"]
        yield [f"{number}. {one}" for number, one in enumerate(self.then, 1)]
        if self.table is not None:
            yield [f"{bold}Rows{bold}: {self.table.says}:"]
            yield [line for item in self.table.items for line in item.lines()]
        yield [" ".join(f"{term}." for term in self.terms)]
        yield [f"{bold}Why{bold}: {self.why}"]


def _shown(text: str) -> str:
    """Text with the signs escaped that Markdown would take for its own."""
    return _SIGNS.sub(r"\\\g<0>", text)


def render(policy: Policy, catalogue: Catalogue) -> Reading:
    """Read a policy aloud."""
    table = policy.outcome if isinstance(policy.outcome, Table) else None
    shared = table.shared if table else None if policy.when == _ALWAYS else policy.when
    rows = [list(_doings(row, catalogue)) for row in members(policy)]
    then = _common(rows)
    return Reading(
        policy=policy.id,
        title=_one_line(policy.title),
        kind=policy.kind,
        events=tuple(_say_events(policy, catalogue)),
        when=None if shared is None or shared == _ALWAYS else outline(shared),
        unless=None if policy.unless is None else outline(policy.unless),
        then=tuple(one or _BY_ROW for one in then),
        table=Said(says=_HITS[table.hit], items=tuple(_say_rows(table, then, rows))) if table else None,
        terms=tuple(_terms(policy)),
        why=_one_line(policy.rationale),
    )


def _say_events(policy: Policy, catalogue: Catalogue) -> Iterator[str]:
    if policy.kind in RESTRAINING:
        yield "others ask for something"
    for event in sorted(policy.events):
        yield say_event(event, catalogue)


def say_event(event: str, catalogue: Catalogue) -> str:
    """An event as a sentence: `a case is opened`."""
    field = catalogue.fields["type"]
    return dict(zip(field.allowed, field.phrases, strict=True))[event]


def outline(condition: Condition) -> Said:
    """A condition as one sentence, or as the heading of what it is made of."""
    if isinstance(condition, (FieldTest, HistoryTest)):
        return Said(says=say_condition(condition))
    if isinstance(condition, Not):
        return _outline_not(condition.item)
    if len(condition.items) == 1:
        return outline(condition.items[0])
    said = say_condition(condition)
    tests = all(isinstance(item, (FieldTest, HistoryTest)) for item in condition.items)
    if tests and len(condition.items) <= _FEW and len(said) <= _SHORT:
        return Said(says=said)
    head = "all of these are so" if isinstance(condition, AllOf) else "any of these is so"
    return Said(says=head, items=tuple(outline(item) for item in condition.items))


def _outline_not(item: Condition) -> Said:
    if isinstance(item, (FieldTest, HistoryTest)):
        return Said(says=f"it is not so that {say_condition(item)}")
    if isinstance(item, Not):
        return Said(says="this is not so", items=(_outline_not(item.item),))
    if len(item.items) == 1:
        return _outline_not(item.items[0])
    head = "none of these is so" if isinstance(item, AnyOf) else "not all of these are so"
    return Said(says=head, items=tuple(outline(part) for part in item.items))


def _doings(policy: Policy, catalogue: Catalogue) -> Iterator[str]:
    says = SAYINGS.get(type(policy.outcome))
    return says(policy, policy.outcome, catalogue) if says else iter(())


def _common(rows: Sequence[Sequence[str]]) -> list[str]:
    """What all rows do, place by place, empty where each has its own; beyond the shortest row the rest is its own."""
    shortest, longest = min(map(len, rows)), max(map(len, rows))
    same = [one if all(row[at] == one for row in rows) else "" for at, one in enumerate(rows[0][:shortest])]
    if shortest == longest:
        return same
    alike = same.index("") if "" in same else shortest
    return [*same[:alike], ""]


def _say_rows(table: Table, then: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[Said]:
    """Each row as a sentence: when, and what it does at the places that the rows do not share."""
    for number, (row, doings) in enumerate(zip(table.rows, rows, strict=True), 1):
        own = [one for at, one in enumerate(doings) if at >= len(then) or not then[at]]
        asked = " and ".join(say_part(cell) for cell in row.cells)
        when = f"when {asked}" if asked else "in every case"
        yield Said(says=f"row {number}, {when}: {'; then '.join(own) or _NO_MORE}")


def _terms(policy: Policy) -> Iterator[str]:
    if policy.once_per:
        same, within = policy.once_per.same, say_duration(policy.once_per.within)
        yield f"At most once for the same {same} within {within}"
    ends = (("from", policy.effective_from), ("until just before", policy.effective_until))
    if effective := " ".join(f"{word} {say_instant(at)}" for word, at in ends if at is not None):
        yield f"In effect {effective}"
    yield f"It is {_STATUS[policy.status]}"
    priority = "" if policy.kind in (REVIEW, CALENDAR) else f", its priority {policy.priority}"
    yield f"Its owner is {policy.owner}{priority}"
    if playbook := policy.document.get("playbook"):
        yield f"More about it: {_one_line(playbook)}"


def _one_line(text: str) -> str:
    return " ".join(text.split())

"""Makes an event out of a box, as small as it can be, and asks policies about it.

A box may take in too much, so nothing is said of an event before the policies themselves were asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from careengine.model.catalogue import typed
from careengine.model.facts import Facts, RecordedHistory
from careengine.model.value import Money, say_instant
from careengine.policy.analysis.box import is_count, narrower
from careengine.policy.analysis.normal import EVENT_TYPE
from careengine.policy.analysis.subject import AS_OF, NOW
from careengine.policy.analysis.values import Choice, Range, Tags, met
from careengine.policy.verify import compile_policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from careengine.model.catalogue import Catalogue, Field
    from careengine.model.condition import FieldTest
    from careengine.model.policy import Policy
    from careengine.policy.analysis.box import Box
    from careengine.policy.analysis.values import Values

USUAL = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
_BY_TYPE: Mapping[str, Any] = {
    "number": 1,
    "integer": 1,
    "boolean": True,
    "money": "10.00 GBP",
    "instant": "2026-03-01T09:30:00Z",
    "tags": ["example"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One event: its fields as the engine sees them, and what its customer's history would have to say."""

    fields: Mapping[str, Any]
    as_of: datetime
    history: Mapping[str, Any]

    def matches(self, *policies: Policy) -> bool:
        """Whether each of the policies matches this event."""
        return all(self._asked(policy) for policy in policies)

    def fails(self, *policies: Policy) -> bool:
        """Whether each of the policies is for certain silent on this event."""
        return all(self._asked(policy) is False for policy in policies)

    def _asked(self, policy: Policy) -> bool | None:
        if self.fields["type"] not in policy.events or not policy.in_effect(self.as_of):
            return False
        facts = Facts(fields=self.fields, as_of=self.as_of, history=RecordedHistory(dict(self.history)))
        verdict = compile_policy(policy).judge(facts)
        return verdict.result if verdict is not None else False

    def to_json(self) -> dict[str, Any]:
        """The event as a CRM would send it; `history` beside it only when rules ask for it."""
        event: dict[str, Any] = {}
        for path, value in sorted(self.fields.items(), key=lambda item: ("." in item[0], item[0])):
            _put(event, path.split("."), _plain(value))
        history = {key: _plain(value) for key, value in self.history.items()}
        return {"event": event, **({"history": history} if history else {})}


def example_of(box: Box, catalogue: Catalogue) -> Example | None:
    """An event that should fit a box, or None when none can be thought of."""
    as_of = _instant(box.sets.get(AS_OF))
    if as_of is None:
        return None
    fields: dict[str, Any] = {"id": "example", "source": "example", "occurred_at": as_of}
    history: dict[str, Any] = {}
    for subject, values in _seen_at(as_of, box).items():
        found = _sample(values, subject[1])
        if found is None:
            return None
        (history if subject[1] is None and subject[0] != "type" else fields)[subject[0]] = found
    _put_in_order(history, box)
    for path in sorted(box.present - set(fields)):
        field = catalogue.get(path)
        fields[path] = typed(field, _usual(field)) if field else "example"
    return Example(fields=fields, as_of=as_of, history=history)


def _put_in_order(history: dict[str, Any], box: Box) -> None:
    """Of two counts let the wider one find as much as the narrower one: otherwise there is no such history."""
    counts = [(subject.query, values) for subject, values in box.sets.items() if is_count(subject) and subject.query]
    for few, _ in counts:
        for many, values in counts:
            least = history[few.key]
            if narrower(few, many) and history[many.key] < least and isinstance(values, Range) and values.has(least):
                history[many.key] = least


def shown_by(boxes: Iterable[Box], catalogue: Catalogue, *policies: Policy) -> Example | None:
    """The first event made of the boxes on which all of the policies really match."""
    made = (example_of(box, catalogue) for box in boxes)
    return next((example for example in made if example is not None and example.matches(*policies)), None)


def _seen_at(as_of: datetime, box: Box) -> dict[tuple[str, Field | None], Values]:
    """The sets by field (or by the key of a count), with `now` put in."""
    seen: dict[tuple[str, Field | None], Values] = {}
    for subject, values in box.sets.items():
        if subject == AS_OF:
            continue
        if subject == EVENT_TYPE:
            key: tuple[str, Field | None] = ("type", None)
        elif subject.query is not None:
            key = (subject.query.key, None)
        else:
            key = (subject.field.path if subject.field else "", subject.field)
        put = _shifted(values, as_of) if subject.endswith(f" as {NOW}") else values
        same = seen.get(key)
        seen[key] = put if same is None or type(same) is not type(put) else met(same, put)
    return seen


def _shifted(values: Values, as_of: datetime) -> Values:
    if not isinstance(values, Range):
        return values
    low = None if values.low is None else as_of + values.low
    high = None if values.high is None else as_of + values.high
    return replace(values, low=low, high=high)


def _instant(values: Values | None) -> datetime | None:
    if not isinstance(values, Range):
        return USUAL
    found = USUAL if values.has(USUAL) else values.sample()
    return found if isinstance(found, datetime) else None


def _sample(values: Values, field: Field | None) -> Any:
    if isinstance(values, Tags):
        return values.sample() or ("example",)
    if isinstance(values, Choice):
        return _choice(values, field)
    if values.unit:
        return Money(Decimal(amount), values.unit) if (amount := values.sample()) is not None else None
    usual = typed(field, _usual(field)) if field and field.type != "signal" else None
    return usual if usual is not None and values.has(usual) else values.sample()


def _choice(values: Choice, field: Field | None) -> Any:
    if values.only is not None:
        usual = _usual(field) if field else None
        return usual if usual in values.only else min(values.only, key=str, default=None)
    tests = [test for test, wanted in values.words if wanted]
    parts = [part for test in tests for part in _parts(test)]
    tries = [*(field.examples if field else ()), "example", "another", *parts, " ".join(parts)]
    return next((text for text in tries if isinstance(text, str) and text and values.has(text)), None)


def _parts(test: FieldTest) -> tuple[str, ...]:
    operand = test.operand if isinstance(test.operand, tuple) else (test.operand,)
    return tuple(str(part) for part in operand)


def _usual(field: Field | None) -> Any:
    if field is None:
        return "example"
    if field.allowed:
        return field.allowed[0]
    return field.examples[0] if field.examples else _BY_TYPE.get(field.type, "example")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return say_instant(value)
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, timedelta | Money):
        return str(value)
    return value


def _put(event: dict[str, Any], parts: list[str], value: Any) -> None:
    *above, last = parts
    for part in above:
        event = event.setdefault(part, {})
    event[last] = value

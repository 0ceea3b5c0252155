"""Policies over the whole grammar: every operator on every type of field, every filter, every block of every kind.

`policies` draws one; `changed` draws one that differs from it in a single leaf.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from careengine import resources
from careengine.model.condition import COMPARING, AllOf, AnyOf, Condition, FieldTest, HistoryTest, Not
from careengine.model.history import HistoryQuery
from careengine.model.message import Message
from careengine.model.policy import (
    AmountBy,
    Escalation,
    Offer,
    OncePer,
    Policy,
    Recovery,
)
from careengine.model.protection import Alert, Appeal, Flag, Protection, Restriction, Rung
from careengine.model.table import Row, Table
from careengine.model.value import Moment, Money
from careengine.policy.history_query import STATES
from careengine.policy.operand import FITTING
from tests.decide.worlds import CATALOGUE, policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from careengine.model.catalogue import Field

_SCHEMA = resources.schema("policy")
_PARTS, _CONDITION = _SCHEMA["properties"], _SCHEMA["$defs"]["condition"]["properties"]
EVENTS = tuple(_PARTS["events"]["items"]["enum"])
_PATHS = (*CATALOGUE.fields, "signals.acme.churn", "signals.acme.mood")

_WORDS = st.sampled_from(["gold", "late_delivery", "yes", "no", "known", "one", "open", "inbound", "goodwill", "3", ""])
_TEXTS = st.one_of(
    _WORDS,
    st.sampled_from(["gold, silver", 'say "no"', "gold and the channel is email", "a\nb", "\\", "\ud800", "inf"]),
    st.text(max_size=4),
)
_NUMBERS = st.one_of(st.integers(0, 12), st.floats(0, 99, allow_nan=False), st.just(10**40))
_MONEY = st.builds(Money, st.decimals(0, 90, places=2), st.sampled_from(["GBP", "EUR"]))
_SPANS = st.sampled_from([timedelta(minutes=n) for n in (0, 1, 90, 240, 1440, 10080, 43200)])
_INSTANTS = st.integers(0, 10**6).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))
_MOMENTS = st.one_of(
    _INSTANTS.map(lambda at: Moment(fixed=at)),
    st.tuples(_SPANS, st.sampled_from([1, -1])).map(lambda shift: Moment(shift=shift[0] * shift[1])),
)
_WAYS = ("distinct_gap", "distinct", "half_life")
_ONE_OF = st.sampled_from(_CONDITION["same"]["enum"])
_ROLES = st.sampled_from(["team-lead", "tier-2", "director"])


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


def _some_of(*names: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(names), min_size=1, unique=True).map(tuple)


def operands(field: Field, operator: str) -> st.SearchStrategy[Any]:
    """What a rule file may compare a field with."""
    if operator in _OPERANDS:
        return _OPERANDS[operator]
    one = _one_value(field, operator)
    several = {"between": st.tuples(one, one), **dict.fromkeys(("in", "not_in"), _list_of(one))}
    return several.get(operator, one)


def _one_value(field: Field, operator: str) -> st.SearchStrategy[Any]:
    if field.type == "signal" and operator not in COMPARING:
        return st.one_of(_TEXTS, _NUMBERS, st.booleans())
    return {
        "text": _TEXTS,
        "category": st.sampled_from(field.allowed or ("",)),
        "number": _NUMBERS,
        "integer": st.integers(0, 12),
        "money": _MONEY,
        "boolean": st.booleans(),
        "signal": _NUMBERS,
    }[field.type]


def _list_of(one: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(one, min_size=1, max_size=3, unique_by=repr).map(tuple)


_OPERANDS: Mapping[str, st.SearchStrategy[Any]] = {
    "present": st.booleans(),
    "matches": st.sampled_from(["(?i)gold$", "T-\\d", 'a"b', "x, y", "x"]),
    **dict.fromkeys(("before", "after"), _MOMENTS),
    **dict.fromkeys(("contains", "starts_with"), _TEXTS),
    **dict.fromkeys(("contains_any", "contains_all"), _list_of(_TEXTS)),
}


@st.composite
def field_tests(draw: st.DrawFn, path: str = "") -> FieldTest:
    """Any operator on any field, or on the field of that path."""
    field = CATALOGUE.get(path or draw(st.sampled_from(_PATHS)))
    assert field is not None
    operator = draw(st.sampled_from(FITTING[field.type]))
    return FieldTest(pointer="/when", field=field, operator=operator, operand=draw(operands(field, operator)))


def _filters(function: str, kind: str, way: str) -> Mapping[str, st.SearchStrategy[Any]]:
    """Every filter that fits; a test holds the names against the grammar."""
    channels = CATALOGUE.fields["channel"].allowed
    fitting = {
        "within": _SPANS,
        "same": _ONE_OF,
        "direction": st.sampled_from(_CONDITION["direction"]["enum"]),
        "channel": st.sampled_from(channels),
        "category": _WORDS,
        "status": st.sampled_from(STATES[kind]) if kind in STATES else _WORDS,
        "severity_at_least": st.integers(1, 4),
    }
    if function == "count":
        drawn = (_SPANS, _ONE_OF, _SPANS.filter(bool))
        fitting |= {name: one if name == way else st.none() for name, one in zip(_WAYS, drawn, strict=True)}
    if kind == "offers":
        fitting["family"] = st.sampled_from(_CONDITION["family"]["enum"])
    return fitting


@st.composite
def history_tests(draw: st.DrawFn) -> HistoryTest:
    """Any count or sum with any filters."""
    function = draw(st.sampled_from(["count", "sum"]))
    kind = draw(st.sampled_from(_CONDITION[function]["enum"]))
    way = draw(st.sampled_from(_WAYS))
    chosen = {name: draw(_maybe(strategy)) for name, strategy in _filters(function, kind, way).items()}
    query = HistoryQuery(function=function, kind=kind, **chosen)
    operator = draw(st.sampled_from((*COMPARING, "is")))
    return HistoryTest(pointer="/when", query=query, operator=operator, operand=draw(_counted(function, operator)))


def _counted(function: str, operator: str) -> st.SearchStrategy[Any]:
    one: st.SearchStrategy[Any] = st.integers(0, 9) if function == "count" else _MONEY
    return st.tuples(one, one) if operator == "between" else one


def conditions() -> st.SearchStrategy[Condition]:
    """Any nesting of any tests."""
    return st.recursive(
        st.one_of(field_tests(), history_tests()),
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(lambda items: AllOf(pointer="/when", items=tuple(items))),
            st.lists(inner, min_size=1, max_size=3).map(lambda items: AnyOf(pointer="/when", items=tuple(items))),
            inner.map(lambda item: Not(pointer="/when", item=item)),
        ),
        max_leaves=6,
    )


_AMOUNTS = st.one_of(
    _MONEY,
    st.builds(
        AmountBy,
        field=st.sampled_from(["failure.severity", "failure.working_days_late", "survey.csat"]),
        amounts=st.dictionaries(st.sampled_from(["1", "2", "3"]), _MONEY, min_size=1),
    ),
    st.builds(
        AmountBy,
        field=st.just("failure.safety"),
        amounts=st.dictionaries(st.sampled_from(["true", "false"]), _MONEY, min_size=1),
    ),
    st.builds(
        AmountBy,
        field=st.sampled_from(["customer.tier", "signals.acme.mood"]),
        amounts=st.dictionaries(_TEXTS, _MONEY, min_size=1, max_size=3),
    ),
)
# What each part of a record may be; `changed` draws one of these anew.
PARTS: Mapping[type, Mapping[str, st.SearchStrategy[Any]]] = {
    Offer: {
        "family": st.sampled_from(_PARTS["offer"]["properties"]["family"]["enum"]),
        "amount": _AMOUNTS,
        "expires": _maybe(_SPANS),
        "approver": _maybe(_ROLES),
    },
    Escalation: {
        "to": _ROLES,
        "level": st.integers(1, 9),
        "priority": _maybe(st.sampled_from(_PARTS["escalate"]["properties"]["priority"]["enum"])),
        "respond_within": _maybe(_SPANS),
        "next_update": _maybe(_SPANS),
        "hand_over": _maybe(st.sampled_from(_PARTS["escalate"]["properties"]["hand_over"]["enum"])),
    },
    Alert: {"to": _ROLES, "within": _maybe(_SPANS)},
    Flag: {"review_by": _ROLES, "within": _maybe(_SPANS)},
    Restriction: {
        "step": st.sampled_from(_PARTS["restrict"]["properties"]["step"]["enum"]),
        "decided_by": _ROLES,
        "expires": _SPANS,
        "review_every": _maybe(_SPANS),
        "starts_after": _maybe(_SPANS),
    },
    Appeal: {
        "within": _SPANS,
        "decided_by": _ROLES,
        "address": st.sampled_from(["appeals@example.com", "12 Main Street"]),
        "answer_within": _maybe(_SPANS),
    },
    OncePer: {"same": st.sampled_from(_PARTS["once_per"]["properties"]["same"]["enum"]), "within": _SPANS},
}


def built(kind: type) -> st.SearchStrategy[Any]:
    """One record with all its parts drawn."""
    return st.builds(kind, **PARTS[kind])


def _rung(incidents: int, within: timedelta, support: tuple[str, ...], restrict: Restriction | None) -> Rung:
    query = HistoryQuery(function="count", kind="incidents", status="confirmed", within=within)
    when = HistoryTest(pointer="/ladder/0/incidents", query=query, operator="at_least", operand=incidents)
    return Rung(pointer="/ladder/0", when=when, incidents=incidents, within=within, support=support, restrict=restrict)


_MEASURES = st.one_of(st.just(()), _some_of(*_PARTS["support"]["items"]["enum"]))
_RUNGS = st.builds(_rung, st.integers(1, 9), _SPANS, _MEASURES, _maybe(built(Restriction)))
_TEMPLATES = st.one_of(_TEXTS, st.sampled_from(["Dear {{ customer.name }}", "{% if text %}a{% endif %}"]))
_MESSAGES = st.one_of(
    st.builds(lambda text: Message(texts={"": text}), _TEMPLATES),
    st.builds(
        lambda texts: Message(texts=texts),
        st.dictionaries(st.sampled_from(["en", "de", "de-AT"]), _TEMPLATES, min_size=1),
    ),
)
_STEPS = _some_of(*(step for step in _PARTS["steps"]["items"]["enum"] if step != "offer"))
OUTCOMES: Mapping[str, st.SearchStrategy[Any]] = {
    "recovery": st.one_of(
        st.builds(Recovery, steps=_STEPS, lead=_maybe(_ROLES), message=_maybe(_MESSAGES)),
        st.builds(
            lambda steps, offer, lead: Recovery(steps=(*steps, "offer"), offer=offer, lead=lead),
            _STEPS,
            built(Offer),
            _maybe(_ROLES),
        ),
    ),
    "escalation": built(Escalation),
    "protection": st.builds(
        Protection,
        support=st.one_of(st.just(()), _some_of(*_PARTS["support"]["items"]["enum"])),
        alert=_maybe(built(Alert)),
        flag=_maybe(built(Flag)),
        restrict=_maybe(built(Restriction)),
        ladder=st.lists(_RUNGS, max_size=2).map(tuple),
        exclusions=st.one_of(st.just(()), _some_of(*_PARTS["exclusions"]["items"]["enum"])),
        appeal=_maybe(built(Appeal)),
        notice=_maybe(_MESSAGES),
    ),
}


def _rows(kind: str) -> st.SearchStrategy[Row]:
    return st.builds(Row, cells=st.lists(conditions(), max_size=2).map(tuple), outcome=OUTCOMES[kind])


def tables(kind: str) -> st.SearchStrategy[Table]:
    """Any table over a kind's outcomes."""
    return st.builds(
        Table,
        hit=st.sampled_from(_PARTS["table"]["properties"]["hit_policy"]["enum"]),
        shared=_maybe(conditions()),
        inputs=st.just(("customer.tier",)),
        outputs=st.just(("offer.amount",)),
        rows=st.lists(_rows(kind), min_size=1, max_size=3).map(tuple),
    )


_WHOLE: Mapping[str, st.SearchStrategy[Any]] = {
    "id": st.sampled_from(["p-1", "p-2"]),
    "title": st.sampled_from(["Put it right", "Say sorry"]),
    "owner": _ROLES,
    "status": st.sampled_from(_PARTS["status"]["enum"]),
    "priority": st.integers(0, 100),
    "rationale": st.sampled_from(["Because it is right.", "Because it is owed."]),
    "events": st.frozensets(st.sampled_from(EVENTS), min_size=1, max_size=3),
    "when": conditions(),
    "unless": _maybe(conditions()),
    "effective_from": _maybe(_INSTANTS),
    "effective_until": _maybe(_INSTANTS),
    "once_per": _maybe(built(OncePer)),
    "document": st.sampled_from([{}, {"playbook": "care/late"}, {"playbook": "care/early"}]),
}


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Any policy that a rule file can say."""
    kind = draw(st.sampled_from(sorted(OUTCOMES)))
    parts = {name: draw(strategy) for name, strategy in _WHOLE.items()}
    table = draw(_maybe(tables(kind)))
    when = parts.pop("when")
    return policy(parts.pop("id"), kind, table.when if table else when, table or draw(OUTCOMES[kind]), **parts)


@st.composite
def changed(draw: st.DrawFn, before: Policy) -> Policy:
    """The policy with one leaf drawn anew; now and then it is the same again."""
    name = draw(st.sampled_from([*_WHOLE, "outcome", "when", "unless", "outcome"]))
    if isinstance(before.outcome, Table) and name in ("outcome", "when"):
        table = draw(_changed_table(before.outcome, before.kind))
        return replace(before, when=table.when, outcome=table)
    value = getattr(before, name)
    if name in ("when", "unless") and value is not None:
        part = draw(_changed_condition(value))
    else:
        part = draw(_changed_record(value, OUTCOMES[before.kind] if name == "outcome" else _WHOLE[name]))
    anew: dict[str, Any] = {name: part}
    return replace(before, **anew)


@st.composite
def _changed_table(draw: st.DrawFn, table: Table, kind: str) -> Table:
    name = draw(st.sampled_from(["hit", "shared", "outcome", "cells", "cells"]))
    if name in ("hit", "shared"):
        anew = draw(tables(kind))
        return replace(table, **{name: getattr(anew, name)})
    at = draw(st.integers(0, len(table.rows) - 1))
    row = table.rows[at]
    if name == "outcome" or not row.cells:
        row = replace(row, outcome=draw(_changed_record(row.outcome, OUTCOMES[kind])))
    else:
        row = replace(row, cells=(draw(_changed_condition(row.cells[0])), *row.cells[1:]))
    return replace(table, rows=(*table.rows[:at], row, *table.rows[at + 1 :]))


def _changed_record(record: Any, anew: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """One part of a record drawn anew, at any depth; a plain value is itself drawn anew."""
    if type(record) in PARTS:
        return st.sampled_from(sorted(PARTS[type(record)])).flatmap(lambda name: _inside(record, name))
    if isinstance(record, AmountBy):
        keys = st.sampled_from(sorted(record.amounts))
        return st.builds(lambda key, money: replace(record, amounts={**record.amounts, key: money}), keys, _MONEY)
    if isinstance(record, (Protection, Recovery)):
        inner = [field.name for field in fields(record) if type(getattr(record, field.name)) in PARTS]
        if inner:
            return st.sampled_from(inner).flatmap(lambda name: _inside(record, name))
    return anew


def _inside(record: Any, name: str) -> st.SearchStrategy[Any]:
    part = getattr(record, name)
    anew = PARTS[type(record)][name] if type(record) in PARTS else built(type(part))
    return _changed_record(part, anew).map(lambda new: replace(record, **{name: new}))


@st.composite
def _changed_condition(draw: st.DrawFn, condition: Condition) -> Condition:
    if isinstance(condition, Not):
        return replace(condition, item=draw(_changed_condition(condition.item)))
    if isinstance(condition, (AllOf, AnyOf)):
        at = draw(st.integers(0, len(condition.items) - 1))
        items = list(condition.items)
        items[at] = draw(_changed_condition(items[at]))
        return replace(condition, items=tuple(items))
    if isinstance(condition, FieldTest):
        return draw(st.one_of(field_tests(condition.field.path), field_tests(), _new_operand(condition)))
    return draw(_changed_history(condition))


def _new_operand(test: FieldTest) -> st.SearchStrategy[FieldTest]:
    return operands(test.field, test.operator).map(lambda operand: replace(test, operand=operand))


@st.composite
def _changed_history(draw: st.DrawFn, test: HistoryTest) -> HistoryTest:
    query = test.query
    way = next((name for name in _WAYS if getattr(query, name) is not None), None) or draw(st.sampled_from(_WAYS))
    filters = _filters(query.function, query.kind, way)
    name = draw(st.sampled_from([*filters, "operand"]))
    if name == "operand":
        return replace(test, operand=draw(_counted(query.function, test.operator)))
    return replace(test, query=replace(query, **{name: draw(_maybe(filters[name]))}))

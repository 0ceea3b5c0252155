"""Small worlds for the laws: hypothesis strategies for fields, conditions, policies, history and facts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from careengine import resources
from careengine.model.catalogue import Catalogue
from careengine.model.condition import AllOf, AnyOf, Condition, FieldTest, HistoryTest, Not
from careengine.model.facts import EntryHistory, Facts
from careengine.model.history import Entry, HistoryQuery
from careengine.model.policy import (
    Escalation,
    Offer,
    OncePer,
    Policy,
    PolicySet,
    Recovery,
)
from careengine.model.protection import Alert, Flag, Protection, Restriction
from careengine.model.table import ANY, COLLECT, FIRST, UNIQUE, Row, Table
from careengine.model.value import Moment, Money
from careengine.policy.compile import compile_plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from careengine.model.value import Value

CATALOGUE = Catalogue.from_schema(resources.schema("interaction"))
HITS = (UNIQUE, FIRST, ANY, COLLECT)
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
EVENT = "interaction.received"

_TEXTS = st.sampled_from(["gold", "late_delivery", "Refund now", "", "GOLD", "\ud800", "T-1"])
_NUMBERS = st.one_of(st.integers(-5, 9), st.floats(allow_nan=True, allow_infinity=True), st.just(10**40))
_MONEY = st.builds(Money, st.decimals(-50, 50, places=2), st.sampled_from(["GBP", "EUR"]))
_INSTANTS = st.integers(-60, 60).map(lambda hours: NOW + timedelta(hours=hours))
_TAGS = st.lists(st.sampled_from(["vip", "bereavement", "surveys"]), max_size=3).map(tuple)
ANYTHING = st.one_of(_TEXTS, _NUMBERS, st.booleans(), _MONEY, _INSTANTS, _TAGS)

_OF_TYPE: Mapping[str, st.SearchStrategy[Any]] = {
    "customer.tier": _TEXTS,
    "failure.type": _TEXTS,
    "text": _TEXTS,
    "failure.days_late": _NUMBERS,
    "failure.severity": st.integers(1, 4),
    "failure.safety": st.booleans(),
    "customer.lifetime_value": _MONEY,
    "promise.due_at": _INSTANTS,
    "customer.vulnerability": _TAGS,
    "issue.id": st.sampled_from(["i-1", "i-2"]),
    "case.id": st.sampled_from(["c-1", "c-2"]),
}
PATHS = tuple(_OF_TYPE)


def field_test(path: str, operator: str, operand: Any) -> FieldTest:
    field = CATALOGUE.get(path)
    assert field is not None
    return FieldTest(pointer="/when", field=field, operator=operator, operand=operand)


@st.composite
def field_tests(draw: st.DrawFn) -> FieldTest:
    path = draw(st.sampled_from(PATHS))
    field = CATALOGUE.get(path)
    assert field is not None
    values = _OF_TYPE[path].filter(lambda v: v == v)  # noqa: PLR0124  a rule cannot say NaN
    several = st.lists(values, min_size=1, max_size=3, unique_by=str).map(tuple)
    choices: dict[str, st.SearchStrategy[Any]] = {"present": st.booleans()}
    if field.type not in ("instant", "tags"):
        choices |= {"is": values, "is_not": values}
    if field.type in ("text", "number", "integer", "money"):
        choices |= {"in": several, "not_in": several}
    if field.type in ("number", "integer", "money"):
        choices |= dict.fromkeys(("more_than", "at_least", "less_than", "at_most"), values)
    if field.type in ("number", "integer"):
        choices["between"] = st.tuples(values, values)
    if field.type in ("text", "tags"):
        words = st.sampled_from(["refund", "gold", "vip"])
        choices |= {"contains": words, "contains_any": st.tuples(words), "contains_all": st.tuples(words, words)}
    if field.type == "text":
        choices |= {"starts_with": st.sampled_from(["ref", "T-"]), "matches": st.sampled_from(["(?i)gold$", "T-\\d"])}
    if field.type == "instant":
        moments = st.one_of(_INSTANTS.map(lambda at: Moment(fixed=at)), st.just(Moment(shift=timedelta(hours=-4))))
        choices |= {"before": moments, "after": moments}
    operator = draw(st.sampled_from(sorted(choices)))
    return field_test(path, operator, draw(choices[operator]))


QUERIES = st.builds(
    HistoryQuery,
    function=st.just("count"),
    kind=st.sampled_from(["interactions", "offers", "incidents"]),
    within=st.sampled_from([None, timedelta(days=1), timedelta(days=7)]),
    same=st.sampled_from([None, "issue", "case"]),
    direction=st.sampled_from([None, "inbound"]),
    distinct_gap=st.sampled_from([None, timedelta(minutes=30)]),
)
_COUNTS = st.builds(
    lambda query, operator, operand: HistoryTest(pointer="/when", query=query, operator=operator, operand=operand),
    QUERIES,
    st.sampled_from(["at_least", "more_than", "at_most", "less_than", "is", "is_not"]),
    st.integers(0, 4),
)
_SUMS = st.builds(
    lambda money: HistoryTest(
        pointer="/when", query=HistoryQuery(function="sum", kind="offers"), operator="at_least", operand=money
    ),
    _MONEY,
)


def conditions(leaves: st.SearchStrategy[Any] | None = None) -> st.SearchStrategy[Condition]:
    tests = st.one_of(field_tests(), _COUNTS, _SUMS) if leaves is None else leaves
    return st.recursive(
        tests,
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=4).map(lambda items: AllOf(pointer="/when", items=tuple(items))),
            st.lists(inner, min_size=1, max_size=4).map(lambda items: AnyOf(pointer="/when", items=tuple(items))),
            inner.map(lambda item: Not(pointer="/when", item=item)),
        ),
        max_leaves=8,
    )


_ROLES = st.sampled_from(["team-lead", "tier-2", "director"])
_SPANS = st.sampled_from([timedelta(hours=4), timedelta(days=30)])
OFFERS = st.builds(
    Offer,
    family=st.sampled_from(["entitlement", "goodwill", "gesture"]),
    amount=st.builds(Money, st.decimals(1, 50, places=2), st.just("GBP")),
    approver=st.sampled_from([None, "team-lead"]),
)
OUTCOMES: Mapping[str, st.SearchStrategy[Any]] = {
    "recovery": st.builds(
        Recovery,
        steps=st.just(("apologise", "fix", "offer")),
        offer=OFFERS,
        lead=st.sampled_from([None, "recovery-lead"]),
    ),
    "escalation": st.builds(Escalation, to=_ROLES, level=st.integers(1, 3)),
    "protection": st.builds(
        Protection,
        support=st.sampled_from([("may_end_contact",), ("route_away", "use_alias")]),
        alert=st.one_of(st.none(), st.builds(Alert, to=_ROLES)),
        flag=st.one_of(st.none(), st.builds(Flag, review_by=_ROLES)),
        restrict=st.one_of(
            st.none(),
            st.builds(
                Restriction,
                step=st.sampled_from(["written_warning", "suspension"]),
                decided_by=_ROLES,
                expires=_SPANS,
            ),
        ),
    ),
}


def policy(policy_id: str, kind: str, when: Condition, outcome: Any, **more: Any) -> Policy:
    fields: dict[str, Any] = {
        "id": policy_id,
        "kind": kind,
        "title": f"Do {policy_id}",
        "owner": "care-operations",
        "status": "live",
        "priority": 50,
        "rationale": "because it is right",
        "events": frozenset({EVENT}),
        "when": when,
        "unless": None,
        "outcome": outcome,
        "document": {"id": policy_id},
    }
    return Policy(**fields | more)


@st.composite
def policies(draw: st.DrawFn, leaves: st.SearchStrategy[Any] | None = None) -> list[Policy]:
    made = []
    for number in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(sorted(OUTCOMES)))
        made.append(
            policy(
                f"p-{number}",
                kind,
                draw(conditions(leaves)),
                draw(OUTCOMES[kind]),
                unless=draw(st.one_of(st.none(), conditions(leaves))),
                priority=draw(st.integers(0, 3)),
                status=draw(st.sampled_from(["live", "live", "live", "shadow", "draft"])),
                once_per=draw(st.sampled_from([None, OncePer(same="case", within=timedelta(days=7))])),
            )
        )
    return made


@st.composite
def table_policies(draw: st.DrawFn, leaves: st.SearchStrategy[Any] | None = None, hits: Sequence[str] = HITS) -> Policy:
    """A policy with a table of a few rows, whose cells now and then ask for the same."""
    kind = draw(st.sampled_from(sorted(OUTCOMES)))
    cells = draw(st.lists(conditions(leaves), min_size=1, max_size=3))
    rows = st.builds(
        Row,
        cells=st.lists(st.one_of(st.sampled_from(cells), conditions(leaves)), max_size=2).map(tuple),
        outcome=st.sampled_from(draw(st.lists(OUTCOMES[kind], min_size=1, max_size=2))),
    )
    table = Table(
        hit=draw(st.sampled_from(hits)),
        shared=draw(st.one_of(st.none(), conditions(leaves))),
        inputs=("customer.tier",),
        outputs=("offer.amount",),
        rows=tuple(draw(st.lists(rows, min_size=1, max_size=4))),
    )
    return policy(
        "t-1",
        kind,
        table.when,
        table,
        unless=draw(st.one_of(st.none(), conditions(leaves))),
        status=draw(st.sampled_from(["live", "live", "shadow", "draft"])),
    )


def policy_set(members: Sequence[Policy]) -> PolicySet:
    return PolicySet(policies=tuple(members), hash="0" * 64, plan=compile_plan(members))


ENTRIES = st.lists(
    st.builds(
        Entry,
        at=st.integers(-9 * 24, 24).map(lambda hours: NOW + timedelta(hours=hours)),
        kind=st.sampled_from(["interactions", "offers", "incidents", "decisions"]),
        ref=st.sampled_from([f"r-{n}" for n in range(6)]),
        status=st.sampled_from(["", "reversed", "confirmed"]),
        direction=st.sampled_from([None, "inbound", "outbound"]),
        issue=st.sampled_from([None, "i-1", "i-2"]),
        case=st.sampled_from([None, "c-1"]),
        policy=st.sampled_from([None, "p-0", "p-1"]),
        amount=st.one_of(st.none(), _MONEY),
    ),
    max_size=10,
)


def facts(fields: Mapping[str, Value], entries: Sequence[Entry] = (), as_of: datetime = NOW) -> Facts:
    base: dict[str, Value] = {"id": "e-1", "source": "test", "type": EVENT, "occurred_at": as_of, "customer.id": "C-1"}
    return Facts(fields=base | dict(fields), as_of=as_of, history=EntryHistory(tuple(entries)))


FIELDS = st.fixed_dictionaries({}, optional=dict(_OF_TYPE))
HOSTILE_FIELDS = st.dictionaries(st.sampled_from(PATHS), ANYTHING)


def pounds(amount: str) -> Money:
    return Money(Decimal(amount), "GBP")


def readable(fields: Mapping[str, Value]) -> bool:
    """Whether an event could have brought these fields: what is no finite number is refused at the door."""
    return all(isfinite(value) for value in fields.values() if isinstance(value, float))

"""What the analysis says of a table is so, and what it does not say is not: held against every event there can be."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from careengine.decide.logic import evaluate
from careengine.model.condition import AllOf, AnyOf, FieldTest, Not
from careengine.model.facts import Facts, RecordedHistory
from careengine.model.policy import Escalation
from careengine.model.table import ANY, COLLECT, FIRST, UNIQUE, Row, Table
from careengine.policy.analysis.tables import table_findings
from tests.decide.worlds import CATALOGUE, EVENT, NOW, field_test, policy

if TYPE_CHECKING:
    from careengine.model.condition import Condition
    from careengine.model.policy import Policy
    from careengine.policy.analysis.finding import Finding

LEVELS = st.integers(1, 4)
COMPARING = st.sampled_from(["at_least", "at_most", "more_than", "less_than", "is", "is_not"])
SEVERITY = st.one_of(
    st.builds(field_test, st.just("failure.severity"), COMPARING, LEVELS),
    st.builds(field_test, st.just("failure.severity"), st.just("in"), st.tuples(LEVELS, LEVELS)),
    st.builds(field_test, st.just("failure.severity"), st.just("between"), st.sampled_from([(1, 2), (2, 3), (2, 4)])),
)
DAYS = st.builds(field_test, st.just("failure.days_late"), COMPARING, st.sampled_from([0, 1, 2.5]))
SAFETY = st.builds(field_test, st.just("failure.safety"), st.just("is"), st.booleans())
TIER = st.builds(
    field_test, st.just("customer.tier"), st.sampled_from(["is", "is_not"]), st.sampled_from(["gold", "silver"])
)
ADJUSTED = st.builds(
    field_test, st.just("customer.vulnerability"), st.just("contains"), st.sampled_from(["disability", "bereavement"])
)
COLUMNS = (SEVERITY, DAYS, SAFETY, TIER, ADJUSTED)
# Every value that any of these tests can tell from another.
WORLD = {
    "failure.severity": (1, 2, 3, 4),
    "failure.days_late": (0, 0.5, 1, 2, 2.5, 3),
    "failure.safety": (True, False),
    "customer.tier": ("gold", "silver", "bronze"),
    "customer.vulnerability": ((), ("disability",), ("bereavement",), ("bereavement", "disability")),
}


def _cells(column: st.SearchStrategy[FieldTest]) -> st.SearchStrategy[Condition]:
    either = st.lists(column, min_size=2, max_size=2).map(lambda items: AnyOf(pointer="", items=tuple(items)))
    return st.one_of(column, column, either, column.map(lambda item: Not(pointer="", item=item)))


@st.composite
def tables(draw: st.DrawFn) -> Policy:
    columns = draw(st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=3, unique_by=id))
    row = st.tuples(*(st.one_of(st.just(()), _cells(column).map(lambda cell: (cell,))) for column in columns))
    cells = draw(st.lists(row, min_size=1, max_size=5))
    outcomes = st.builds(Escalation, to=st.just("tier-2"), level=st.integers(1, 2))
    shared = draw(st.one_of(st.none(), st.sampled_from(columns).flatmap(lambda column: column)))
    table = Table(
        hit=draw(st.sampled_from([UNIQUE, FIRST, ANY, COLLECT])),
        shared=shared,
        inputs=(),
        outputs=(),
        rows=tuple(Row(cells=tuple(c for cell in row for c in cell), outcome=draw(outcomes)) for row in cells),
    )
    unless = draw(st.one_of(st.none(), st.none(), st.sampled_from(columns).flatmap(lambda column: column)))
    return policy("t-1", "escalation", table.when, table, unless=unless)


def _asked(one: Policy) -> list[str]:
    assert isinstance(one.outcome, Table)
    found = f"{one.outcome.shared} {one.unless} {one.outcome.rows}"
    return [path for path in WORLD if f"path='{path}'" in found]


def _events(one: Policy) -> list[Facts]:
    """Every event on which what the rows share is so, with every fact known."""
    table, paths = one.outcome, _asked(one)
    assert isinstance(table, Table)
    events = []
    for values in product(*(WORLD[path] for path in paths)):
        fields: dict[str, Any] = {"type": EVENT, "id": "e", "source": "s", **dict(zip(paths, values, strict=True))}
        event = Facts(fields=fields, as_of=NOW, history=RecordedHistory({}))
        if (table.shared is None or evaluate(table.shared, event)) and not (one.unless and evaluate(one.unless, event)):
            events.append(event)
    return events


def _holding(one: Policy, event: Facts) -> list[int]:
    assert isinstance(one.outcome, Table)
    rows = enumerate(one.outcome.rows, 1)
    return [number for number, row in rows if evaluate(AllOf(pointer="", items=row.cells), event)]


def _facts(finding: Finding) -> Facts:
    assert finding.example
    return Facts(fields=finding.example.fields, as_of=finding.example.as_of, history=RecordedHistory({}))


@settings(max_examples=150)
@given(tables())
def test_overlaps_gaps_and_rows_that_are_never_reached_are_told_exactly(one: Policy) -> None:
    table = one.outcome
    assert isinstance(table, Table)
    found = list(table_findings(one, CATALOGUE))
    held = [_holding(one, event) for event in _events(one)]
    assert [finding.code for finding in found if finding.code == "CE715"] == []
    assert {f.policy.row for f in found if f.code == "CE712"} == _overlapping(table, held)
    gap = table.hit != COLLECT and any(not rows for rows in held)
    assert [f.code for f in found if f.code == "CE714"] == ["CE714"] * gap
    hidden = {number for rows in held for number in rows} - {rows[0] for rows in held if rows}
    assert {f.policy.row for f in found if f.code == "CE713"} == (hidden if table.hit == FIRST else set())


def _overlapping(table: Table, held: list[list[int]]) -> set[int]:
    """The rows that hold at once with one above them and must not."""
    pairs = {(one, other) for rows in held for one in rows for other in rows if one < other}
    if table.hit == ANY:
        return {two for one, two in pairs if table.rows[one - 1].outcome != table.rows[two - 1].outcome}
    return {other for _, other in pairs} if table.hit == UNIQUE else set()


@settings(max_examples=150)
@given(tables())
def test_the_example_of_a_finding_shows_it(one: Policy) -> None:
    for finding in table_findings(one, CATALOGUE):
        rows = _holding(one, _facts(finding))
        if finding.code == "CE714":
            assert rows == []
        elif finding.code == "CE712":
            assert finding.policy.row in rows
            assert len(rows) > 1
        else:
            assert finding.policy.row in rows[1:]

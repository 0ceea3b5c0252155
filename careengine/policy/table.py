"""Reads the `table:` of a policy: its columns, its cells as conditions, and what each row does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from careengine import resources
from careengine.model.condition import FieldTest, HistoryTest
from careengine.model.pointer import join
from careengine.model.table import POINTER, Row, Table
from careengine.policy.cells import ANYTHING, CellReader
from careengine.policy.field_names import OWING, find_field, refuse_conduct
from careengine.policy.history_query import HistoryReader
from careengine.policy.operand import OperandReader, Unfit
from careengine.policy.suggest import did_you_mean, one_of, shown
from careengine.policy.table_rows import completed, told_of_row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from careengine.model.catalogue import Catalogue
    from careengine.model.condition import Condition, Test
    from careengine.model.policy import Outcome
    from careengine.policy.findings import Findings

    ReadOutcome = Callable[[Findings, Catalogue, Mapping[str, Any]], Outcome | None]

_INPUTS, _OUTPUTS = "/table/inputs", "/table/outputs"
_ONE_SUBJECT = "an input looks at one thing: a `field`, a `count` or a `sum`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One input: the fact it looks at and how its cells are read."""

    fact: str
    cells: CellReader


def outputs_of(raw: Mapping[str, Any]) -> list[str]:
    """The outputs that a table names, as far as they can be read."""
    table = raw.get("table")
    outputs = table.get("outputs") if isinstance(table, dict) else None
    return [output for output in outputs if isinstance(output, str)] if isinstance(outputs, list) else []


def filled_places(raw: Mapping[str, Any]) -> set[str]:
    """The pointers of what the rows fill, which nobody need miss in the policy itself."""
    paths = [output.split(".") for output in outputs_of(raw)]
    return {"/" + "/".join(path[: at + 1]) for path in paths for at in range(len(path))}


@dataclass(frozen=True, slots=True)
class TableReader:
    """Reads the table of one policy. What is wrong is reported; the result then is None."""

    findings: Findings
    catalogue: Catalogue
    raw: Mapping[str, Any]
    kind: str

    def read(self, shared: Condition | None, read_outcome: ReadOutcome) -> Table | None:
        """The table with the conditions that all rows share; `read_outcome` reads what a whole policy does."""
        table = self.raw["table"]
        if not isinstance(table, dict) or not self._has_form(table):
            return None
        columns = [self._column(node, join(_INPUTS, at)) for at, node in enumerate(table["inputs"])]
        good = [self._check_output(path, join(_OUTPUTS, at)) for at, path in enumerate(table["outputs"])]
        whole = [at for at, row in enumerate(table["rows"]) if self._is_whole(row, at, len(columns) + len(good))]
        cells = [self._cells(columns, table["rows"][at], join(POINTER, at)) for at in whole]
        outcomes = self._outcomes(whole, len(columns), read_outcome) if all(good) else []
        if not self.findings.clean("/table") or len(outcomes) < len(cells) or None in outcomes:
            return None
        return Table(
            hit=table["hit_policy"],
            shared=shared,
            inputs=tuple(column.fact for column in columns if column),
            outputs=tuple(table["outputs"]),
            rows=tuple(
                Row(cells=asked, outcome=outcome) for asked, outcome in zip(cells, outcomes, strict=True) if outcome
            ),
        )

    def _has_form(self, table: Mapping[str, Any]) -> bool:
        """Whether the columns are known and there are rows; a mistake in one cell hides none in another."""
        lists = all(isinstance(table.get(name), list) for name in ("inputs", "outputs", "rows"))
        columns = self.findings.clean(_INPUTS) and self.findings.clean(_OUTPUTS)
        return lists and columns and not self.findings.touched(POINTER)

    def _column(self, node: Any, pointer: str) -> Column | None:
        if isinstance(node, str):
            return self._field_column({"field": node}, pointer, pointer)
        subjects = [name for name in ("field", "count", "sum") if name in node]
        if len(subjects) != 1:
            self.findings.add("CE212" if subjects else "CE211", pointer, _ONE_SUBJECT, "make one input of each")
            return None
        if subjects[0] == "field":
            wrong = [key for key in node if key not in ("field", "operator")]
            for key in wrong:
                hint = "it narrows a `count` or `sum`"
                self.findings.add("CE215", join(pointer, key), f"`{key}` does not go with `field`", hint, at_key=True)
            return None if wrong else self._field_column(node, join(pointer, "field"), pointer)
        return self._history_column(node, subjects[0], pointer)

    def _field_column(self, node: Mapping[str, Any], place: str, pointer: str) -> Column | None:
        field = find_field(self.findings, self.catalogue, node["field"], place)
        if field is None:
            return None
        if self.kind in OWING:
            refuse_conduct(self.findings, field.path, place)

        def make(operator: str, raw: Any, at: str) -> Test:
            operand = OperandReader(self.findings, field, operator, at).read(raw)
            return FieldTest(pointer=_cell(at), field=field, operator=operator, operand=operand)

        operator = node.get("operator", "") if self.findings.clean(pointer) else ""
        return Column(fact=field.path, cells=CellReader(self.findings, field.type, make, operator))

    def _history_column(self, node: Mapping[str, Any], function: str, pointer: str) -> Column | None:
        if self.kind in OWING and node.get("count") == "incidents":
            refuse_conduct(self.findings, "incidents", join(pointer, "count"))
        reader = HistoryReader(self.findings, self.catalogue, node, pointer)
        query = reader.query()
        if query is None:
            return None

        def make(operator: str, raw: Any, at: str) -> Test:
            operand = reader.operand(operator, raw, at)
            return HistoryTest(pointer=_cell(at), query=query, operator=operator, operand=operand)

        return Column(fact=query.key, cells=CellReader(self.findings, function, make, node.get("operator", "")))

    def _check_output(self, path: str, pointer: str) -> bool:
        places = places_of(self.kind)
        if path in places or not places:  # of a kind that there is not, nothing can be said
            return bool(places)
        hint = did_you_mean(path, places) or f"name one of {one_of(places)}"
        message = f"{shown(path)} is no place of what a policy of the kind `{self.kind}` does"
        self.findings.add("CE321", pointer, message, hint)
        return False

    def _is_whole(self, row: Any, at: int, width: int) -> bool:
        """Whether a row is a list with a cell for each input and output."""
        pointer = join(POINTER, at)
        if self.findings.touched(pointer):
            return False
        if len(row) != width:
            cells = "1 cell" if len(row) == 1 else f"{len(row)} cells"
            message = f"row {at + 1} has {cells}, but the inputs and outputs are {width}"
            self.findings.add("CE220", pointer, message, f"write {width} cells, `-` where nothing is said")
        return len(row) == width

    def _cells(self, columns: Sequence[Column | None], row: Sequence[Any], pointer: str) -> tuple[Condition, ...]:
        found: list[Condition] = []
        for at, column in enumerate(columns):
            place = join(pointer, at)
            try:
                found += column.cells.read(row[at], place) if column and self.findings.clean(place) else ()
            except Unfit:
                continue  # it is told of, and so will the other cells be
        return tuple(found)

    def _outcomes(self, numbers: Sequence[int], skip: int, read_outcome: ReadOutcome) -> list[Outcome | None]:
        """What each row does: the policy's own outcome with the row's cells in it, checked like any other."""
        paths, found = self.raw["table"]["outputs"], []
        for number in numbers:
            row = self.raw["table"]["rows"][number]
            cells = {path: join(join(POINTER, number), skip + at) for at, path in enumerate(paths)}
            filled = {path: at for path, at in cells.items() if row[int(at.rpartition("/")[2])] != ANYTHING}
            own = completed(self.findings, number, filled)
            outcome = read_outcome(own, self.catalogue, own.document.value)
            found.append(None if own.fatal else outcome)
            for problem in list(told_of_row(own, cells, self.findings)):
                self.findings.adopt(problem)
        return found


def places_of(kind: str) -> list[str]:
    """Every place of a kind's outcome that a cell can fill, such as `offer.amount`."""
    blocks = {name: part for name, part in resources.schema("policy")["properties"].items() if "x-kinds" in part}
    own = {name: part for name, part in blocks.items() if kind in part["x-kinds"]}
    return [
        f"{name}.{inner}" if inner else name
        for name, part in own.items()
        for inner in (part["properties"] if part.get("type") == "object" else ("",))
    ]


def _cell(pointer: str) -> str:
    """The pointer of the cell that something in it belongs to: `/table/rows/2/0` of `/table/rows/2/0/1`."""
    return "/".join(pointer.split("/")[:5])

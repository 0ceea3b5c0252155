"""One row of a table as a policy that stands for itself, so that its outcome is checked like every other.

The cells are put where their outputs say, with their places in the file, and what is then wrong with the whole is
told at the cell.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from careengine.model.pointer import split
from careengine.policy.document import Document
from careengine.policy.findings import Findings
from careengine.policy.grammar import grammar
from careengine.policy.tree import Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from careengine.errors import Problem


def completed(findings: Findings, number: int, cells: Mapping[str, str]) -> Findings:
    """The findings of the policy with the cells of one row filled in; `cells` are their pointers by output."""
    document = findings.document
    root = _with_row(document.root, number)
    for path, pointer in cells.items():
        root = _put(root, path.split("."), _cell(document.root, pointer))
    own = Findings(Document(document.source, root), kept=findings.kept)
    grammar("policy").check(own)
    return own


def told_of_row(own: Findings, cells: Mapping[str, str], whole: Findings) -> Iterator[Problem]:
    """What is wrong with a row, at its cells; what is told of already is left out."""
    known = {(problem.code, problem.pointer, problem.message) for problem in whole.problems}
    at = {"/" + path.replace(".", "/"): pointer for path, pointer in cells.items()}
    for problem in own.problems:
        if problem.pointer.startswith("/table"):
            continue  # the whole policy is told of its cells
        place = next((place for place in at if f"{problem.pointer}/".startswith(f"{place}/")), "")
        pointer = at[place] + problem.pointer[len(place) :] if place else problem.pointer
        again = (problem.code, pointer, problem.message) in known or (place and whole.touched(pointer))
        if not again:
            line, column = whole.document.place(pointer) if place else (problem.line, problem.column)
            excerpt = whole.document.excerpt(line)
            yield replace(problem, pointer=pointer, line=line, column=column, excerpt=excerpt)


def _with_row(root: Node, number: int) -> Node:
    """The document with one row only: the others have their own turn."""
    table = root.value["table"]
    value = {**root.value, "table": {**table, "rows": [table["rows"][number]]}}
    return replace(root, value=value)


def _cell(root: Node, pointer: str) -> Node:
    found = root.find(pointer)
    value: Any = root.value
    for part in split(pointer):
        value = value[int(part)] if isinstance(value, list) else value[part]
    return replace(found, value=value)


def _put(node: Node, path: Sequence[str], cell: Node) -> Node:
    """A copy of a group with the cell at a path in it."""
    head, *rest = path
    below = cell
    if rest:
        inside = node.value.get(head, {})
        if not isinstance(inside, dict):
            return node  # it is refused as it stands
        below = _put(node.parts.get(head) or Node(inside, cell.place), rest, cell)
    return replace(node, value={**node.value, head: below.value}, parts={**node.parts, head: below})

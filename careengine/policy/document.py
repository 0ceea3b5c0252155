"""A rule file read: plain JSON values, each with its place in the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from careengine.errors import PolicyError, Problem
from careengine.model.pointer import split
from careengine.policy.json_reader import read_json
from careengine.policy.source import Source, read_source
from careengine.policy.tree import TOO_DEEP, Node, Stop, TreeBuilder, too_deep
from careengine.policy.yaml_reader import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from careengine.policy.tree import Place


@dataclass(frozen=True, slots=True)
class Document:
    """One file's content. `value` holds plain JSON values; places are line and column, counted from 1."""

    source: Source
    root: Node

    @property
    def path(self) -> str:
        """The file's name as it is shown to people; empty when there is no file."""
        return self.source.path

    @property
    def value(self) -> Any:
        """The content."""
        return self.root.value

    def place(self, pointer: str) -> Place:
        """Where the value at a JSON pointer begins, or else the nearest one above it."""
        return self.root.find(pointer).place

    def key_place(self, pointer: str) -> Place:
        """Where the key of the value at a JSON pointer stands; the value itself when it has no key."""
        above, _, last = pointer.rpartition("/")
        [key] = split(f"/{last}")
        return self.root.find(above).keys.get(key) or self.place(pointer)

    def excerpt(self, line: int) -> str:
        """A line as it stands in the file."""
        return self.source.line(line)


def read_document(path: Path) -> Document:
    """Read a YAML or JSON file. Raises PolicyError with every mistake that keeps it from being read as it stands."""
    document, problems = scan(path)
    if problems or document is None:
        raise PolicyError(problems)
    return document


def scan(path: Path) -> tuple[Document | None, list[Problem]]:
    """What can be read of a file, and all that is wrong with it."""
    try:
        source = read_source(path)
    except PolicyError as error:
        return None, list(error.problems)
    return parse(source, is_json=path.suffix.lower() == ".json")


def parse(source: Source, *, is_json: bool) -> tuple[Document | None, list[Problem]]:
    """What can be read of a text, and all that is wrong with it."""
    builder = TreeBuilder(source)
    try:
        read_json(builder) if is_json else read_yaml(builder)
    except Stop:
        return None, builder.problems
    if builder.root is None or (builder.root.value is None and not builder.problems):
        empty = Problem(
            code="CE109", message="the file is empty", path=source.path, suggestion="write a policy, or delete it"
        )
        return None, [*builder.problems, empty]
    return Document(source, builder.root), builder.problems


def from_value(value: Any) -> tuple[Document, list[Problem]]:
    """A document that never was a file, with no path and line 0 everywhere, and whether it can be worked with."""
    document = Document(Source("", ""), Node(value, (0, 0)))
    if too_deep(value):
        return document, [Problem(code="CE118", message=TOO_DEEP)]
    return document, []

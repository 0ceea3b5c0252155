"""Collects the problems of one document: one for each mistake, each at its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from careengine.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.policy.document import Document

_LOST_KEY = frozenset({"CE115", "CE119"})  # the group has more than what was read of it

_HARMLESS = frozenset({"CE114", "CE116", "CE122"})


@dataclass(slots=True)
class Findings:
    """The problems found so far. Where one stands, what follows from it is not reported again."""

    document: Document
    problems: list[Problem] = field(default_factory=list)
    kept: bool = False  # rules that decided before: what could be written then is read still
    meant: set[str] = field(default_factory=set)  # pointers of the keys that misspelt keys most likely stand for
    _spoilt: set[str] = field(default_factory=set)
    _above: set[str] = field(default_factory=set)  # the spoilt pointers and all that they are part of
    _lost: set[str] = field(default_factory=set)  # groups with keys that could not be read

    def __post_init__(self) -> None:
        """Start with what reading found."""
        for problem in self.problems:
            if problem.code in _LOST_KEY:
                self._lost.add(problem.pointer.rpartition("/")[0])
            # An anchor, tag or version says nothing against what a group or list holds.
            whole = isinstance(self.document.root.find(problem.pointer).value, (dict, list))
            if not (whole and problem.code in _HARMLESS):
                self._spoil(problem.pointer)

    def add(self, code: str, pointer: str, message: str, suggestion: str = "", *, at_key: bool = False) -> None:
        """A mistake in the value at a pointer; `at_key` puts it at the value's key."""
        self._record(code, pointer, message, suggestion, at_key=at_key, severity="error")
        self._spoil(pointer)

    def warn(self, code: str, pointer: str, message: str, suggestion: str = "") -> None:
        """Something that can hardly be meant, at the value's key."""
        self._record(code, pointer, message, suggestion, at_key=True, severity="warning")

    def adopt(self, problem: Problem) -> None:
        """A mistake that was found in a part of the document, its pointer already as the whole has it."""
        self.problems.append(problem)
        self._spoil(problem.pointer)

    def clean(self, pointer: str) -> bool:
        """Whether nothing is wrong with the value at a pointer or anything in it."""
        return pointer not in self._above

    def touched(self, pointer: str) -> bool:
        """Whether something is wrong with just this value or one that it is part of."""
        return not self._spoilt.isdisjoint(_path_of(pointer))

    def lost_keys(self, pointer: str) -> bool:
        """Whether a group has keys that could not be read."""
        return pointer in self._lost

    @property
    def fatal(self) -> bool:
        """Whether there is a mistake, not only warnings."""
        return any(problem.severity == "error" for problem in self.problems)

    def _spoil(self, pointer: str) -> None:
        self._spoilt.add(pointer)
        self._above.update(_path_of(pointer))

    def _record(self, code: str, pointer: str, message: str, suggestion: str, *, at_key: bool, severity: str) -> None:
        at_key = at_key or self.document.root.find(pointer).value is None  # nothing stands where the value should
        line, column = self.document.key_place(pointer) if at_key else self.document.place(pointer)
        self.problems.append(
            Problem(
                code=code,
                message=message,
                path=self.document.path,
                line=line,
                column=column,
                pointer=pointer,
                excerpt=self.document.excerpt(line),
                suggestion=suggestion,
                severity=severity,
            )
        )


def _path_of(pointer: str) -> Iterator[str]:
    """A pointer and those of all that its value is part of."""
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]
    yield ""

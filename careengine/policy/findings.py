"""Collects the problems of one document: one for each mistake, each at its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from careengine.errors import Problem

if TYPE_CHECKING:
    from careengine.policy.document import Document

_LOST_KEY = frozenset({"CE115", "CE119"})  # the group has more than what was read of it

_HARMLESS = frozenset({"CE114", "CE116", "CE122"})


@dataclass(slots=True)
class Findings:
    """The problems found so far. Where one stands, what follows from it is not reported again."""

    document: Document
    problems: list[Problem] = field(default_factory=list)
    meant: set[str] = field(default_factory=set)  # pointers of the keys that misspelt keys most likely stand for
    _spoilt: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Start with what reading found."""
        for problem in self.problems:
            # An anchor, tag or version says nothing against what a group or list holds.
            whole = isinstance(self.document.root.find(problem.pointer).value, (dict, list))
            if not (whole and problem.code in _HARMLESS):
                self._spoilt.add(problem.pointer)

    def add(self, code: str, pointer: str, message: str, suggestion: str = "", *, at_key: bool = False) -> None:
        """A mistake in the value at a pointer; `at_key` puts it at the value's key."""
        self._record(code, pointer, message, suggestion, at_key=at_key, severity="error")
        self._spoilt.add(pointer)

    def warn(self, code: str, pointer: str, message: str, suggestion: str = "") -> None:
        """Something that can hardly be meant, at the value's key."""
        self._record(code, pointer, message, suggestion, at_key=True, severity="warning")

    def clean(self, pointer: str) -> bool:
        """Whether nothing is wrong with the value at a pointer or anything in it."""
        if not self._spoilt:
            return True
        inside = f"{pointer}/"
        return not any(spoilt == pointer or spoilt.startswith(inside) for spoilt in self._spoilt)

    def touched(self, pointer: str) -> bool:
        """Whether something is wrong with just this value or one that it is part of."""
        return any(pointer == spoilt or pointer.startswith(f"{spoilt}/") for spoilt in self._spoilt)

    def lost_keys(self, pointer: str) -> bool:
        """Whether a group has keys that could not be read."""
        return any(p.code in _LOST_KEY and p.pointer.rpartition("/")[0] == pointer for p in self.problems)

    @property
    def fatal(self) -> bool:
        """Whether there is a mistake, not only warnings."""
        return any(problem.severity == "error" for problem in self.problems)

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

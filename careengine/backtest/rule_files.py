"""Finds test files and the policies they are about, and reads each policy once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from careengine.model.policy import CALENDAR, KINDS
from careengine.policy.find import beside, find, is_test, tested_id
from careengine.policy.loader import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from careengine.errors import Problem
    from careengine.model.catalogue import Catalogue
    from careengine.model.policy import Policy


@dataclass(slots=True)
class Shelf:
    """The files that a run is about, and the policies on call for it.

    `tests` and `policies` are the files at or below the given paths; a policy that is named directly brings its
    test along, and a test its policy. `neighbours` are all policies of these folders, for cases that name others;
    `calendars` those that policies read so far count by, by id.
    """

    catalogue: Catalogue
    tests: list[Path]
    policies: list[Path]
    problems: list[Problem]
    neighbours: dict[str, Path]
    calendars: dict[str, Policy] = field(default_factory=dict)
    _read: dict[Path, Policy | None] = field(default_factory=dict)

    @classmethod
    def of(cls, paths: Sequence[Path], catalogue: Catalogue) -> Shelf:
        """Look at every path; what is not there is a problem."""
        found = find([*paths, *(partner for path in paths if path.is_file() for partner in _partners(path))])
        folders = dict.fromkeys(path.parent for path in (*found.policies, *found.tests))
        together = [path for path in find(list(folders)).policies if path.parent in folders] if folders else []
        return cls(
            catalogue=catalogue,
            tests=sorted(found.tests),
            policies=sorted(found.policies),
            problems=found.problems,
            neighbours={tested_id(path): path for path in (*together, *found.policies)},
        )

    def policy(self, policy_id: str, near: Path) -> Policy | None:
        """The policy of that id, from the folder of the file `near` if it is there; None when there is none.

        Raises PolicyError when it cannot be read.
        """
        path = next(iter(beside(near, policy_id)), self.neighbours.get(policy_id) or _next_door(near, policy_id))
        if path is None:
            return None
        if path not in self._read:
            read = load([path], self.catalogue, bring=True)
            self._read[path] = read.get(policy_id)
            self.calendars |= {one.id: one for one in read.of_kind(CALENDAR)}
        return self._read[path]


def _partners(path: Path) -> Iterable[Path]:
    """The test beside a policy, the policy beside a test."""
    name = tested_id(path) if is_test(path) else f"{tested_id(path)}.test"
    return beside(path, name)


def _next_door(near: Path, policy_id: str) -> Path | None:
    """The policy of that id in the folder of another kind: `rules/limit` has `rules/recovery` next door."""
    doors = (near.absolute().parent.parent / kind / near.name for kind in KINDS)
    return next((path for door in doors for path in beside(door, policy_id)), None)

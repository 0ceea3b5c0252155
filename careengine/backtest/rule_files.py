"""Finds test files and the policies they are about, and reads each policy once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from careengine.policy.find import ENDINGS, find, is_test
from careengine.policy.loader import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from careengine.errors import Problem
    from careengine.model.catalogue import Catalogue
    from careengine.model.policy import Policy


def tested_id(path: Path) -> str:
    """The id of the policy that a test file is about, or of the policy itself, by its name."""
    return path.stem[: -len(".test")] if is_test(path) else path.stem


@dataclass(slots=True)
class Shelf:
    """The files that a run is about, and the policies on call for it.

    `tests` and `policies` are the files at or below the given paths; a policy that is named directly brings its
    test along, and a test its policy. `neighbours` are all policies of these folders, for cases that name others.
    """

    catalogue: Catalogue
    tests: list[Path]
    policies: list[Path]
    problems: list[Problem]
    neighbours: dict[str, Path]
    _read: dict[Path, Policy | None] = field(default_factory=dict)

    @classmethod
    def of(cls, paths: Sequence[Path], catalogue: Catalogue) -> Shelf:
        """Look at every path; what is not there is a problem."""
        found = find([*paths, *(partner for path in paths if path.is_file() for partner in _partners(path))])
        folders = dict.fromkeys(path.parent for path in (*found.policies, *found.tests))
        beside = [path for path in find(list(folders)).policies if path.parent in folders] if folders else []
        return cls(
            catalogue=catalogue,
            tests=sorted(found.tests),
            policies=sorted(found.policies),
            problems=found.problems,
            neighbours={tested_id(path): path for path in (*beside, *found.policies)},
        )

    def policy(self, policy_id: str, near: Path) -> Policy | None:
        """The policy of that id, from the folder of the file `near` if it is there; None when there is none.

        Raises PolicyError when it cannot be read.
        """
        path = next((one for one in _named(near.parent, policy_id) if one.is_file()), self.neighbours.get(policy_id))
        if path is None:
            return None
        if path not in self._read:
            self._read[path] = load([path], self.catalogue).get(policy_id)
        return self._read[path]


def _partners(path: Path) -> Iterable[Path]:
    """The test beside a policy, the policy beside a test."""
    name = tested_id(path) if is_test(path) else f"{tested_id(path)}.test"
    return [partner for partner in _named(path.parent, name) if partner.is_file()]


def _named(folder: Path, name: str) -> Iterable[Path]:
    return [folder / f"{name}{ending}" for ending in ENDINGS]

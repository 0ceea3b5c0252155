"""Finds test files and the policies they are about, and reads each policy once."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from careengine.errors import Problem
from careengine.policy.loader import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from careengine.model.catalogue import Catalogue
    from careengine.model.policy import Policy

_ENDINGS = (".yaml", ".yml", ".json")


def is_test(path: Path) -> bool:
    """Whether a file is a policy test by its name: `late-delivery.test.yaml`."""
    return path.suffix in _ENDINGS and path.stem.endswith(".test")


def is_policy(path: Path) -> bool:
    """Whether a file is a policy by its name."""
    return path.suffix in _ENDINGS and not path.stem.endswith(".test")


def tested_id(path: Path) -> str:
    """The id of the policy that a test file is about, or of the policy itself, by its name."""
    return path.stem.removesuffix(".test")


@dataclass(slots=True)
class Shelf:
    """The files that a run is about, and the policies on call for it.

    `tests` and `policies` are the files at or below the given paths; a policy that is named directly brings its
    test along, and a test its policy. `neighbours` are all policies of these folders, for cases that name others.
    """

    catalogue: Catalogue
    tests: list[Path] = field(default_factory=list)
    policies: list[Path] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    neighbours: dict[str, Path] = field(default_factory=dict)
    read: dict[Path, Policy | None] = field(default_factory=dict)

    @classmethod
    def of(cls, paths: Sequence[Path], catalogue: Catalogue) -> Shelf:
        """Look at every path; what is not there is a problem."""
        shelf = cls(catalogue)
        found = sorted({file for path in paths for file in shelf._files(path)})
        shelf.tests = [file for file in found if is_test(file)]
        shelf.policies = [file for file in found if is_policy(file)]
        folders = dict.fromkeys([*(file.parent for file in found), *(path for path in paths if path.is_dir())])
        for folder in folders:
            for file in sorted(_walk(folder)):
                if is_policy(file):
                    shelf.neighbours.setdefault(tested_id(file), file)
        return shelf

    def policy(self, policy_id: str, near: Path) -> Policy | None:
        """The policy of that id, from the folder of the file `near` if it is there; None when there is none.

        Raises PolicyError when it cannot be read.
        """
        path = next((one for one in _named(near.parent, policy_id) if one.is_file()), self.neighbours.get(policy_id))
        if path is None:
            return None
        if path not in self.read:
            policy = load([path], self.catalogue).get(policy_id)
            self.read[path] = policy if policy is None else replace(policy, path=str(path))
        return self.read[path]

    def _files(self, path: Path) -> Iterable[Path]:
        if path.is_dir():
            return _walk(path)
        if path.is_file():
            return [path, *_partners(path)]
        self.problems.append(Problem(code="CE101", message="there is no such file or folder", path=str(path)))
        return []


def _walk(folder: Path) -> Iterable[Path]:
    # Links to folders are not followed: a loop of them would never end.
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            path = Path(parent, name)
            if not name.startswith(".") and (is_test(path) or is_policy(path)) and path.is_file():
                yield path


def _partners(path: Path) -> Iterable[Path]:
    """The test beside a policy, the policy beside a test."""
    name = tested_id(path) if is_test(path) else f"{tested_id(path)}.test"
    return [partner for partner in _named(path.parent, name) if partner.is_file()]


def _named(folder: Path, name: str) -> Iterable[Path]:
    return [folder / f"{name}{ending}" for ending in _ENDINGS]

"""Finds rule files: in folders and below, by name, never twice and never in circles."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from careengine.errors import Problem
from careengine.policy.source import cannot_open, display

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ENDINGS = (".yaml", ".yml", ".json")


@dataclass(slots=True)
class Found:
    """Policy files and test files in a fixed order, and what was wrong on the way to them."""

    policies: list[Path] = field(default_factory=list)
    tests: list[Path] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def find(paths: Sequence[Path]) -> Found:
    """Look through folders (hidden ones apart) and take files as they are named. A file is found once."""
    finder = _Finder()
    for path in paths:
        finder.look(path)
    if not paths:
        finder.found.problems.append(_nothing(""))
    return finder.found


def is_test(path: Path) -> bool:
    """Whether a file's name says that it tests a policy: `late-delivery.test.yaml`."""
    return path.stem.lower().endswith(".test")


def tested_id(path: Path) -> str:
    """The id of the policy that a test file is about, or of the policy itself, by its name."""
    return path.stem[: -len(".test")] if is_test(path) else path.stem


def beside(path: Path, name: str) -> list[Path]:
    """The files of that name, whatever their ending, in the folder of a file."""
    return [other for ending in ENDINGS if (other := path.with_name(f"{name}{ending}")).is_file()]


def _nothing(path: str) -> Problem:
    return Problem(
        code="CE105", message="there are no rule files here", path=path, suggestion="name a folder with rules"
    )


@dataclass(slots=True)
class _Finder:
    """What is found so far. `seen` holds the real paths of files and folders that were taken already."""

    found: Found = field(default_factory=Found)
    seen: set[str] = field(default_factory=set)
    met: bool = False  # a rule file, or something that was looked through for an earlier path

    def look(self, path: Path) -> None:
        """Take what a path given by a person stands for. Finding nothing is a problem."""
        self.met = False
        troubles = len(self.found.problems)
        if os.path.isdir(path):  # noqa: PTH112  unlike Path.is_dir, it never raises
            self._walk(path)
        elif path.suffix.lower() in ENDINGS:
            self._take(path)
        else:
            self.found.problems.append(_not_a_rule_file(path))
        if not self.met and len(self.found.problems) == troubles:
            self.found.problems.append(_nothing(display(path)))

    def _walk(self, top: Path) -> None:
        earlier = frozenset(self.seen)
        waiting = [top]
        while waiting:
            folder = waiting.pop()
            real = os.path.realpath(folder)
            self.met = self.met or real in earlier
            if real in self.seen:
                continue
            self.seen.add(real)
            folders, files = self._list(folder)
            for file in files:
                self._take(file)
            waiting.extend(reversed(folders))

    def _list(self, folder: Path) -> tuple[list[Path], list[Path]]:
        """The folders in a folder and its rule files, both in the order of names."""
        try:
            names = sorted(name for name in os.listdir(folder) if not name.startswith("."))  # noqa: PTH208  wants names
        except OSError as error:
            self.found.problems.append(cannot_open(display(folder), error))
            return [], []
        paths = [folder / name for name in names]
        folders = [path for path in paths if os.path.isdir(path)]  # noqa: PTH112
        rules = [path for path in paths if path.suffix.lower() in ENDINGS]
        return folders, [path for path in rules if path not in folders]

    def _take(self, path: Path) -> None:
        self.met = True
        real = _real(path)
        if real not in self.seen:
            self.seen.add(real)
            (self.found.tests if is_test(path) else self.found.policies).append(path)


def _real(path: Path) -> str:
    try:
        return os.path.realpath(path)
    except ValueError:  # a NUL in the name: reading it will say so
        return str(path)


def _not_a_rule_file(path: Path) -> Problem:
    try:
        os.lstat(path)
    except (OSError, ValueError) as error:
        return cannot_open(display(path), error)
    hint = "rule files end in `.yaml`, `.yml` or `.json`"
    return Problem(code="CE104", message="this is not a rule file", path=display(path), suggestion=hint)

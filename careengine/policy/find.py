"""Finds rule files: in folders and below, by name, never twice and never in circles."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from careengine.errors import PolicyError, Problem
from careengine.policy.limits import LOOKED_AT, POLICIES, SET_BYTES, say_size
from careengine.policy.source import cannot_open, display

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ENDINGS = (".yaml", ".yml", ".json")
CALENDARS = "calendar"  # the folder of the calendars, beside those of the other kinds


@dataclass(slots=True)
class Found:
    """Policy files and test files in a fixed order, and what was wrong on the way to them."""

    policies: list[Path] = field(default_factory=list)
    tests: list[Path] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def find(paths: Sequence[Path]) -> Found:
    """Look through folders (hidden ones apart) and take files as they are named. A file is found once."""
    finder = _Finder()
    try:
        for path in paths:
            finder.look(path)
        finder.refuse_too_many()
    except PolicyError as error:  # too many: then none of them is read
        return Found(problems=list(error.problems))
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


def calendar_beside(path: Path, name: str) -> Path | None:
    """The file of a calendar that a file may name: in its folder, or in the folder `calendar` beside that."""
    folders = (path.parent, path.parent.parent / CALENDARS)
    files = (folder / f"{name}{ending}" for folder in folders for ending in ENDINGS)
    return next((file for file in files if file.is_file()), None)


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
    given: str = ""  # the path that is looked at
    looked_at: int = 0
    octets: int = 0  # of the policies

    def look(self, path: Path) -> None:
        """Take what a path given by a person stands for. Finding nothing is a problem."""
        self.met, self.given = False, display(path)
        troubles = len(self.found.problems)
        if os.path.isdir(path):  # noqa: PTH112  unlike Path.is_dir, it never raises
            self._walk(path)
        elif path.suffix.lower() in ENDINGS:
            self._take(path, _real(path))
        else:
            self.found.problems.append(_not_a_rule_file(path))
        if not self.met and len(self.found.problems) == troubles:
            self.found.problems.append(_nothing(self.given))

    def refuse_too_many(self) -> None:
        """Raise PolicyError when these are more policies, or larger ones, than a set may have."""
        found = len(self.found.policies)
        if found > POLICIES.most:
            self._refuse("CE402", f"the set has {found:,} policies; at most {POLICIES} are read")
        if self.octets > SET_BYTES.most:
            has = say_size(self.octets)
            self._refuse("CE403", f"the policies of the set have {has} together; at most {SET_BYTES} are read")

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
            waiting.extend(reversed(self._take_files(folder, real)))

    def _take_files(self, folder: Path, real: str) -> list[Path]:
        """Take the rule files of a folder, and return the folders in it, both in the order of names."""
        folders = []
        for entry in self._entries(folder):
            path = folder / entry.name
            if _is_folder(entry):
                folders.append(path)
            elif path.suffix.lower() in ENDINGS:
                self._take(path, _real(path) if entry.is_symlink() else f"{real}{os.sep}{entry.name}")
        return folders

    def _entries(self, folder: Path) -> list[os.DirEntry[str]]:
        entries = []
        try:
            with os.scandir(folder) as listed:
                for entry in listed:
                    self.looked_at += 1
                    if self.looked_at > LOOKED_AT.most:
                        self._refuse("CE124", f"there are more than {LOOKED_AT} files and folders here")
                    if not entry.name.startswith("."):
                        entries.append(entry)
        except OSError as error:
            self.found.problems.append(cannot_open(display(folder), error))
        return sorted(entries, key=lambda entry: entry.name)

    def _take(self, path: Path, real: str) -> None:
        self.met = True
        if real in self.seen:
            return
        self.seen.add(real)
        if is_test(path):
            self.found.tests.append(path)
            return
        self.found.policies.append(path)
        self.octets += _size(path)

    def _refuse(self, code: str, message: str) -> NoReturn:
        raise PolicyError([Problem(code=code, message=message, path=self.given, suggestion="name a narrower folder")])


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle: reading it will say so
        return False


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except (OSError, ValueError):  # reading it will say what is wrong
        return 0


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

"""What the environment of the service says about the plugin."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from careengine_conduct.added import read_language
from careengine_conduct.language import CORE, Language, core

LANGUAGES = "CONDUCT_LANGUAGES"  # folders of further languages, separated as in PATH
NAMES = "CONDUCT_NAMES"  # employees whom customers may name, separated by commas


def names() -> tuple[str, ...]:
    """Employees whom any message may name."""
    return tuple(name for name in os.environ.get(NAMES, "").split(",") if name.strip())


def languages() -> tuple[Language, ...]:
    """The languages that can be read: the core's and those that are added. Raises LanguageError."""
    return (*(core(code) for code in CORE), *added())


def added() -> tuple[Language, ...]:
    """The languages whose folders are named, each named after its language. Raises LanguageError."""
    return _added(os.environ.get(LANGUAGES, ""))


@cache
def _added(folders: str) -> tuple[Language, ...]:
    return tuple(read_language(Path(one).resolve().name, Path(one)) for one in folders.split(os.pathsep) if one)

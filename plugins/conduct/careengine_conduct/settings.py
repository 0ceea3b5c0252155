"""What the environment of the service says about the plugin."""

from __future__ import annotations

import logging
import os
from functools import cache
from pathlib import Path

from careengine_conduct.added import read_language
from careengine_conduct.language import CORE, Language, LanguageError, core

_LOG = logging.getLogger(__name__)
LANGUAGES = "CONDUCT_LANGUAGES"  # folders of further languages, separated as in PATH
NAMES = "CONDUCT_NAMES"  # employees whom customers may name, separated by commas


def names() -> tuple[str, ...]:
    """Employees whom any message may name."""
    return tuple(name for name in os.environ.get(NAMES, "").split(",") if name.strip())


def languages() -> tuple[Language, ...]:
    """The languages that can be read: the core's and those that are added."""
    return (*(core(code) for code in CORE), *added())


def added() -> tuple[Language, ...]:
    """The languages whose folders are named, each named after its language; faulty ones are left out, and logged."""
    return _added(os.environ.get(LANGUAGES, ""))


@cache
def _added(folders: str) -> tuple[Language, ...]:
    found = (_read(Path(one)) for one in folders.split(os.pathsep) if one)
    return tuple(one for one in found if one is not None)


def _read(folder: Path) -> Language | None:
    try:
        return read_language(folder.resolve().name, folder)
    except LanguageError as error:
        _LOG.error("a language is left out, and messages in it are not read: %s", error)
        return None

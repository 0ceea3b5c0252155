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
    """The languages that can be read: the core's and those that are added, which may take the place of the core's."""
    return tuple(({code: core(code) for code in CORE} | {one.code: one for one in added()}).values())


def added() -> tuple[Language, ...]:
    """The languages whose folders are named, each named after its language.

    Faulty ones, and those that are named a second time, are left out and logged; so is what takes a core's place.
    """
    return _added(os.environ.get(LANGUAGES, ""))


@cache
def _added(folders: str) -> tuple[Language, ...]:
    found: dict[str, Language] = {}
    for folder in (Path(one) for one in folders.split(os.pathsep) if one):
        if (code := folder.resolve().name) in found:
            _LOG.error("%s is left out: %s names `%s` before; take one of the two out", folder, LANGUAGES, code)
        elif language := _read(folder):
            found[code] = language
            if code in CORE:
                _LOG.warning("%s is read instead of the `%s` that comes along", folder, code)
    return tuple(found.values())


def _read(folder: Path) -> Language | None:
    try:
        return read_language(folder.resolve().name, folder)
    except LanguageError as error:
        _LOG.error("a language is left out, and messages in it are not read: %s", error)
        return None

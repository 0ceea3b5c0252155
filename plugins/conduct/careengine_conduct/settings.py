"""What the environment of the service says about the plugin."""

from __future__ import annotations

import logging
import os
from functools import cache
from pathlib import Path

from careengine_conduct.language import CORE, Language, core, read_language

_LOG = logging.getLogger(__name__)
LANGUAGES = "CONDUCT_LANGUAGES"  # folders of further languages, separated as in PATH
NAMES = "CONDUCT_NAMES"  # employees whom customers may name, separated by commas


def names() -> tuple[str, ...]:
    """Employees whom any message may name."""
    return tuple(name for name in os.environ.get(NAMES, "").split(",") if name.strip())


def languages() -> tuple[Language, ...]:
    """The languages that can be read: the core's and those whose folders are named. One that is broken is left out."""
    return _languages(os.environ.get(LANGUAGES, ""))


@cache
def _languages(folders: str) -> tuple[Language, ...]:
    added = (_added(Path(one)) for one in folders.split(os.pathsep) if one)
    return (*(core(code) for code in CORE), *(one for one in added if one is not None))


def _added(folder: Path) -> Language | None:
    try:
        return read_language(folder.name, folder)
    except Exception as error:  # noqa: BLE001  one broken language leaves the others as they are
        _LOG.warning("the language in `%s` is left out: %s", folder, error)
        return None

"""What the environment of the service says about the plugin."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from careengine_conduct.language import CORE, Language, core, read_language

LANGUAGES = "CAREENGINE_CONDUCT_LANGUAGES"  # folders of further languages, separated as in PATH
NAMES = "CAREENGINE_CONDUCT_NAMES"  # employees whom customers may name, separated by commas


def names() -> tuple[str, ...]:
    """Employees whom any message may name."""
    return tuple(name for name in os.environ.get(NAMES, "").split(",") if name.strip())


def languages() -> tuple[Language, ...]:
    """The languages that can be read: the core's and those whose folders are named."""
    return _languages(os.environ.get(LANGUAGES, ""))


@cache
def _languages(folders: str) -> tuple[Language, ...]:
    added = [Path(one) for one in folders.split(os.pathsep) if one]
    return (*(core(code) for code in CORE), *(read_language(one.name, one) for one in added))

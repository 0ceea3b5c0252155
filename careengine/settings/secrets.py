"""Secrets stand in an environment variable or in a file, never in the settings themselves."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import structlog

from careengine.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from careengine.settings.layers import Origin

HOW = '`{env = "NAME"}` or `{file = "path"}`'
_LOG = structlog.get_logger(__name__)


def fetch(reference: Mapping[str, str], origin: Origin, env: Mapping[str, str]) -> str:
    """The secret that a reference names. Raises SettingsError, which says where it should have been."""
    if name := reference.get("env"):
        if not (value := env.get(name, "")):
            raise SettingsError(f"environment variable `{name}` is not set")
        return value
    path = origin.folder / reference.get("file", "")
    try:
        value = path.read_text(encoding="utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise SettingsError(f"file `{path}` is not UTF-8 text") from error
    except (OSError, ValueError) as error:
        raise SettingsError(f"file `{path}`: {_why(error)}") from error
    if not value:
        raise SettingsError(f"file `{path}` is empty")
    _warn_when_open(path)
    return value


def _why(error: OSError | ValueError) -> str:
    return ((isinstance(error, OSError) and error.strerror) or str(error)).lower()


def _warn_when_open(path: Path) -> None:
    if os.name == "posix" and path.stat().st_mode & stat.S_IROTH:
        _LOG.warning("everybody on this machine can read a secret; run `chmod 600` on its file", file=str(path))

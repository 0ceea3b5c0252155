"""Runs what belongs to a plugin so that nothing it raises gets out."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from careengine.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def contained(doing: str, *, quote: bool = True) -> Iterator[None]:
    """Turn whatever a plugin raises, SystemExit too, into a PluginError; only the user's Ctrl-C gets through.

    `quote` repeats what was raised. Once interactions flow it must not: an error may hold what somebody wrote.
    """
    try:
        yield
    except (PluginError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise PluginError(f"{doing} raised {told(error, quote=quote)}") from error


def told(error: BaseException, *, quote: bool) -> str:
    """An error of somebody else's code on one line: its kind, and its words when they may be quoted."""
    first = next(iter(str(error).splitlines()), "") if quote else ""
    return f"`{type(error).__name__}: {first}`" if first else f"`{type(error).__name__}`"

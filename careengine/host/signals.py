"""What may be used of the signals that a plugin found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING

import structlog

from careengine.errors import PluginError

if TYPE_CHECKING:
    from careengine.model.value import Scalar

_LOG = structlog.get_logger(__name__)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,62}")  # rules write `signals.<plugin>.<name>`, so no dots
_MOST = 100  # as the interaction schema has it
_LARGEST = 2**63


def usable(plugin: str, given: object) -> dict[str, Scalar]:
    """The signals with a plain name and a plain value; the others are logged by name and dropped.

    Raises PluginError when it is no table at all.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise PluginError("`careengine_signals` must give names with their values")
    fit = {name: value for name, value in given.items() if _is_name(name) and _is_scalar(value)}
    kept = dict(list(fit.items())[:_MOST])
    if dropped := [name for name in given if name not in kept]:
        _LOG.warning("signals of a plugin were dropped", plugin=plugin, names=[str(name)[:80] for name in dropped])
    return kept


def _is_name(name: object) -> bool:
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def _is_scalar(value: object) -> bool:
    if type(value) is int:
        return -_LARGEST <= value < _LARGEST  # what JSON readers agree on
    if type(value) is float:
        return isfinite(value)
    return type(value) is bool or (type(value) is str and _is_unicode(value))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON cannot carry
        return False
    return True

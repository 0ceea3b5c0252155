"""Finds hooks that a plugin means to implement and that would silently never be called."""

from __future__ import annotations

import inspect
from difflib import get_close_matches
from types import FunctionType
from typing import TYPE_CHECKING

from careengine import hookspecs
from careengine.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pluggy

HOOKS = tuple(sorted(name for name in vars(hookspecs) if name.startswith(f"{hookspecs.PROJECT}_")))
_OURS = f"{hookspecs.PROJECT}_impl"
_HOW = "mark it with `careengine.hookimpl`"


def check_marks(plugin: object) -> None:
    """Refuse a plugin with a hook that carries no mark, or one of another project. Raises PluginError."""
    for name, function in _functions(plugin):
        projects = [mark[: -len("_impl")] for mark in vars(function) if mark.endswith("_impl")]
        if _OURS in vars(function) or f"{hookspecs.PROJECT}_spec" in vars(function):
            continue
        if projects and (name in HOOKS or name.startswith(hookspecs.PROJECT)):
            raise PluginError(f"hook `{name}` is marked for the project `{projects[0]}`; {_HOW}")
        if name in HOOKS:
            raise PluginError(f"hook `{name}` is not marked; {_HOW}")


def check_hooks(manager: pluggy.PluginManager, plugin: object) -> None:
    """Refuse a registered plugin with no hooks, with an unknown one, or with one that could not be called alone."""
    callers = manager.get_hookcallers(plugin) or []
    if not callers:
        raise PluginError(f"no hooks are registered; write at least one function and {_HOW}")
    for caller in callers:
        if not caller.has_spec():
            near = get_close_matches(caller.name, HOOKS, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(HOOKS)}"
            raise PluginError(f"unknown hook `{caller.name}`; {hint}")
        own = [one for one in caller.get_hookimpls() if one.plugin is plugin]
        if len(own) > 1:
            raise PluginError(f"hook `{caller.name}` is implemented {len(own)} times; make them one")
        _check_alone(caller.name, own[0])


def _check_alone(name: str, implementation: pluggy.HookImpl) -> None:
    if implementation.wrapper or implementation.hookwrapper:
        raise PluginError(f"hook `{name}` is a wrapper; a plugin may not change what another says: write it plainly")
    if inspect.iscoroutinefunction(implementation.function):
        raise PluginError(f"hook `{name}` is `async`; write it with plain `def`")


def _functions(plugin: object) -> Iterator[tuple[str, FunctionType]]:
    for name in dir(plugin):
        member = inspect.getattr_static(plugin, name, None)
        function = member.__func__ if isinstance(member, (staticmethod, classmethod)) else member
        if isinstance(function, FunctionType):
            yield name, function

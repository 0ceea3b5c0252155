"""Takes plugins in one by one; what fails is quarantined with the reason, and the rest goes on."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pluggy

from careengine import hookspecs
from careengine.errors import PluginError
from careengine.host.contain import contained
from careengine.host.info import ACTIVE, DISABLED, QUARANTINED, PluginInfo
from careengine.host.marks import check_hooks, check_marks
from careengine.host.specs import checked_adapters, checked_packs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from careengine.host.discover import Found


@dataclass(frozen=True, slots=True)
class Impl:
    """One implementation of a hook by one plugin."""

    plugin: str
    hook: str
    function: Any
    arguments: tuple[str, ...]

    def __call__(self, **given: object) -> Any:
        """Call it with those of the hook's arguments that it takes."""
        return self.function(*(given[name] for name in self.arguments))


def new_manager() -> pluggy.PluginManager:
    """A pluggy manager that knows our hooks."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    return manager


def admit(manager: pluggy.PluginManager, found: Iterable[Found], disabled: Collection[str]) -> tuple[PluginInfo, ...]:
    """Register every plugin that is fit; give what became of each, in the order of names."""
    # pluggy calls the last registered first; taken in from the last name, plugins are called in the order of names.
    taken = [_admit_one(manager, one, disabled) for one in sorted(found, key=lambda one: one.name, reverse=True)]
    return tuple(_without_shared_adapters(manager, taken[::-1]))


def implementations(manager: pluggy.PluginManager, hook: str) -> tuple[Impl, ...]:
    """The implementations of a hook in the order of calling."""
    caller = getattr(manager.hook, hook)
    return tuple(
        Impl(one.plugin_name, hook, one.function, tuple(one.argnames)) for one in reversed(caller.get_hookimpls())
    )


def _admit_one(manager: pluggy.PluginManager, found: Found, disabled: Collection[str]) -> PluginInfo:
    info = PluginInfo(name=found.name, distribution=found.distribution, version=found.version)
    if found.name in disabled:
        return replace(info, state=DISABLED, reason="switched off in the settings (`plugins.disabled`)")
    try:
        plugin = _imported(found)
        with contained("looking for hooks"):
            info = replace(info, hooks=_hooks(manager, plugin))
            check_marks(plugin)
            _register(manager, plugin, found.name)
        return _with_what_it_brings(manager, info)
    except PluginError as error:
        return _quarantined(manager, info, str(error))


def _imported(found: Found) -> object:
    if found.fault or found.entry is None:
        raise PluginError(found.fault)
    with contained(f"importing `{found.entry.value}`"):
        plugin = found.entry.load()
    if plugin is None:
        raise PluginError(f"`{found.entry.value}` names no plugin; name a module, or an object with hooks")
    if inspect.isclass(plugin):
        raise PluginError(f"`{found.entry.value}` names a class; name an object made of it")
    return plugin


def _hooks(manager: pluggy.PluginManager, plugin: object) -> tuple[str, ...]:
    """The hooks that are marked as ours, before anything is checked."""
    marked = ((name, manager.parse_hookimpl_opts(plugin, name)) for name in dir(plugin))
    return tuple(sorted({options.get("specname") or name for name, options in marked if options is not None}))


def _register(manager: pluggy.PluginManager, plugin: object, name: str) -> None:
    if known := manager.get_name(plugin):
        raise PluginError(f"it is the same as plugin `{known}`; take one of the two entry points out")
    try:
        manager.register(plugin, name)
    except pluggy.PluginValidationError as error:
        raise PluginError(_complaint(error)) from error
    check_hooks(manager, plugin)


def _complaint(error: pluggy.PluginValidationError) -> str:
    """What pluggy says, without its lines about who."""
    said = str(error).splitlines()
    return "; ".join(line.strip().replace("'", "`") for line in said[1:] or said)


def _with_what_it_brings(manager: pluggy.PluginManager, info: PluginInfo) -> PluginInfo:
    with contained("hook `careengine_adapters`"):
        adapters = checked_adapters(_own(manager, info.name, "careengine_adapters"))
    with contained("hook `careengine_rule_packs`"):
        packs = checked_packs(_own(manager, info.name, "careengine_rule_packs"))
    return replace(info, adapters=tuple(adapters), rule_packs=tuple(packs))


def _own(manager: pluggy.PluginManager, name: str, hook: str) -> object:
    """What the plugin's own implementation of a hook without arguments gives; None when it has none."""
    return next((one() for one in implementations(manager, hook) if one.plugin == name), None)


def _without_shared_adapters(manager: pluggy.PluginManager, infos: list[PluginInfo]) -> list[PluginInfo]:
    """Quarantine every plugin that brings an adapter of a name that another brings too."""
    owners: dict[str, list[str]] = {}
    for info in infos:
        for spec in info.adapters:
            owners.setdefault(spec.name, []).append(info.name)
    return [_unshared(manager, info, owners) for info in infos]


def _unshared(manager: pluggy.PluginManager, info: PluginInfo, owners: dict[str, list[str]]) -> PluginInfo:
    for spec in info.adapters:
        if others := [name for name in owners[spec.name] if name != info.name]:
            hint = "switch one of them off with `plugins.disabled` or uninstall it"
            return _quarantined(manager, info, f"adapter `{spec.name}` is brought by plugin `{others[0]}` too; {hint}")
    return info


def _quarantined(manager: pluggy.PluginManager, info: PluginInfo, reason: str) -> PluginInfo:
    if manager.has_plugin(info.name) and info.state == ACTIVE:
        manager.unregister(name=info.name)
    return replace(info, state=QUARANTINED, reason=reason, adapters=(), rule_packs=())

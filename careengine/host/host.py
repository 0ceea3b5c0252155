"""The plugins at work: every hook is called plugin by plugin, and what one does never reaches the others."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import structlog

from careengine.errors import EvaluationError, PluginError
from careengine.host.admit import admit, implementations, new_manager
from careengine.host.contain import contained
from careengine.host.discover import discover
from careengine.host.info import QUARANTINED, PluginInfo, normalise
from careengine.host.marks import HOOKS
from careengine.host.signals import usable
from careengine.model.decision import Veto

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from contextlib import AbstractContextManager

    import click

    from careengine.host.admit import Impl
    from careengine.model.adapter import AdapterSpec, RulePack
    from careengine.model.decision import Action, Decision
    from careengine.model.facts import Facts
    from careengine.model.interaction import Interaction
    from careengine.model.value import Scalar

    Guard = tuple[str, Callable[[Sequence[Action], Facts], Sequence[Veto]]]

_LOG = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Host:
    """The plugins of this process and their hooks. `Host()` has none; `Host.load()` has all that are installed."""

    plugins: tuple[PluginInfo, ...] = ()
    _hooks: Mapping[str, tuple[Impl, ...]] = field(default_factory=lambda: MappingProxyType({}), repr=False)

    @classmethod
    def load(cls, disabled: Collection[str] = ()) -> Host:
        """Load every installed plugin that is not disabled; what fails is quarantined. Never raises for a plugin."""
        manager = new_manager()
        plugins = admit(manager, discover(), {normalise(name) for name in disabled})
        for info in plugins:
            if info.state == QUARANTINED:
                _LOG.warning("a plugin is quarantined", plugin=info.name, reason=info.reason)
        return cls(plugins, MappingProxyType({hook: implementations(manager, hook) for hook in HOOKS}))

    def adapter_specs(self) -> Mapping[str, AdapterSpec]:
        """The adapters of all active plugins, by name."""
        return {spec.name: spec for info in self.plugins for spec in info.adapters}

    def rule_packs(self) -> tuple[RulePack, ...]:
        """The rule packs of all active plugins."""
        return tuple(pack for info in self.plugins for pack in info.rule_packs)

    def has(self, hook: str) -> bool:
        """Whether a plugin implements the hook: one that nobody does need not be given a thread."""
        return bool(self._calls(hook))

    def signals(self, interaction: Interaction) -> dict[str, dict[str, Scalar]]:
        """What each plugin finds in the interaction, by plugin; a plugin that fails is logged and left out."""
        found: dict[str, dict[str, Scalar]] = {}
        for call in self._calls("careengine_signals"):
            try:
                with _watched(call):
                    kept = usable(call.plugin, call(interaction=_copy(interaction)))
            except PluginError:
                _log_failure(call)
                continue
            if kept:
                found[call.plugin] = kept
        return found

    def guards(self) -> tuple[Guard, ...]:
        """The plugins' guards by name, for `decide`; each raises EvaluationError when the plugin fails."""
        return tuple((call.plugin, _guard(call)) for call in self._calls("careengine_guard"))

    def decision_recorded(self, decision: Decision) -> None:
        """Tell every plugin of a decision that is kept; what they raise is logged."""
        for call in self._calls("careengine_decision_recorded"):
            try:
                with _watched(call):
                    call(decision=decision)
            except PluginError:
                _log_failure(call)

    def redact(self, field: str, text: str) -> str | None:
        """The text of a field as it may be kept; None means that it must not be kept at all.

        The first plugin that answers decides; without an answer the text stays as it is. When a redacting plugin
        fails or is quarantined, nothing vouches for the text, and it is not kept.
        """
        if any(info.state == QUARANTINED and "careengine_redact" in info.hooks for info in self.plugins):
            return None
        for call in self._calls("careengine_redact"):
            try:
                with _watched(call):
                    answer = call(field=field, text=text)
            except PluginError:
                _log_failure(call)
                return None
            if answer is not None:
                return answer if isinstance(answer, str) else None
        return text

    def commands(self, cli: click.Group) -> None:
        """Let every plugin add its verbs; a plugin that fails adds none, and none may replace what is there."""
        for call in self._calls("careengine_commands"):
            before = dict(cli.commands)
            try:
                with _watched(call):
                    call(cli=cli)
            except PluginError:
                _log_failure(call)
                cli.commands = before
                continue
            if replaced := sorted(name for name in before if cli.commands.get(name) is not before[name]):
                _LOG.warning("a plugin may not replace verbs", plugin=call.plugin, verbs=replaced)
                cli.commands.update(before)

    def _calls(self, hook: str) -> tuple[Impl, ...]:
        return self._hooks.get(hook, ())


def _watched(call: Impl) -> AbstractContextManager[None]:
    return contained(f"hook `{call.hook}` of plugin `{call.plugin}`", quote=False)


def _copy(interaction: Interaction) -> Interaction:
    """An interaction that a plugin may scribble on: what it changes reaches nobody else."""
    return replace(interaction, fields=dict(interaction.fields), document=deepcopy(interaction.document))


def _guard(call: Impl) -> Callable[[Sequence[Action], Facts], Sequence[Veto]]:
    def ask(proposals: Sequence[Action], facts: Facts) -> Sequence[Veto]:
        try:
            with _watched(call):
                vetoes = tuple(call(proposals=tuple(proposals), facts=facts) or ())
        except PluginError as error:
            raise EvaluationError(str(error)) from error
        if not all(isinstance(veto, Veto) for veto in vetoes):
            raise EvaluationError(
                f"hook `careengine_guard` of plugin `{call.plugin}` must give a list of `careengine.Veto`"
            )
        return vetoes

    return ask


def _log_failure(call: Impl) -> None:
    _LOG.error("a plugin failed", plugin=call.plugin, hook=call.hook, exc_info=True)

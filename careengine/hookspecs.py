"""Every hook a plugin may implement, one sentence each. Mark implementations with `careengine.hookimpl`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import click

    from careengine.model.adapter import AdapterSpec, RulePack
    from careengine.model.decision import Action, Decision, Veto
    from careengine.model.facts import Facts
    from careengine.model.interaction import Interaction
    from careengine.model.value import Scalar

PROJECT = "careengine"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def careengine_adapters() -> Sequence[AdapterSpec]:  # type: ignore[empty-body]
    """The adapters that the plugin brings."""


@hookspec
def careengine_rule_packs() -> Sequence[RulePack]:  # type: ignore[empty-body]
    """The folders of rule files that the plugin brings."""


@hookspec
def careengine_signals(interaction: Interaction) -> Mapping[str, Scalar]:  # type: ignore[empty-body]
    """What the plugin finds in an interaction, by name; rules read it as `signals.<plugin>.<name>`."""


@hookspec
def careengine_guard(proposals: Sequence[Action], facts: Facts) -> Sequence[Veto]:  # type: ignore[empty-body]
    """The proposed actions that must not happen and why; pure, and it can only take away."""


@hookspec
def careengine_decision_recorded(decision: Decision) -> None:
    """Told of every decision after it is kept; what it raises is logged and changes nothing."""


@hookspec(firstresult=True)
def careengine_redact(field: str, text: str) -> str | None:
    """The text of a field as it may be kept, or None to leave it to the next plugin."""


@hookspec
def careengine_commands(cli: click.Group) -> None:
    """Adds the plugin's verbs to the command line."""

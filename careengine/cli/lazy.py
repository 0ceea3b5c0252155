"""A click group whose verbs are loaded one at a time, so that `careengine check` never imports the service."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BROUGHT = "careengine.brought"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One verb: where it is written (`module:name`) and the line that `--help` shows for it."""

    name: str
    target: str
    summary: str


class Verbs(click.Group):
    """The program's own verbs and, only when one is asked for that is not our own, those of plugins.

    `plugins` is the target of a function that gives the plugins' verbs by name. `elsewhere` names the
    distribution that brings a verb which people know but may not have installed.
    """

    def __init__(
        self, *args: Any, verbs: Sequence[Verb], plugins: str, elsewhere: Mapping[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.verbs = {verb.name: verb for verb in verbs}
        self.elsewhere = elsewhere
        self.plugins = plugins

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Our verbs in the order of their list, then those of plugins."""
        return [*self.verbs, *sorted(set(self.from_plugins(ctx)) - set(self.verbs))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb, loaded; our own always goes first."""
        if verb := self.verbs.get(cmd_name):
            return load(verb.target)  # type: ignore[no-any-return]  # the list names click commands
        return self.from_plugins(ctx).get(cmd_name)

    def from_plugins(self, ctx: click.Context) -> dict[str, click.Command]:
        """The verbs that plugins bring, asked for once a run."""
        if _BROUGHT not in ctx.meta:
            ctx.meta[_BROUGHT] = load(self.plugins)(ctx.obj)
        return ctx.meta[_BROUGHT]  # type: ignore[no-any-return]  # click keeps anything there

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb, or say what it may have been meant to be."""
        name = args[0]
        command = self.get_command(ctx, name)
        if command is None and not ctx.resilient_parsing:
            raise click.UsageError(self._unknown(ctx, name), ctx)
        return name, command, args[1:]

    def _unknown(self, ctx: click.Context, name: str) -> str:
        if name in self.elsewhere:
            install = f"`pip install {self.elsewhere[name]}` brings it"
            return f"`{name}` comes with a plugin; {install}, and `careengine plugins` says what keeps one out"
        near = get_close_matches(name.lower(), [*self.list_commands(ctx), *self.elsewhere], n=1)
        hint = f"did you mean `{near[0]}`?" if near else "`careengine --help` lists the verbs"
        return f"no verb `{name}`; {hint}"

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs from their summaries, without loading ours."""
        rows = [(verb.name, verb.summary) for verb in self.verbs.values()]
        brought = self.from_plugins(ctx)
        others = [(name, brought[name].get_short_help_str(80)) for name in sorted(set(brought) - set(self.verbs))]
        for title, lines in (("Verbs", rows), ("Verbs of plugins", others)):
            if lines:
                with formatter.section(title):
                    formatter.write_dl(lines)


def load(target: str) -> Any:
    """What a target such as `careengine.cli.check:check` names."""
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)

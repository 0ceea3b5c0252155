"""`careengine render`: policies in plain English, for those who never read a rule file."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click

from careengine.cli.output import format_option, say, say_json
from careengine.cli.program import Program, pass_program
from careengine.cli.rules import rules_and_fields
from careengine.decide import render as reader
from careengine.errors import CareError
from careengine.policy.loader import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine.model.policy import Policy, PolicySet
    from careengine.policy.fields import SiteFields


class UnreadableError(CareError):
    """There is no policy of that name to read aloud."""


@click.command()
@click.argument("what", nargs=-1, metavar="[PATHS|POLICY_ID]...")
@format_option("text", "json", "markdown")
@pass_program
def render(program: Program, what: Sequence[str], format_: str) -> None:
    """Say policies in plain English: when they are looked at, what must be so, what they do, whose they are and why.

    Name files, folders, or the ids of policies in the rules of the settings (the starter rules when the settings
    name none). Without any, all of those rules are said.
    """
    paths = [Path(one) for one in what if Path(one).exists()]
    ids = [one for one in what if not Path(one).exists()]
    chosen, fields = _chosen(program, paths, ids)
    readings = [reader.render(policy, fields.catalogue) for policy in chosen]
    if format_ == "json":
        say_json({"policies": [reading.to_json() for reading in readings]})
    else:
        texts = (reading.text() if format_ == "text" else reading.markdown() for reading in readings)
        say("\n\n".join(texts))


def _chosen(program: Program, paths: Sequence[Path], ids: Sequence[str]) -> tuple[list[Policy], SiteFields]:
    """The policies of the paths, then those of the ids, in the order they were named."""
    chosen: list[Policy] = []
    found, fields = rules_and_fields(program, paths)
    if paths or not ids:
        read = load(found, fields.catalogue, bring=True).policies
        chosen += [one for one in read if any(Path(one.path).is_relative_to(path) for path in found)]
    if ids:
        found, _ = rules_and_fields(program, ())
        known = load(found, fields.catalogue, bring=True)
        chosen += [named(known, policy_id) for policy_id in ids]
    return chosen, fields


def named(policies: PolicySet, policy_id: str) -> Policy:
    """The policy of that id. Raises UnreadableError, with a guess of what was meant."""
    if policy := policies.get(policy_id):
        return policy
    near = get_close_matches(policy_id, [policy.id for policy in policies.policies], n=1)
    hint = f"; did you mean `{near[0]}`?" if near else ""
    raise UnreadableError(f"`{policy_id}` is no file, and no policy of these rules{hint}")

"""`careengine review` and `careengine override`: what the rules' own reviews find, and who did otherwise."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from careengine.app import App
from careengine.cli.failure import PROBLEMS
from careengine.cli.given import Name, actor, reason_option
from careengine.cli.output import format_option, many, say, say_json
from careengine.cli.program import pass_program
from careengine.cli.workspace import settings_with, there_is_a_store
from careengine.errors import CareError, PayloadError
from careengine.model.policy import REVIEW
from careengine.people.overriding import override as keep_override
from careengine.pipeline.watching import look, open_reviews
from careengine.store.overrides import DEEDS

if TYPE_CHECKING:
    from careengine.cli.program import Program


class NotWatchedError(CareError):
    """There is no review among the rules, or what was given does not fit."""


@click.command()
@click.option("--open", "opens", is_flag=True, help="Also ask the owners, as the service does once a day.")
@format_option("text", "json")
@pass_program
def review(program: Program, opens: bool, format_: str) -> int:  # noqa: FBT001  click gives it by name
    """Say what the reviews among the rules find: rules that people override, approvals always granted, and so on.

    Nothing is changed unless --open is given: then the owner of each rule is asked once, until that is closed. The exit
    code is 1 when anything is found.
    """
    settings, now = settings_with(program), datetime.now(UTC)
    there_is_a_store(settings)
    with App.open(settings) as app:
        policies, tenant = app.policies(), settings.tenant
        if not policies.of_kind(REVIEW):
            raise NotWatchedError("the rules hold no review; `rules/review/` of the starter rules has two")
        if opens:
            open_reviews(app.store, tenant, policies, now)
        with app.store.read() as reader:
            found = [one.to_json() for one in look(reader, tenant, policies, now)]
    if format_ == "json":
        say_json({"findings": found})
    else:
        _say(found)
    return PROBLEMS if found else 0


def _say(found: list[dict[str, Any]]) -> None:
    for one in found:
        asked = "its owner is asked" if one["waits"] else "nobody is asked yet"
        say(f"{one['policy']} ({one['owner']}; {asked}; by {', '.join(one['reviews'])})", bold=True)
        for sign in one["signs"]:
            say(f"- {sign['says']}")
    say(f"{many(len(found), 'rule')} to look at" if found else "the reviews find nothing")


@click.command()
@click.argument("decision", type=Name())
@click.option("--policy", type=Name(), required=True, metavar="ID", help="The rule that was not followed.")
@click.option("--did", type=click.Choice(DEEDS), required=True, help="Said no, gave something else, or acted anyway.")
@click.option("--exception", type=Name(), metavar="NAME", help="A short name by which such cases are counted.")
@click.option("--escalate", is_flag=True, help="Also ask the rule's owner what follows.")
@reason_option
@format_option("text", "json")
@pass_program
def override(program: Program, /, format_: str, **given: Any) -> None:
    """Keep that somebody did otherwise than a rule said in DECISION, and why. Approvals are counted by themselves."""
    settings, now = settings_with(program), datetime.now(UTC)
    there_is_a_store(settings)
    body = {name: value for name, value in given.items() if value is not None}
    with App.open(settings) as app:
        policies, tenant = app.policies(), settings.tenant
        try:
            made = app.store.transact(lambda to: keep_override(to, tenant, policies, body, actor(), now))
        except PayloadError as error:
            raise NotWatchedError("; ".join(f"{p.pointer[1:]}: {p.message}" for p in error.problems)) from error
    if format_ == "json":
        say_json(made.to_json())
    else:
        asked = f"; {made.task.role} is asked what follows (`{made.task.id}`)" if made.task else ""
        say(f"kept against `{made.override.policy}`{asked}")

"""`careengine replay ID`: proves that a kept decision comes out the same again, byte for byte."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import click

from careengine.backtest.replay import Replayed
from careengine.backtest.replay import replay as make_again
from careengine.cli.failure import ERASED, PROBLEMS
from careengine.cli.output import format_option, say, say_json, tell
from careengine.cli.program import Program, pass_program
from careengine.cli.tables import along
from careengine.cli.workspace import kept, settings_with
from careengine.errors import PolicyError, StoreError
from careengine.host import Host
from careengine.policy.fields import site_catalogue
from careengine.policy.loader import build_set
from careengine.store import decisions, erased, rulesets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection

    from careengine.model.policy import PolicySet
    from careengine.settings import Settings
    from careengine.store.decisions import StoredDecision

_PAGE = 500


@click.command()
@click.argument("ids", nargs=-1, metavar="DECISION_ID…")
@click.option("--all", "all_", is_flag=True, help="Every decision in the store, the newest first.")
@format_option("text", "json")
@pass_program
def replay(program: Program, ids: Sequence[str], all_: bool, format_: str) -> int:  # noqa: FBT001  click's
    """Make kept decisions again from the facts and rules kept with them, and compare byte for byte.

    The rules of today and the customer's history since then play no part. The exit code is 1 when one comes out
    differently; the first difference is shown. It is 3 when all do, but one was erased and cannot be made again.
    """
    if bool(ids) == all_:
        raise click.UsageError("name decisions by their ids, or give `--all`")
    settings = settings_with(program)
    with kept(settings) as store, store.read() as reader:
        chosen = _ids(reader, settings.tenant) if all_ else list(dict.fromkeys(ids))
        prove = _prover(reader, settings)
        results = [prove(decision_id) for decision_id in along(chosen, "replaying", alone=True)]
    return _report(results, format_)


def _ids(reader: Connection, tenant: str) -> list[str]:
    found = [stored.id for stored in _pages(reader, tenant)]
    if not found:
        raise StoreError("the store holds no decision yet")
    return found


def _pages(reader: Connection, tenant: str) -> Iterator[StoredDecision]:
    after = None
    while page := decisions.page(reader, tenant, after, _PAGE):
        yield from page
        after = page[-1].id


def _prover(reader: Connection, settings: Settings) -> Callable[[str], Replayed]:
    catalogue = site_catalogue(settings.rules.fields).catalogue
    guards = Host.load(settings.plugins.disabled).guards()

    @cache
    def rules_of(ruleset: str) -> PolicySet:
        documents = rulesets.get(reader, settings.tenant, ruleset)
        if documents is None:
            raise StoreError(f"the rule set `{ruleset}` was not kept")
        return build_set(documents, catalogue)

    def prove(decision_id: str) -> Replayed:
        stored = decisions.get(reader, settings.tenant, decision_id)
        if stored is None:
            gone = erased.when(reader, settings.tenant, erased.mark_of_decision(decision_id))
            said = f"it was erased on {gone:%Y-%m-%d}" if gone else "no such decision is kept"
            return Replayed(decision=decision_id, difference=said, erased=gone is not None)
        try:
            policies = rules_of(stored.ruleset)
        except (PolicyError, StoreError) as error:
            return Replayed(decision=decision_id, difference=str(error))
        return make_again(stored.decision, stored.facts, policies, catalogue, guards)

    return prove


def _report(results: Sequence[Replayed], format_: str) -> int:
    different = [result for result in results if not result.same]
    only_erased = bool(different) and all(result.erased for result in different)
    if format_ == "json":
        names = ("decision", "same", "difference", "erased")
        say_json([{name: getattr(result, name) for name in names} for result in results])
    else:
        for result in different:
            say(f"{result.decision} is not proven: {result.difference}", fg="red")
    summary = f"{len(results) - len(different)} of {len(results)} decisions come out the same, byte for byte"
    (say if format_ == "text" else tell)(summary, fg="red" if different else "green")
    return ERASED if only_erased else PROBLEMS if different else 0

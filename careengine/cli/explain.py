"""`careengine explain`: every condition of the policies that had a say, what it needed and what it found."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from careengine.cli.events import read_events
from careengine.cli.output import format_option, say, say_json, tell
from careengine.cli.program import Program, pass_program
from careengine.cli.workspace import TrialClock, kept, settings_with, trial
from careengine.decide import explain as engine
from careengine.decide.english import say_decision
from careengine.errors import CareError, PayloadError, StoreError
from careengine.model.facts import Facts
from careengine.model.history import CONTACTS, DECISIONS, ESCALATIONS, KIND_OF_EVENT, OFFERS, RESTRICTIONS
from careengine.policy.fields import site_catalogue
from careengine.policy.loader import build_set
from careengine.store import decisions, rulesets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from careengine.decide.explain import Explanation
    from careengine.model.policy import Policy, PolicySet
    from careengine.settings import Settings

_KINDS = {kind for kind, _, _ in KIND_OF_EVENT.values()} | {OFFERS, ESCALATIONS, RESTRICTIONS, DECISIONS, CONTACTS}
_COLORS = {"true": "green", "false": "red", "unknown": "yellow"}


class UnexplainedError(CareError):
    """There is nothing of that name to explain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is explained: a decision, the facts it was made of, and the rules that made it."""

    decision: Mapping[str, Any]
    facts: Facts
    policies: PolicySet
    recorded: bool


@click.command()
@click.argument("what", metavar="DECISION_ID|FILE")
@click.option("--why-not", "why_not", metavar="POLICY", help="Explain this one policy, whether it matched or not.")
@click.option("--rules", multiple=True, type=click.Path(path_type=Path), metavar="PATH", help="Rules to use instead.")
@click.option("--history", type=click.Path(path_type=Path), metavar="FILE", help="Interactions that came before.")
@format_option("text", "json")
@pass_program
def explain(
    program: Program, what: str, why_not: str | None, rules: Sequence[Path], history: Path | None, format_: str
) -> None:
    """Explain a kept decision by its id, or the interaction in FILE (`-`: standard input).

    Of several interactions in FILE the latest is explained; those before it are its history. A kept decision is
    explained from the facts and the rules that were kept with it.
    """
    settings = settings_with(program, rules)
    if what == "-" or Path(what).exists():
        subject = _from_file(settings, Path(what), history)
    elif rules or history:
        raise click.UsageError(f"`--rules` and `--history` go with a file, and there is no file `{what}`")
    else:
        subject = _from_store(settings, what)
    chosen = [_policy(subject.policies, why_not)] if why_not else _with_a_say(subject)
    explanations = [engine.explain(subject.facts, policy) for policy in chosen]
    if format_ == "json":
        decision = {} if why_not else {"decision": subject.decision}
        say_json({**decision, "explanations": [explanation.to_json() for explanation in explanations]})
    else:
        _say(subject, explanations, alone=bool(why_not))


def _from_store(settings: Settings, decision_id: str) -> Subject:
    if not decision_id.startswith("d_"):
        raise UnexplainedError(f"`{decision_id}` is no file and no decision; ids of decisions start with `d_`")
    with kept(settings) as store, store.read() as reader:
        stored = decisions.get(reader, settings.tenant, decision_id)
        if stored is None:
            raise UnexplainedError(f"no decision `{decision_id}` is kept in {settings.store.url}")
        documents = rulesets.get(reader, settings.tenant, stored.ruleset)
    if documents is None:
        raise StoreError(f"the rule set `{stored.ruleset}` was not kept")
    catalogue = site_catalogue(settings.rules.fields).catalogue
    facts = Facts.from_snapshot(stored.facts, catalogue)
    return Subject(decision=stored.decision, facts=facts, policies=build_set(documents, catalogue), recorded=True)


def _from_file(settings: Settings, path: Path, before: Path | None) -> Subject:
    batch = read_events(path)
    if not batch.events:
        raise UnexplainedError(f"`{path}`: {batch.bad[0].place}: {batch.bad[0].why}")
    known = read_events(before).events if before else []
    *earlier, last = [*known, *batch.events]
    clock = TrialClock()
    with trial(settings, clock) as app:
        for event in earlier:
            clock.pass_to(event.at)
            try:
                app.pipeline.handle_any(event.document, settings.tenant)
            except PayloadError as error:
                said = "; ".join(f"{fault.pointer or '/'}: {fault.message}" for fault in error.problems)
                tell(f"{event.place}: left out: {said}", fg="yellow")
        clock.pass_to(last.at)
        decision = app.pipeline.dry_run(last.document, settings.tenant)
        # All there is to know, so that also a policy can be explained that the decision never had to look at.
        facts = app.pipeline.look_up(last.document, settings.tenant, _KINDS)
        return Subject(decision=decision, facts=facts, policies=app.policies(), recorded=False)


def _policy(policies: PolicySet, policy_id: str) -> Policy:
    if policy := policies.get(policy_id):
        return policy
    near = get_close_matches(policy_id, [policy.id for policy in policies.policies], n=1)
    hint = f"; did you mean `{near[0]}`?" if near else ""
    raise UnexplainedError(f"no policy `{policy_id}` in these rules{hint}")


def _with_a_say(subject: Subject) -> list[Policy]:
    """The policies that the decision tells of, in its order."""
    told = [*subject.decision["matched"], *subject.decision["near_misses"], *subject.decision["unknown"]]
    found = (subject.policies.get(policy_id) for policy_id in dict.fromkeys(one["policy"] for one in told))
    return [policy for policy in found if policy]


def _say(subject: Subject, explanations: Sequence[Explanation], *, alone: bool) -> None:
    if not alone:
        say(say_decision(subject.decision))
    for explanation in explanations:
        say()
        say(f"{explanation.policy}: {explanation.result}; {explanation.why}", fg=_COLORS[explanation.result])
        for line in explanation.lines():
            say(line)
        if what_if := explanation.what_if():
            say(f"  {what_if}")
    if subject.recorded and any(e.result == "unknown" for e in explanations):
        say()
        say("Only facts that the decision needed were kept; for a policy it did not look into, the others are unknown.")

"""Asks again, before something is done that waited for a person, whether the facts still speak for it.

The decision is made again as of now: by the rules in force, with the customer's history and how things stand at
present, without what this very question reserved and left in the history. Of the case, what its latest event said,
and of the customer what was told of them since.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from careengine.model.catalogue import typed
from careengine.model.facts import EntryHistory, Facts
from careengine.model.history import entries_of, of_one_crm
from careengine.model.person import FOLLOWS, said_in
from careengine.model.policy import LIVE
from careengine.model.restraint import ASKED
from careengine.model.value import parse_instant, say_instant
from careengine.pipeline.known import WHERE, known_since
from careengine.pipeline.needs import Needs
from careengine.pipeline.past import past_of
from careengine.pipeline.state import StoredState, decide_live
from careengine.store import decisions, events, identities

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from careengine.model.decision import Action, Decision
    from careengine.model.history import Entry
    from careengine.model.person import Person
    from careengine.model.value import Value
    from careengine.people.deciding import Deciding
    from careengine.store.decisions import StoredDecision

_RESOLUTIONS = ("resolutions", "reopens")


def changed(deciding: Deciding) -> Sequence[str]:
    """What does not speak for the waiting action any more, a sentence each."""
    kept = decisions.get(deciding.transaction, deciding.tenant, str(deciding.task.document.get("decision")))
    if kept is None:
        return ()
    customer = deciding.task.customer
    person = None if customer is None else identities.of(deciding.transaction, deciding.tenant, customer)
    entries = _history(deciding, kept, person)
    found = list(_resolved(deciding, entries, parse_instant(kept.decision["as_of"])))
    if gone := no_longer_at_work(deciding):
        return [*found, gone]
    with deciding.transaction.begin_nested() as undone:
        deciding.let_go()  # what it reserved itself must not stand in its way
        made = _again(deciding, kept, person, entries)
        found += _against(deciding, made, kept)
        undone.rollback()
    return found


def no_longer_at_work(deciding: Deciding) -> str:
    """Why the policy that asks does not ask any more; empty while it does."""
    name, policies = deciding.task.policy, deciding.pipeline.policies()
    policy = policies.get(name)
    if policy is None or policy.status != LIVE:
        return f"the policy `{name}` is {'not there any more' if policy is None else policy.status}"
    return "" if policy.in_effect(deciding.now) else f"the time of the policy `{name}` is over"


def _resolved(deciding: Deciding, entries: Sequence[Entry], since: datetime) -> Iterator[str]:
    case = deciding.task.document.get("params", {}).get("case")
    source = deciding.task.source
    ours = [
        one for one in entries if one.kind in _RESOLUTIONS and case and one.case == case and of_one_crm(one, source)
    ]
    last = max((one for one in ours if one.at > since), key=lambda one: one.at, default=None)
    if last is not None and last.kind == "resolutions":
        yield f"the case `{case}` was resolved at {say_instant(last.at)}"


def _again(deciding: Deciding, kept: StoredDecision, person: Person | None, entries: Sequence[Entry]) -> Decision:
    """The decision on the same event, as of now: for whoever the customer is by now."""
    pipeline = deciding.pipeline
    then = Facts.from_snapshot(kept.facts, pipeline.reader.catalogue)
    fields = {**then.fields, **_newer(deciding, then, person)}
    own: Sequence[Entry] = ()
    if person is not None:
        fields = _known_by_now(deciding, person, {**fields, **_own_tags(deciding)} if then.person else fields)
        own = entries_of(fields, deciding.now)
    facts = replace(
        then,
        fields=fields,
        as_of=deciding.now,
        history=EntryHistory(entries, own=own),
        person=person.id if person and person.joined else "",
        state=StoredState(deciding.transaction, deciding.tenant, deciding.now, pipeline.care_first_for),
    )
    return decide_live(facts, pipeline.policies(), pipeline.hooks.guards())


def _known_by_now(deciding: Deciding, person: Person, fields: Mapping[str, Value]) -> dict[str, Value]:
    """The fields with what was told of the customer since; under other ids where they are, if this one is silent on it.

    Consent and what protects them is the person's (`Person.lay_over`).
    """
    reader, tenant, event = deciding.transaction, deciding.tenant, deciding.task.event or 0
    elsewhere: dict[str, Value] = {}
    for other in person.joined:
        elsewhere |= known_since(reader, tenant, other, event, WHERE)
    return person.lay_over({**elsewhere, **fields, **known_since(reader, tenant, person.customer, event)})


def _own_tags(deciding: Deciding) -> dict[str, Value]:
    """What the event itself said of its customer, and not what was laid over it because of who they were then."""
    document = events.document_of(deciding.transaction, deciding.tenant, deciding.task.event or 0)
    return {**dict.fromkeys(FOLLOWS, ()), **{path: tuple(tags) for path, tags in said_in(document).items()}}


def _history(deciding: Deciding, kept: StoredDecision, person: Person | None) -> list[Entry]:
    """The person's history up to now, without what the decision itself left there."""
    policies = deciding.pipeline.policies()
    if person is None:
        return []
    since = {
        **dict.fromkeys(_RESOLUTIONS, parse_instant(kept.decision["as_of"])),
        **Needs().since(policies, deciding.now),
    }
    found = past_of(deciding.transaction, deciding.tenant, person, deciding.now, since)
    made = {action["id"] for action in kept.decision["actions"]}
    return [one for one in found if one.ref not in made and not one.ref.startswith(f"{kept.id}/")]


def _newer(deciding: Deciding, then: Facts, person: Person | None) -> Mapping[str, Value]:
    """What the latest event of the same case says of it, under whichever id of the person."""
    task, case = deciding.task, then.fields.get("case.id")
    if task.event is None or person is None or case is None:
        return {}
    of = person.ids, task.source, str(case)
    told = events.latest_of_case(deciding.transaction, deciding.tenant, *of, task.event)
    catalogue = deciding.pipeline.reader.catalogue
    return {f"case.{name}": typed(catalogue.get(f"case.{name}"), value) for name, value in told.items()}


def _against(deciding: Deciding, made: Decision, kept: StoredDecision) -> Iterator[str]:
    name, document = deciding.task.policy, deciding.task.document
    action = next((one for one in made.actions if one.id == document["action"]), None)
    if action is None:
        yield from _why_not(name, made)
        return
    before = {one["policy"] for one in kept.decision.get("restraints", ()) if one["did"] == ASKED and one["of"] == name}
    for one in made.restraints:
        if (one.did, one.of, one.status) == (ASKED, name, LIVE) and one.policy not in before:
            yield f"`{one.policy}` asks {one.to}: {one.why}"
    # What the rules asked for then; a person may have asked for another amount meanwhile.
    then: Mapping[str, Any] = next((one["params"] for one in kept.decision["actions"] if one["id"] == action.id), {})
    yield from _amount(then, action)


def _why_not(name: str, made: Decision) -> Iterator[str]:
    withheld = [one for one in made.withheld if one.policy == name]
    yield from (f"`{one.by}` withholds it: {one.why}" for one in withheld)
    if withheld:
        return
    near = next((miss for miss in made.near_misses if miss.policy == name), None)
    needs = f"; it {near.needs[0].says}" if near and near.needs else ""
    yield f"`{name}` does not ask for it any more{needs}"


def _amount(then: Mapping[str, Any], action: Action) -> Iterator[str]:
    before, now = then.get("amount"), action.params.get("amount")
    if before != now:
        yield f"the amount would be {now} and not {before}"

"""A person reports a customer's conduct: it is an event like any other, and somebody else judges it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import orjson

from careengine.errors import PayloadError, PayloadProblem
from careengine.model.pointer import join
from careengine.model.value import parse_instant, say_instant
from careengine.people.actor import ANYBODY
from careengine.pipeline.asking import INCIDENT, INCIDENT_REPORTED
from careengine.pipeline.incidents import asked_about
from careengine.store import events, identities

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from careengine.people.actor import Actor
    from careengine.pipeline import Pipeline
    from careengine.store.tasks import Task

HERE = "careengine"  # the source of a report on a customer of whom no CRM told
_SHORT = 24  # hex digits: 96 bits
_NEEDED = ("customer", "category", "severity")
# What a report may say, each with its place in an event.
_PLACES: Mapping[str, tuple[str, ...]] = {
    "customer": ("customer", "id"),
    "category": ("incident", "category"),
    "severity": ("incident", "severity"),
    "evidence": ("incident", "evidence"),
    "target": ("incident", "target"),
    "reporter": ("incident", "reporter"),
    "credible": ("incident", "credible"),
    "in_distress": ("incident", "in_distress"),
    "complaint_itself": ("incident", "complaint_itself"),
    "disability_related": ("incident", "disability_related"),
    "case": ("case", "id"),
    "occurred_at": ("occurred_at",),
    "source": ("source",),
    "id": ("incident", "id"),
}
_SAYS = {
    "customer": "The CRM's id of the customer.",
    "reporter": "Who reports it, by their id in the CRM, where somebody else hands it in; without it the caller.",
    "case": "The id of the case in which it happened.",
    "occurred_at": "When it happened; now.",
    "source": "The adapter of the CRM that is told; without it the one that told of the customer last.",
    "id": "The id of the incident: with one that is known nothing is reported again. One is made without it.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What became of a report: the incident's id, the decision on it, and the tasks of those who judge it."""

    incident: str
    decision: str
    tasks: Sequence[Task]


def schema_of(interaction: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a report, by that of events."""
    return {
        "type": "object",
        "required": list(_NEEDED),
        "additionalProperties": False,
        "properties": {name: _part(interaction, name, place) for name, place in _PLACES.items()},
    }


def report(pipeline: Pipeline, tenant: str, body: Any, by: Actor) -> Reported:
    """Report conduct; `body` is as `schema_of` has it. The same id again: the same answer, and nothing new.

    Raises PayloadError with every fault, and what `Pipeline.handle` raises. Then nothing of it was kept.
    """
    if not isinstance(body, dict):
        message = "expected an object with `customer`, `category` and `severity`"
        raise PayloadError([PayloadProblem(pointer="", message=message)])
    document = _document(pipeline, tenant, body, by)
    if faults := [*_faults(body, pipeline.clock()), *_wrong(pipeline, document)]:
        raise PayloadError(faults)
    outcome = pipeline.handle(document, tenant)
    incident = document["incident"]["id"]
    with pipeline.store.read() as reader:
        subject = f"{INCIDENT}:{document['source']}:{incident}"
        found = asked_about(reader, tenant, subject, document["customer"]["id"], is_open=False)
    return Reported(incident=incident, decision=outcome.decision["id"], tasks=found)


def _part(interaction: Mapping[str, Any], name: str, place: Sequence[str]) -> dict[str, Any]:
    found: Any = interaction
    for each in place:
        found = found["properties"][each]
    if "$ref" in found:  # it points within the schema of events, and this one stands alone
        found = {**interaction["$defs"][found["$ref"].removeprefix("#/$defs/")], **found}
    plain = {key: value for key, value in found.items() if not key.startswith("x-") and key != "$ref"}
    return {**plain, **({"description": _SAYS[name]} if name in _SAYS else {})}


def _wrong(pipeline: Pipeline, document: Mapping[str, Any]) -> list[PayloadProblem]:
    """What no event may be like, told where it is in the report."""
    try:
        pipeline.reader.read_outside(document)
    except PayloadError as error:
        return [_at_home(problem) for problem in error.problems]
    return []


def _faults(body: Mapping[str, Any], now: datetime) -> Iterator[PayloadProblem]:
    for name in _NEEDED:
        if body.get(name) is None:
            yield PayloadProblem(pointer=f"/{name}", message="expected it; a report does not go without")
    if _is_to_come(body.get("occurred_at"), now):
        yield PayloadProblem(
            pointer="/occurred_at", message="expected an instant that has come; it cannot happen later"
        )
    for name in body:
        if name not in _PLACES:
            known = ", ".join(f"`{each}`" for each in _PLACES)
            yield PayloadProblem(
                pointer=join("", name[:80]), message=f"a report has {known} and nothing else", place=""
            )


def _is_to_come(told: Any, now: datetime) -> bool:
    try:
        return isinstance(told, str) and parse_instant(told) > now
    except ValueError:
        return False  # it is refused as none


def _document(pipeline: Pipeline, tenant: str, body: Mapping[str, Any], by: Actor) -> dict[str, Any]:
    now, me = say_instant(pipeline.clock()), min(by.employees, default=by.name)
    given = {name: body[name] for name in _PLACES if body.get(name) is not None}
    told = {"reporter": me, "id": f"R-{_short([given, by.name, now])}", "occurred_at": now, **given}
    document: dict[str, Any] = {
        "type": INCIDENT_REPORTED,
        "id": f"report:{_short([told['id'], given.get('customer')])}",
    }
    for name, value in told.items():
        *above, last = _PLACES[name]
        (document.setdefault(above[0], {}) if above else document)[last] = value
    # Whoever hands it in for somebody else has a part in it, too; of everybody nobody is told apart.
    if told["reporter"] != me and ANYBODY not in by.roles:
        document["employee"] = {"id": me}
    document.setdefault("source", _source(pipeline, tenant, given.get("customer"), document["id"]))
    return document


def _short(value: Any) -> str:
    raw = orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return sha256(raw).hexdigest()[:_SHORT]


def _source(pipeline: Pipeline, tenant: str, customer: Any, event: str) -> str:
    """Where the same report came from before, else the CRM that told of the customer last."""
    if not isinstance(customer, str):
        return HERE  # it is refused
    with pipeline.store.read() as reader:
        ids = identities.ids_of(reader, tenant, customer)
        latest = sorted((one for each in ids for one in events.latest(reader, tenant, each)), key=itemgetter(0))
        sources = list(dict.fromkeys([*(str(document["source"]) for _, document in reversed(latest)), HERE]))
        known = (source for source in sources if events.answered(reader, tenant, source, event))
        return next(known, sources[0])


def _at_home(problem: PayloadProblem) -> PayloadProblem:
    """The same fault where it is in the report."""
    place = None if problem.place is None else _mapped(problem.place)
    return replace(problem, pointer=_mapped(problem.pointer), place=place)


def _mapped(pointer: str) -> str:
    for name, place in _PLACES.items():
        there = f"/{'/'.join(place)}"
        if pointer == there or pointer.startswith(f"{there}/"):
            return f"/{name}{pointer.removeprefix(there)}"
    return pointer

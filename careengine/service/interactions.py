"""Interactions come in and decisions go out: one at a time or in batches, for real or as a dry run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from careengine.errors import PayloadError, PayloadProblem, StoreError
from careengine.model.pointer import join
from careengine.pipeline import KEEP_SECONDS, Arrival, too_late
from careengine.service.access import note, problem_for
from careengine.service.bodies import parse_json, read_body, read_json, require_json
from careengine.service.problems import HttpProblem, invalid
from careengine.service.state import answer, service_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping, Sequence
    from concurrent.futures import Future

    from starlette.requests import Request
    from starlette.responses import Response

    from careengine.app import App
    from careengine.model.value import Value
    from careengine.pipeline import Outcome, Pipeline
    from careengine.service.keys import Caller
    from careengine.service.state import Service

T = TypeVar("T")

BATCH_LIMIT = 500
_TOGETHER = 32  # items of a batch that are handed to the database at once
DUPLICATE = "Careengine-Duplicate"


async def handle(request: Request, caller: Caller) -> Response:
    """Decide, record and act: answers the decision, or 207 with one result an interaction for a batch."""
    service = service_of(request)
    document = await _json_or_counted(request, caller)
    batch = _batch(document)
    if batch is not None:
        service.door.rates.charge(caller.actor, len(batch) - 1)
        results = await _handle_batch(service, batch, caller.tenant)
        note(request, items=len(results), kept=sum(result["status"] == 200 for result in results))  # noqa: PLR2004  OK
        return answer({"results": results}, 207)
    outcome = await _decided(service, document, caller.tenant)
    note(request, decision=outcome.decision["id"], duplicate=outcome.duplicate)
    return answer(outcome.decision, headers={DUPLICATE: "true"} if outcome.duplicate else None)


async def _decided(service: Service, document: Any, tenant: str) -> Outcome:
    """As `App.handle`, but only what plugins do takes a thread: many requests wait for one commit together."""
    pipeline = service.app.pipeline
    end = pipeline.submit(await _read(service, document, tenant))
    outcome = await _kept_or_counted(service, end, document, tenant)
    await _tell(service.app, [outcome])
    return outcome


async def _kept_or_counted(service: Service, end: Future[Outcome], document: Any, tenant: str) -> Outcome:
    """What came of it; that it does not fit what is kept, such as a merge of one person with itself, is counted."""
    try:
        return await _kept(service.app.pipeline, end)
    except PayloadError as error:
        await service.workers.run(service.app.pipeline.count_reject, error, document, tenant)
        raise


async def _read(service: Service, document: Any, tenant: str) -> Arrival:
    """The interaction, with what plugins find in it."""
    workers, pipeline = service.workers, service.app.pipeline
    try:
        interaction = pipeline.read(document)
    except PayloadError as error:
        await workers.run(pipeline.count_reject, error, document, tenant)
        raise
    fields: Mapping[str, Value] = interaction.fields
    if service.app.host.has("careengine_signals"):
        fields = await workers.run(pipeline.enriched, interaction)
    return Arrival(tenant=tenant, interaction=interaction, fields=fields)


async def _kept(pipeline: Pipeline, end: Future[Outcome]) -> Outcome:
    """What came of it, once it is kept. Raises StoreError when that takes too long."""
    try:
        async with asyncio.timeout(KEEP_SECONDS):
            return await asyncio.wrap_future(end)
    except BaseException as error:
        pipeline.leave(end)
        if isinstance(error, TimeoutError):
            raise too_late() from None
        raise


async def _tell(app: App, outcomes: Sequence[Outcome]) -> None:
    """Count what is kept, and let plugins hear of it, also when the caller leaves meanwhile."""
    for outcome in outcomes:
        app.pipeline.count(outcome)
    if app.host.has("careengine_decision_recorded"):
        told = [asyncio.wrap_future(app.pipeline.tell_beside(outcome)) for outcome in outcomes]
        await asyncio.shield(asyncio.gather(*told))


async def dry_run(request: Request, caller: Caller) -> Response:
    """Decide and keep nothing."""
    service = service_of(request)
    document = await read_json(request)
    return answer(await service.workers.run(service.app.pipeline.dry_run, document, caller.tenant))


async def _json_or_counted(request: Request, caller: Caller) -> Any:
    """The JSON of the body; what is none counts as a refused event."""
    require_json(request)
    service = service_of(request)
    limits = service.app.settings.service
    body = await read_body(request, limits.max_body_bytes)
    try:
        return parse_json(body, limits.max_depth)
    except HttpProblem as problem:
        # The detail may name members that came in.
        fault = PayloadError([PayloadProblem(pointer="", message=problem.title)])
        await service.workers.run(service.app.pipeline.count_reject, fault, body, caller.tenant)
        raise


def _batch(document: Any) -> Sequence[Any] | None:
    if isinstance(document, dict) and "interactions" in document:
        if others := [name for name in document if name != "interactions"]:
            message = "a batch holds `interactions` and nothing else"
            raise invalid([(join("", name[:80]), message) for name in others[:20]])
        document = document["interactions"]
        if not isinstance(document, list):
            raise invalid([("/interactions", "must be a list of interactions")])
    if not isinstance(document, list):
        return None
    if not 1 <= len(document) <= BATCH_LIMIT:
        raise invalid([("", f"a batch holds 1 to {BATCH_LIMIT} interactions, not {len(document)}")])
    return document


async def _handle_batch(service: Service, batch: Sequence[Any], tenant: str) -> list[dict[str, Any]]:
    """Each interaction for itself, in order, some at a time: they share a commit, and others come in between.

    A dead database stops the batch; the rest is not tried.
    """
    results: list[dict[str, Any]] = []
    for start in range(0, len(batch), _TOGETHER):
        ends = await _handle_together(service, batch[start : start + _TOGETHER], tenant)
        results += [_told(end) for end in ends]
        dead = next((end for end in ends if isinstance(end, StoreError)), None)
        if dead is not None:
            if not any("decision" in result for result in results):
                raise dead  # nothing at all was kept
            return results + [_refused(dead)] * (len(batch) - len(results))
    return results


async def _handle_together(service: Service, some: Sequence[Any], tenant: str) -> list[Outcome | Exception]:
    """What became of each: one bad item does not hide what became of the others."""
    pipeline = service.app.pipeline
    ends: list[Any] = [await _caught(_read(service, document, tenant)) for document in some]
    good = [place for place, end in enumerate(ends) if not isinstance(end, Exception)]
    try:
        works = pipeline.submit_all([ends[place] for place in good])
    except StoreError as dead:
        kept: list[Any] = [dead] * len(good)
    else:
        ended = zip(works, good, strict=True)
        kept = await asyncio.gather(
            *(_caught(_kept_or_counted(service, work, some[place], tenant)) for work, place in ended)
        )
    await _tell(service.app, [end for end in kept if not isinstance(end, Exception)])
    for place, end in zip(good, kept, strict=True):
        ends[place] = end
    return ends


async def _caught(work: Awaitable[T]) -> T | Exception:
    try:
        return await work
    except Exception as error:  # noqa: BLE001  it is an item's answer
        return error


def _told(end: Outcome | Exception) -> dict[str, Any]:
    if isinstance(end, Exception):
        return _refused(end)
    return {"status": 200, "duplicate": end.duplicate, "decision": end.decision}


def _refused(error: Exception) -> dict[str, Any]:
    problem = problem_for(error)
    return {"status": problem.status, "problem": problem.to_json()}

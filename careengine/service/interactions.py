"""Interactions come in and decisions go out: one at a time or in batches, for real or as a dry run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from careengine.errors import PayloadError, PayloadProblem, StoreError
from careengine.service.access import note, problem_for
from careengine.service.bodies import parse_json, read_body, require_json
from careengine.service.problems import HttpProblem, invalid
from careengine.service.state import answer, service_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from careengine.app import App
    from careengine.pipeline import Outcome
    from careengine.service.keys import Caller
    from careengine.service.state import Service

BATCH_LIMIT = 500
DUPLICATE = "Careengine-Duplicate"


async def handle(request: Request, caller: Caller) -> Response:
    """Decide, record and act: answers the decision, or 207 with one result an interaction for a batch."""
    service = service_of(request)
    document = await _json_or_counted(request, caller)
    batch = _batch(document)
    if batch is not None:
        service.door.rates.charge(caller.actor, len(batch) - 1)
        results = await service.workers.run(_handle_batch, service.app, batch, caller.tenant)
        note(request, items=len(results), kept=sum(result["status"] == 200 for result in results))  # noqa: PLR2004  OK
        return answer({"results": results}, 207)
    outcome = await _decided(service, document, caller.tenant)
    note(request, decision=outcome.decision["id"], duplicate=outcome.duplicate)
    return answer(outcome.decision, headers={DUPLICATE: "true"} if outcome.duplicate else None)


async def _decided(service: Service, document: Any, tenant: str) -> Outcome:
    """As `App.handle`, but only what plugins do takes a thread: many requests wait for one commit together."""
    app, workers, pipeline = service.app, service.workers, service.app.pipeline
    try:
        interaction = pipeline.read(document)
    except PayloadError as error:
        await workers.run(pipeline.count_reject, error, document, tenant)
        raise
    fields = interaction.fields
    if app.host.has("careengine_signals"):
        fields = await workers.run(pipeline.enriched, interaction)
    outcome = await asyncio.wrap_future(pipeline.submit(interaction, fields, tenant))
    if app.host.has("careengine_decision_recorded"):
        await workers.run(pipeline.tell, outcome)
    else:
        pipeline.tell(outcome)
    if not outcome.duplicate:
        app.delivery.wake()
    return outcome


async def dry_run(request: Request, caller: Caller) -> Response:
    """Decide and keep nothing."""
    service = service_of(request)
    document = parse_json(await _body(request), service.app.settings.service.max_depth)
    return answer(await service.workers.run(service.app.pipeline.dry_run, document, caller.tenant))


async def _body(request: Request) -> bytes:
    require_json(request)
    return await read_body(request, service_of(request).app.settings.service.max_body_bytes)


async def _json_or_counted(request: Request, caller: Caller) -> Any:
    """The JSON of the body; what is none counts as a refused event."""
    service, body = service_of(request), await _body(request)
    try:
        return parse_json(body, service.app.settings.service.max_depth)
    except HttpProblem as problem:
        # The detail may name members that came in.
        fault = PayloadError([PayloadProblem(pointer="", message=problem.title)])
        await service.workers.run(service.app.pipeline.count_reject, fault, body, caller.tenant)
        raise


def _batch(document: Any) -> Sequence[Any] | None:
    if isinstance(document, dict) and "interactions" in document:
        if others := [name for name in document if name != "interactions"]:
            raise invalid([(_pointer(name), "a batch holds `interactions` and nothing else") for name in others[:20]])
        document = document["interactions"]
        if not isinstance(document, list):
            raise invalid([("/interactions", "must be a list of interactions")])
    if not isinstance(document, list):
        return None
    if not 1 <= len(document) <= BATCH_LIMIT:
        raise invalid([("", f"a batch holds 1 to {BATCH_LIMIT} interactions, not {len(document)}")])
    return document


def _handle_batch(app: App, batch: Sequence[Any], tenant: str) -> list[dict[str, Any]]:
    """Each interaction in its own transaction, in order. A dead database stops the batch; the rest is not tried."""
    results: list[dict[str, Any]] = []
    for document in batch:
        try:
            outcome = app.handle(document, tenant)
        except StoreError as dead:
            if not any("decision" in result for result in results):
                raise  # nothing at all was kept
            results += [_refused(dead)] * (len(batch) - len(results))
            break
        except Exception as error:  # noqa: BLE001  one bad item must not hide what became of the others
            results.append(_refused(error))
        else:
            results.append({"status": 200, "duplicate": outcome.duplicate, "decision": outcome.decision})
    return results


def _refused(error: Exception) -> dict[str, Any]:
    problem = problem_for(error)
    return {"status": problem.status, "problem": problem.to_json()}


def _pointer(name: str) -> str:
    return "/" + name[:80].replace("~", "~0").replace("/", "~1")

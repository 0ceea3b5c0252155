"""What people are asked to decide: lists, one with what was done about it, and a person's answer. One for all kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.people import KINDS
from careengine.people.telling import told
from careengine.service.access import note
from careengine.service.audit import told as told_entry
from careengine.service.bodies import read_json
from careengine.service.queries import ID, LIMIT, page_of, read_query
from careengine.service.state import answer, service_of
from careengine.store.tasks import OPEN, WITHDRAWN

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from careengine.people import Kind
    from careengine.service.keys import Caller
    from careengine.service.queries import Parameters
    from careengine.service.state import Service
    from careengine.store.tasks import Task

    Call = Callable[[Request, Caller], Awaitable[Response]]

ALL = "all"
_FLAG = {"type": "string", "enum": ["true", "false"], "default": "false"}
_SHARED: Parameters = {
    "role": ("Only what this role decides.", ID),
    "mine": ("Only what the caller may decide by the roles they fill.", _FLAG),
    "customer": ("Only what is about this customer, under whichever of their ids.", ID),
    "employee": ("Only what is about this employee.", ID),
    "overdue": ("Only what is past its time.", _FLAG),
    "after": ("The id of the last one of the page before.", ID),
    "limit": ("How many a page holds.", LIMIT),
}
KIND_FILTER: Parameters = {"kind": ("Only those of this kind.", {"type": "string", "enum": list(KINDS)})}


def filters(kind: Kind | None) -> Parameters:
    """What a list may be asked for: of one kind, or (None) of all."""
    kinds = KINDS.values() if kind is None else [kind]
    states = dict.fromkeys(choice.state for each in kinds for choice in each.choices)
    says = f"Only those in this state; `{WITHDRAWN}`: nobody needs to decide any more; `{ALL}`: whatever the state."
    state = {"type": "string", "enum": [OPEN, *states, WITHDRAWN, ALL], "default": OPEN}
    return {"state": (says, state), **({} if kind else KIND_FILTER), **_SHARED}


def lister(kind: Kind | None) -> Call:
    """Answers with a page: what is open and most urgent first, all else the newest first."""
    known = filters(kind)

    async def page(request: Request, caller: Caller) -> Response:
        service, asked = service_of(request), read_query(request, known)
        limit = asked.pop("limit")
        wanted = _wanted(asked, caller)
        if kind is not None:
            wanted["kind"] = kind.name
        found = await service.workers.run(lambda: service.app.people.page(caller.tenant, limit + 1, **wanted))
        shown, more = page_of(found, limit)
        names = "tasks" if kind is None else kind.names
        return answer({names: [_told(one, service, caller) for one in shown], "next": shown[-1].id if more else None})

    return page


def _wanted(asked: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """The page that is asked for, as people have it."""
    state, mine, overdue = asked["state"], asked["mine"], asked["overdue"]
    mine = caller.at_work if mine == "true" else None
    return {**asked, "state": None if state == ALL else state, "mine": mine, "overdue": overdue == "true"}


def shower(kind: Kind) -> Call:
    """Answers with one task, and with what people did about it."""

    async def one(request: Request, caller: Caller) -> Response:
        service, wanted = service_of(request), request.path_params["id"]
        task, entries = await service.workers.run(service.app.people.one, caller.tenant, wanted, kind.name)
        return answer({**_told(task, service, caller), "audit": [told_entry(entry) for entry in entries]})

    return one


def decider(kind: Kind) -> Call:
    """Takes a person's answer, and answers with the task as it is then."""

    async def decide(request: Request, caller: Caller) -> Response:
        service, wanted = service_of(request), request.path_params["id"]
        body = await read_json(request)
        people, by = service.app.people, caller.at_work
        task = await service.workers.run(people.decide, caller.tenant, wanted, body, by, kind.name)
        note(request, task=task.id, state=task.state)
        return answer(_told(task, service, caller))

    return decide


async def appeal(request: Request, caller: Caller) -> Response:
    """Hand in a customer's appeal against a restriction; answers with the task of who hears it."""
    service, wanted = service_of(request), request.path_params["id"]
    body = await read_json(request)
    task = await service.workers.run(service.app.people.appeal, caller.tenant, wanted, body, caller.at_work)
    note(request, task=task.id, state=task.state)
    return answer(_told(task, service, caller))


async def report(request: Request, caller: Caller) -> Response:
    """Report a customer's conduct; answers with who judges it."""
    service = service_of(request)
    body = await read_json(request)
    made = await service.workers.run(service.app.people.report, caller.tenant, body, caller.at_work)
    note(request, decision=made.decision)
    judged_by = [_told(task, service, caller) for task in made.tasks]
    return answer({"incident": made.incident, "decision": made.decision, "incidents": judged_by})


async def whoami(request: Request, caller: Caller) -> Response:  # noqa: ARG001
    """Who calls: the name in the audit, the scopes, and the roles of policies that they fill."""
    at_work = caller.at_work
    return answer(
        {
            "actor": caller.actor,
            "tenant": caller.tenant,
            "scopes": sorted(caller.scopes),
            "fills": sorted(at_work.roles),
            "employees": sorted(at_work.employees),
        }
    )


def _told(task: Task, service: Service, caller: Caller) -> dict[str, Any]:
    return told(task, KINDS.get(task.kind), service.app.clock(), caller.at_work)

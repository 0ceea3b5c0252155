"""The addresses of what people decide, and of what they decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine import resources
from careengine.people import KINDS
from careengine.people.answer import schema_of
from careengine.people.appealing import SCHEMA as APPEAL
from careengine.people.overriding import SCHEMA as OVERRIDE
from careengine.people.reporting import schema_of as schema_of_report
from careengine.service import audit, authority, overrides, tasks
from careengine.service.roles import AUDIT_READ, INTERACTIONS_WRITE, TASKS_DECIDE, TASKS_READ
from careengine.service.routes.described import OBJECT, TEXT, body, json, page_of, parameter, query
from careengine.service.routes.endpoint import Endpoint

if TYPE_CHECKING:
    from careengine.people import Kind


_REPORT = schema_of_report(resources.schema("interaction"))


def _of_kind(kind: Kind) -> tuple[Endpoint, Endpoint, Endpoint]:
    """The addresses of one kind of what people decide: a list, one of it, and the answer to it."""
    address, which = f"/v1/{kind.names}", parameter("id", f"The {kind.name}'s id.", TEXT, "path")
    return (
        Endpoint(
            method="GET",
            path=address,
            call=tasks.lister(kind),
            scope=TASKS_READ,
            summary=f"The {kind.names}. {kind.says}",
            operation={"parameters": query(tasks.filters(kind)), "responses": {"200": page_of(kind.names)}},
            of=kind.names,
        ),
        Endpoint(
            method="GET",
            path=f"{address}/{{id}}",
            call=tasks.shower(kind),
            scope=TASKS_READ,
            summary=f"One {kind.name}, and what people did about it.",
            operation={"parameters": [which], "responses": {"200": json("How it is.", OBJECT)}},
            of=kind.names,
        ),
        Endpoint(
            method="POST",
            path=f"{address}/{{id}}/decide",
            call=tasks.decider(kind),
            scope=TASKS_DECIDE,
            summary=f"Decide the {kind.name}, once, and do what follows.",
            operation={
                "parameters": [which],
                "requestBody": body(schema_of(kind)),
                "responses": {"200": json("How it is now.", OBJECT)},
            },
            of=kind.names,
        ),
    )


ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/v1/overrides",
        call=overrides.keep,
        scope=TASKS_DECIDE,
        summary="Keep that somebody did otherwise than a rule said.",
        operation={
            "requestBody": body(OVERRIDE),
            "responses": {"200": json("What was kept.", OBJECT)},
        },
        of="tasks",
    ),
    Endpoint(
        method="GET",
        path="/v1/tasks",
        call=tasks.lister(None),
        scope=TASKS_READ,
        summary="What waits for people, whatever its kind; what is past its time first.",
        operation={"parameters": query(tasks.filters(None)), "responses": {"200": page_of("tasks")}},
        of="tasks",
    ),
    Endpoint(
        method="POST",
        path="/v1/incidents",
        call=tasks.report,
        scope=INTERACTIONS_WRITE,
        summary="Report a customer's conduct; the employee is supported at once, and somebody else judges it.",
        operation={
            "requestBody": body(_REPORT),
            "responses": {"200": json("The incident's id, the decision's, and who is asked to judge it.", OBJECT)},
        },
        of="incidents",
    ),
    *(endpoint for kind in KINDS.values() for endpoint in _of_kind(kind)),
    Endpoint(
        method="GET",
        path="/v1/authority/{employee}",
        call=authority.one,
        scope=TASKS_READ,
        summary="What an employee may give now without asking, and who is asked above that.",
        operation={
            "parameters": [
                parameter("employee", "The CRM's id of the employee.", TEXT, "path"),
                *query(authority.FILTERS),
            ],
            "responses": {"200": json("What is left of each, with those who are asked above it.", OBJECT)},
        },
    ),
    Endpoint(
        method="GET",
        path="/v1/whoami",
        call=tasks.whoami,
        scope=TASKS_READ,
        summary="Who calls: the name in the audit, the scopes, and the roles of policies that they fill.",
        operation={"responses": {"200": json("It is you.", OBJECT)}},
    ),
    Endpoint(
        method="POST",
        path="/v1/restrictions/{id}/appeal",
        call=tasks.appeal,
        scope=TASKS_DECIDE,
        summary="Hand in a customer's appeal against a restriction; somebody hears it who had no part in it.",
        operation={
            "parameters": [parameter("id", "The restriction's id, or that of its task.", TEXT, "path")],
            "requestBody": body(APPEAL),
            "responses": {"200": json("The appeal as it waits to be heard.", OBJECT)},
        },
        of="restrictions",
    ),
    Endpoint(
        method="GET",
        path="/v1/audit",
        call=audit.page,
        scope=AUDIT_READ,
        summary="What people decided, the newest first: who, what, why, before and after.",
        operation={
            "parameters": query(audit.FILTERS),
            "responses": {"200": json("A page. `next` is as for decisions.", OBJECT)},
        },
    ),
)

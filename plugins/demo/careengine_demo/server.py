"""The demo CRM: a little helpdesk with an HTTP API, as real as a CRM gets that forgets everything when it stops."""

from __future__ import annotations

import hmac
import json
import socket
import threading
from typing import TYPE_CHECKING, Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from careengine_demo.faults import FaultMiddleware, Faults
from careengine_demo.records import SHELVES, Json, Records, RefusedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    Handler = Callable[[Request], Awaitable[Response]]

_LARGEST_BODY = 256 * 1024


class Helpdesk:
    """The records and their API. `tokens` names who holds each bearer token."""

    def __init__(self, tokens: Mapping[str, str], records: Records | None = None) -> None:
        self.records = records or Records()
        self.faults = Faults()
        self._tokens = dict(tokens)
        routes = (
            ("/api/me", "GET", self._me),
            ("/api/events", "GET", self._events),
            ("/api/events/newest", "GET", self._newest),
            ("/api/written", "GET", self._written),
            ("/api/tickets", "POST", self._open),
            ("/api/tickets/{key}/messages", "POST", self._message),
            ("/api/tickets/{key}/survey", "POST", self._survey),
            ("/api/customers/{key}/history", "GET", self._history),
            ("/api/{kind}/{key}", "GET", self._read),
            ("/api/{kind}/{key}", "PATCH", self._change),
            ("/api/{kind}/{key}/notes", "POST", self._note),
            ("/api/{kind}/{key}/{shelf}/{item}", "PUT", self._put),
        )
        self.app = Starlette(
            routes=[Route(path, handler, methods=[method]) for path, method, handler in routes],
            exception_handlers={RefusedError: _refused},
            middleware=[Middleware(FaultMiddleware, faults=self.faults)],
        )

    async def _me(self, request: Request) -> Response:
        return JSONResponse({"name": self._who(request), "product": "demo helpdesk"})

    async def _events(self, request: Request) -> Response:
        self._who(request)
        return JSONResponse({"events": self.records.events_after(request.query_params.get("after"))})

    async def _newest(self, request: Request) -> Response:
        self._who(request)
        return JSONResponse({"id": self.records.newest_event})

    async def _written(self, request: Request) -> Response:
        self._who(request)
        return JSONResponse(self.records.written_by(request.query_params.get("by", "")))

    async def _history(self, request: Request) -> Response:
        self._who(request)
        customer = self.records.find("customers", request.path_params["key"])["id"]
        return JSONResponse({"events": [event for event in self.records.events if event["customer"] == customer]})

    async def _open(self, request: Request) -> Response:
        by, body = self._who(request), await _body(request)
        return _record(self.records.add_ticket(_only(body, "customer", "subject", "priority", "group"), by), 201)

    async def _message(self, request: Request) -> Response:
        by, body = self._who(request), await _body(request)
        message = _only(body, "text", "channel")
        return JSONResponse(self.records.add_message(request.path_params["key"], message, by), 201)

    async def _survey(self, request: Request) -> Response:
        by, body = self._who(request), await _body(request)
        answer = _only(body, "csat", "nps", "ces", "comment")
        return JSONResponse(self.records.add_survey(request.path_params["key"], answer, by), 201)

    async def _read(self, request: Request) -> Response:
        self._who(request)
        return _record(self.records.find(request.path_params["kind"], request.path_params["key"]))

    async def _change(self, request: Request) -> Response:
        by, fields = self._who(request), await _body(request)
        kind, key = request.path_params["kind"], request.path_params["key"]
        wanted, has = request.headers.get("if-match"), _etag(self.records.find(kind, key))
        if wanted is None:
            raise RefusedError(428, "say in `If-Match` which version you mean to change")
        if wanted != has:
            raise RefusedError(412, f"the record is at version {has} by now")
        change_id = str(fields.pop("change_id", ""))
        return _record(self.records.change(kind, key, fields, by, change_id))

    async def _note(self, request: Request) -> Response:
        by, body = self._who(request), await _body(request)
        if not isinstance(body.get("body"), str):
            raise RefusedError(422, "a note needs a `body`")
        kind, key = request.path_params["kind"], request.path_params["key"]
        note = self.records.add_note(kind, key, body["body"], by, public=body.get("public") is True)
        return JSONResponse(note, 201)

    async def _put(self, request: Request) -> Response:
        by, body, path = self._who(request), await _body(request), request.path_params
        if path["shelf"] not in SHELVES:
            raise RefusedError(404, f"there are no `{path['shelf']}`")
        new = self.records.put(path["kind"], path["key"], path["shelf"], path["item"], body, by)
        return JSONResponse({"id": path["item"]}, 201 if new else 200)

    def _who(self, request: Request) -> str:
        given = request.headers.get("authorization", "").encode()
        names = [name for token, name in self._tokens.items() if hmac.compare_digest(given, f"Bearer {token}".encode())]
        if not names:
            raise RefusedError(401, "the bearer token is not known")
        return names[0]


class Running:
    """A server on loopback, in its own thread, from construction until `stop()`."""

    def __init__(self, helpdesk: Helpdesk, port: int = 0) -> None:
        self._socket = socket.create_server(("127.0.0.1", port))  # listens from here on; callers may come at once
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(helpdesk.app, log_config=None, access_log=False, lifespan="off", ws="none")
        config.timeout_graceful_shutdown = 1
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="demo-crm", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the connections and end the thread."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


async def _body(request: Request) -> Json:
    raw = await request.body()
    if len(raw) > _LARGEST_BODY:
        raise RefusedError(413, "the body is too large")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, "the body is not JSON") from error
    if not isinstance(body, dict):
        raise RefusedError(400, "the body must be a JSON object")
    return body


def _only(body: Json, *names: str) -> Json:
    if unknown := set(body) - set(names):
        raise RefusedError(422, f"`{min(unknown)}` is not a field here")
    return body


def _etag(record: Json) -> str:
    return f'"{record["version"]}"'


def _record(record: Json, status: int = 200) -> Response:
    return JSONResponse(record, status, headers={"etag": _etag(record)})


async def _refused(_: Request, error: Exception) -> Response:
    status: Any = getattr(error, "status", 500)
    return JSONResponse({"error": str(error)}, status)

"""Everything that can go wrong with a request, as RFC 9457 problem JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response

from careengine.errors import (
    ChangedError,
    ErasedError,
    IdentityError,
    InboundError,
    NotYoursError,
    Overloaded,
    PayloadError,
    SettledError,
    SignatureError,
    StoreError,
    TaskError,
    UnknownAdapterError,
    UnknownDecisionError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PREFIX = "urn:careengine:problem:"
MEDIA_TYPE = "application/problem+json"

# The last part of the problem's `type` -> HTTP status and title. A caller may rely on all three.
KINDS: Mapping[str, tuple[int, str]] = {
    "malformed-request": (400, "The request cannot be read"),
    "malformed-json": (400, "The body is not JSON"),
    "too-deep": (400, "The JSON is nested too deeply"),
    "duplicate-member": (400, "A member stands twice in one JSON object"),
    "unauthorized": (401, "An API key is needed"),
    "bad-signature": (401, "The webhook's sender is not proven"),
    "forbidden": (403, "The API key does not allow this"),
    "not-yours": (403, "Somebody else decides this"),
    "not-found": (404, "Not found"),
    "method-not-allowed": (405, "This address does not take that method"),
    "timeout": (408, "The body came too slowly"),
    "conflict": (409, "Its state does not allow that"),
    "changed": (409, "The facts have changed since it was asked"),
    "gone": (410, "It was erased"),
    "too-large": (413, "The body is too large"),
    "unsupported-media-type": (415, "The body must be JSON"),
    "invalid": (422, "The content does not fit its schema"),
    "busy": (429, "Too much at once"),
    "too-fast": (429, "Too many calls with this key"),
    "headers-too-large": (431, "The headers are too large"),
    "internal": (500, "Something went wrong on our side"),
    "too-slow": (503, "It took too long"),
    "unavailable": (503, "This cannot be kept at present"),
}


class HttpProblem(Exception):  # noqa: N818  named for what the caller gets
    """Stops a request and answers with a problem. `more` are further members of the JSON."""

    def __init__(self, kind: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        self.kind, self.detail, self.headers, self.more = kind, detail, dict(headers or {}), more
        super().__init__(detail)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return KINDS[self.kind][0]

    @property
    def title(self) -> str:
        """What every problem of this kind says."""
        return KINDS[self.kind][1]

    def to_json(self) -> dict[str, Any]:
        """The body of the answer: type, title, status, detail and the further members."""
        status, title = KINDS[self.kind]
        return {"type": PREFIX + self.kind, "title": title, "status": status, "detail": self.detail, **self.more}

    def response(self) -> Response:
        """The answer."""
        return Response(orjson.dumps(self.to_json()), self.status, headers=self.headers, media_type=MEDIA_TYPE)


def problem_of(error: Exception) -> HttpProblem | None:
    """The problem that an error of careengine is to a caller; None for an error that nobody foresaw."""
    problem: HttpProblem | None = None
    match error:
        case HttpProblem():
            problem = error
        case HTTPException():
            problem = _refusal(error)
        case PayloadError():
            kind = "conflict" if isinstance(error, IdentityError) else "invalid"
            problem = invalid([(fault.pointer, fault.message) for fault in error.problems], kind)
        case SignatureError():
            problem = HttpProblem("bad-signature", "the signature does not fit the body")
        case TaskError():
            problem = _of_task(error)
        case UnknownAdapterError() | UnknownDecisionError() | ErasedError():
            problem = HttpProblem("gone" if isinstance(error, ErasedError) else "not-found", str(error))
        case InboundError():
            problem = HttpProblem("malformed-request", str(error))
        case Overloaded():
            problem = busy()
        case StoreError():
            why = f": {error.told}" if error.told else "; send it again later"
            problem = HttpProblem("unavailable", f"nothing of this was kept{why}", headers={"Retry-After": "5"})
    return problem


def _of_task(error: TaskError) -> HttpProblem:
    """Why a person's answer was not taken."""
    match error:
        case NotYoursError():
            return HttpProblem("not-yours", str(error), role=error.role)
        case SettledError():
            return HttpProblem("conflict", str(error), state=error.state)
        case ChangedError():
            return HttpProblem("changed", str(error), changed=list(error.changed))
    return HttpProblem("not-found", str(error))


def _refusal(error: HTTPException) -> HttpProblem:
    """Starlette's own refusals: an unknown address, a method that an address does not take."""
    if error.status_code == 405:  # noqa: PLR2004  method not allowed
        allowed = (error.headers or {}).get("Allow", "")
        return HttpProblem("method-not-allowed", f"it takes {allowed}", headers={"Allow": allowed})
    return HttpProblem("not-found", "nothing is here; `GET /` says where things are")


def busy() -> HttpProblem:
    """Problem 429: there is a queue, and it is full."""
    return HttpProblem("busy", "every place in the queue is taken; try again", headers={"Retry-After": "1"})


def invalid(faults: Sequence[tuple[str, str]], kind: str = "invalid") -> HttpProblem:
    """Problem 422 unless it is of another kind, with the JSON pointer of each fault and what was expected there."""
    errors = [{"pointer": pointer, "detail": detail} for pointer, detail in faults]
    return HttpProblem(kind, f"{len(faults)} fault{'' if len(faults) == 1 else 's'} found", errors=errors)

"""Talks to the helpdesk's API and says of every call what became of it, in careengine's own errors."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from math import isfinite
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import requests
from urllib3.exceptions import NewConnectionError

from careengine import AdapterError, AuthError, Conflict, NotFound, OutcomeUnknown, Rejected, Retryable, Throttled

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]

_CONNECT_SECONDS, _READ_SECONDS = 3.05, 10.0
_DEFAULT_WAIT, _LONGEST_WAIT = 5.0, 3600.0
# A gateway's word that the CRM behind it did not answer in time: a write may have arrived.
_UNSURE = frozenset({502, 504})


class Client:
    """One session with one helpdesk. Not for several threads at once. Every failure is an AdapterError."""

    def __init__(
        self, base_url: str, token: str, clock: Callable[[], float], read_seconds: float = _READ_SECONDS
    ) -> None:
        self._base = base_url.rstrip("/")
        self._clock = clock
        self._timeout = (_CONNECT_SECONDS, read_seconds)
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy, no .netrc: the token goes to this one address only
        self._session.headers["authorization"] = f"Bearer {token}"

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def get(self, *path: str, **query: str) -> Json:
        """Read. Raises AdapterError."""
        return self._call("GET", path, query=query)

    def post(self, *path: str, body: Json) -> Json:
        """Add something; never sent twice by itself. Raises AdapterError, OutcomeUnknown when it may have arrived."""
        return self._call("POST", path, body)

    def put(self, *path: str, body: Json) -> Json:
        """Keep something under an id of ours. Raises AdapterError."""
        return self._call("PUT", path, body)

    def patch(self, *path: str, body: Json, version: str) -> Json:
        """Change a record that is still at this version. Raises AdapterError, Conflict when it is not."""
        return self._call("PATCH", path, body, {"if-match": f'"{version}"'})

    def _call(
        self,
        method: str,
        path: tuple[str, ...],
        body: Json | None = None,
        headers: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
    ) -> Json:
        url = f"{self._base}/api/{'/'.join(_segment(part) for part in path)}"
        try:
            answer = self._session.request(
                method, url, params=query, json=body, headers=headers, timeout=self._timeout, allow_redirects=False
            )
        except requests.RequestException as error:
            raise _broken(method, error) from error
        if not 200 <= answer.status_code < 300:  # noqa: PLR2004  HTTP's success; a redirect is none, we follow nobody
            raise self._refusal(method, answer)
        return _document(method, answer)

    def _refusal(self, method: str, answer: requests.Response) -> Exception:
        wait = answer.headers.get("retry-after")
        ours, said = f"the helpdesk answered {answer.status_code}", _reason(answer)
        if answer.status_code == 429 or (answer.status_code == 503 and wait):  # noqa: PLR2004  HTTP's own numbers
            return Throttled(self._seconds(wait), ours, said=said)
        return _kind(answer.status_code, method)(ours, said=said)

    def _seconds(self, wait: str | None) -> float:
        """Read a Retry-After: seconds or a date; anything else, or nothing, means a few seconds."""
        try:
            seconds = float(wait or _DEFAULT_WAIT)
        except ValueError:
            try:
                seconds = parsedate_to_datetime(wait or "").timestamp() - self._clock()
            except (ValueError, OverflowError):
                seconds = _DEFAULT_WAIT
        return min(max(seconds, 0.0), _LONGEST_WAIT) if isfinite(seconds) else _DEFAULT_WAIT


def _kind(status: int, method: str) -> type[AdapterError]:
    if status in (401, 403):
        return AuthError
    if status in (404, 410):
        return NotFound
    if status in (409, 412):
        return Conflict
    if status in _UNSURE and method != "GET":
        return OutcomeUnknown
    return Retryable if status >= 500 or status in (408, 425) else Rejected  # noqa: PLR2004


def _segment(part: str) -> str:
    """One piece of a path; whatever it holds, it cannot reach another path."""
    if part in ("", ".", "..") or "/" in part:  # some servers take an escaped slash for a slash
        raise NotFound("no record has such an id: one is neither empty nor dots, and holds no slash")
    return quote(part, safe="")


def _broken(method: str, error: requests.RequestException) -> Exception:
    if isinstance(error, ValueError):  # requests would not even build such a request
        return Rejected("the request cannot be made; is `base_url` right?")
    cause = error.args[0] if error.args else None
    unsent = isinstance(error, requests.ConnectTimeout) or isinstance(
        getattr(cause, "reason", None), NewConnectionError
    )
    if unsent:
        return Retryable("the helpdesk cannot be reached")
    if method == "GET":
        return Retryable("the connection to the helpdesk broke")
    return OutcomeUnknown("the connection broke after sending; the helpdesk may have done it")


def _document(method: str, answer: requests.Response) -> Json:
    try:
        document = answer.json()
    except (requests.JSONDecodeError, RecursionError):
        document = None
    if isinstance(document, dict):
        return document
    said = "the helpdesk's answer is not a JSON object"
    raise Retryable(said) if method == "GET" else OutcomeUnknown(said)


def _reason(answer: requests.Response) -> str:
    try:
        return str(answer.json()["error"])[:200]
    except (requests.JSONDecodeError, LookupError, TypeError, RecursionError):
        return answer.reason or ""

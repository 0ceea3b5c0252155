"""Talks to the helpdesk's API and says in careengine's errors what became of each call."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from time import monotonic
from typing import TYPE_CHECKING, Any

import requests
from urllib3.exceptions import NewConnectionError

from careengine import AdapterError, NotFound, OutcomeUnknown, Retryable
from careengine_django_helpdesk.answers import problem_of, wait_of

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_ANSWER = 16 * 1024 * 1024
CONNECT_SECONDS = 5.0
_CHUNK = 64 * 1024


class Failed(OutcomeUnknown):
    """The helpdesk ended a write with status 500. It does so after writing, too, when its webhook target is down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a list, and how many items the whole list has."""

    count: int
    items: tuple[Mapping[str, Any], ...]


class Client:
    """One helpdesk, one token. Safe to use from several threads. Raises AdapterError."""

    def __init__(self, base_url: str, token: str, timeout: float) -> None:
        self.base_url, self._token, self._timeout = base_url, token, timeout
        self._local = threading.local()

    def ticket(self, number: str) -> dict[str, Any]:
        """A ticket with all its follow-ups. Raises NotFound."""
        if not (number.isascii() and number.isdigit() and len(number) < 16):  # noqa: PLR2004  beyond what a database counts to
            raise NotFound("what the case is called is not the number of a ticket")
        found = self._call("GET", f"tickets/{number}/")
        if not (isinstance(found, dict) and found.get("id") == int(number) and _is_list(found.get("followup_set"))):
            raise Retryable("the helpdesk answered something that is not the ticket; is `base_url` right?")
        return found

    def page(self, kind: str, number: int, size: int) -> Page:
        """One page of `tickets` (oldest first) or `followups` (oldest first); empty beyond the last one."""
        try:
            found = self._call("GET", f"{kind}/?page={number}&page_size={size}")
        except NotFound:
            if number == 1:
                raise
            return Page(count=0, items=())  # the list became shorter while we were reading it
        if not (isinstance(found, dict) and isinstance(found.get("count"), int) and _is_list(found.get("results"))):
            raise Retryable("the helpdesk answered something that is not a list; is `base_url` right?")
        return Page(count=found["count"], items=tuple(found["results"]))

    def change(self, number: str, fields: Mapping[str, Any]) -> None:
        """Set fields of a ticket: saying it twice is the same as once."""
        self._call("PATCH", f"tickets/{number}/", fields)

    def add_private_note(self, number: str, comment: str) -> str:
        """Add a follow-up that only staff see; its id. Raises OutcomeUnknown when it may have been written.

        No title is sent: the helpdesk would make it the ticket's.
        """
        answer = self._call("POST", "followups/", {"ticket": int(number), "comment": comment, "public": False})
        if not isinstance(answer, dict) or "id" not in answer:
            raise OutcomeUnknown("the helpdesk's answer to a new follow-up makes no sense")
        return str(answer["id"])

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        status, headers, content = self._send(method, path, body)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise wait_of(headers.get("Retry-After"))
        if method == "POST" and status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            kind = Failed if status == HTTPStatus.INTERNAL_SERVER_ERROR else OutcomeUnknown
            raise kind(f"the helpdesk answered {status} to {method} {path}")
        if problem := problem_of(status, f"{method} {path.partition('?')[0]}", content):
            raise problem
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            raise _unsure(method, "the helpdesk's answer is not JSON; is `base_url` right?") from error

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> tuple[int, Mapping[str, str], bytes]:
        deadline = monotonic() + self._timeout
        try:
            with self._session().request(
                method,
                f"{self.base_url}/api/{path}",
                json=body,
                timeout=(min(CONNECT_SECONDS, self._timeout), self._timeout),
                allow_redirects=False,
                stream=True,
            ) as response:
                return response.status_code, response.headers, _read(response, deadline)
        except requests.RequestException as error:
            if _never_sent(error):
                raise Retryable("the helpdesk cannot be reached") from error
            raise _unsure(method, "the helpdesk did not answer in full") from error
        except _TooMuchError as error:
            raise _unsure(method, str(error)) from error

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = False  # neither a proxy nor a .netrc of this machine's user may take the token
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            session.headers.update({"Authorization": f"Token {self._token}", "Accept": "application/json"})
        return session


class _TooMuchError(Exception):
    """An answer that does not end."""


def _read(response: requests.Response, deadline: float) -> bytes:
    content = bytearray()
    for chunk in response.iter_content(_CHUNK):
        content += chunk
        if len(content) > LARGEST_ANSWER:
            raise _TooMuchError(f"the helpdesk's answer is longer than {LARGEST_ANSWER} bytes")
        if monotonic() > deadline:
            raise _TooMuchError("the helpdesk's answer takes too long")
    return bytes(content)


def _unsure(method: str, message: str) -> AdapterError:
    # Reading and setting a field may simply be said again; adding a note may not.
    return OutcomeUnknown(message) if method == "POST" else Retryable(message)


def _never_sent(error: requests.RequestException) -> bool:
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.SSLError)):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError)


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)

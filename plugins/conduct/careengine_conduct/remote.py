"""A classifier elsewhere as a second opinion.

It gets `{"text": ..., "language": ...}` by POST and answers `{"score": 0.0 to 1.0}`.
"""

from __future__ import annotations

import json
import os
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.request import HTTPErrorProcessor, ProxyHandler, Request, build_opener

if TYPE_CHECKING:
    from collections.abc import Callable

URL, TOKEN = "CONDUCT_REMOTE_URL", "CONDUCT_REMOTE_TOKEN"
_MOST = 65_536  # bytes of an answer
_SILENCE = 5.0  # seconds in which not a byte comes: then the connection is given up


class _AsItComes(HTTPErrorProcessor):
    """Follows no redirect: customers' words and the token go to the address that the settings name, and no other."""

    def http_response(self, _: Any, response: Any) -> Any:
        return response

    https_response = http_response  # type: ignore[assignment]  # as its base has it


_OPENER = build_opener(ProxyHandler({}), _AsItComes())  # nor does a proxy of this machine read them


def asked(url: str) -> Callable[[str, str], float] | None:
    """Asks the classifier at an address for its score; None when it is no address. What it calls raises anything."""
    return (lambda text, language: _ask(url, text, language)) if url.startswith(("http://", "https://")) else None


def _ask(url: str, text: str, language: str) -> float:
    headers = {"Content-Type": "application/json"}
    if token := os.environ.get(TOKEN, ""):
        headers["Authorization"] = f"Bearer {token}"
    body = json.dumps({"text": text, "language": language}).encode()
    request = Request(url, body, headers)  # noqa: S310  `asked` looked at it
    with _OPENER.open(request, timeout=_SILENCE) as answer:
        if answer.status != HTTPStatus.OK:
            raise ConnectionError("the classifier did not answer as it should")
        score = json.loads(answer.read(_MOST))["score"]
    if isinstance(score, bool) or not isinstance(score, int | float):
        raise TypeError("the score is no number")
    return float(score)

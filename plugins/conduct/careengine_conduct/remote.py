"""A second opinion from a classifier elsewhere: it orders the review queue, and nothing waits for it long.

The service gets `{"text": ..., "language": ...}` by POST and answers `{"score": 0.0 to 1.0}`.
"""

from __future__ import annotations

import json
import math
import os
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from functools import cache
from typing import NamedTuple
from urllib.request import ProxyHandler, Request, build_opener

URL, TIMEOUT = "CAREENGINE_CONDUCT_REMOTE_URL", "CAREENGINE_CONDUCT_REMOTE_SECONDS"
_PATIENCE = 0.3
_MOST = 65_536  # bytes of an answer
_CALLS = 4  # under way at once; with all of them stuck, no more are made


class Opinion(NamedTuple):
    """`state` is `given`, `late` or `failed`; without an opinion the score is 0."""

    state: str
    score: float


class Remote:
    """The classifier at an address; an opinion is had within the patience, or not at all."""

    def __init__(self, url: str, patience: float) -> None:
        self._url, self._patience = url, patience
        self._workers = ThreadPoolExecutor(_CALLS, thread_name_prefix="conduct-remote")
        self._opener = build_opener(ProxyHandler({}))  # no proxy of this machine reads customers' words

    def opinion(self, text: str, language: str) -> Opinion:
        """What the classifier thinks; never raises."""
        call = self._workers.submit(self._ask, text, language)
        try:
            return Opinion("given", call.result(self._patience))
        except Late:
            call.cancel()
            return Opinion("late", 0.0)
        except Exception:  # noqa: BLE001  whatever a stranger's answer does, the core's reading stands
            return Opinion("failed", 0.0)

    def _ask(self, text: str, language: str) -> float:
        body = json.dumps({"text": text, "language": language}).encode()
        request = Request(self._url, body, {"Content-Type": "application/json"})  # noqa: S310  checked when made
        with self._opener.open(request, timeout=self._patience) as answer:
            score = json.loads(answer.read(_MOST))["score"]
        if isinstance(score, bool) or not isinstance(score, int | float) or not math.isfinite(score):
            raise ValueError("the score is no number")
        return min(1.0, max(0.0, float(score)))


def from_environment() -> Remote | None:
    """The classifier that the environment names, if it names one."""
    url = os.environ.get(URL, "")
    return _remote(url, os.environ.get(TIMEOUT, "")) if url.startswith(("http://", "https://")) else None


@cache
def _remote(url: str, patience: str) -> Remote:
    try:
        seconds = float(patience)
    except ValueError:
        seconds = _PATIENCE
    return Remote(url, seconds if 0 < seconds < 60 else _PATIENCE)  # noqa: PLR2004  a minute is an outage

"""A second opinion where no rule found abuse: it orders the review queue, and nothing waits for it long."""

from __future__ import annotations

import os
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from functools import cache
from threading import BoundedSemaphore, Thread
from typing import TYPE_CHECKING, NamedTuple

from careengine_conduct import embedding, remote

if TYPE_CHECKING:
    from collections.abc import Callable

    Ask = Callable[[str, str], float]

SECONDS = "CONDUCT_SECONDS"
_PATIENCE, _LONGEST = 0.3, 60.0  # seconds; a minute is an outage
_CALLS = 4  # under way at once; with all of them stuck, no more are made
_READ = 10_000  # letters of a message


class Opinion(NamedTuple):
    """`state` is `given`, `late` or `failed`; without an opinion the score is 0."""

    state: str
    score: float


class Second:
    """Whoever is asked for an opinion, a score from 0 to 1; it is had within the patience, or not at all."""

    def __init__(self, ask: Ask, patience: float) -> None:
        self._ask, self._patience = ask, patience
        self._free = BoundedSemaphore(_CALLS)

    def opinion(self, text: str, language: str) -> Opinion:
        """What they think of a message; never raises."""
        if not self._free.acquire(blocking=False):
            return Opinion("late", 0.0)
        answer: Future[float] = Future()
        # A thread that ends with the program: whoever never answers does not keep it from ending.
        work = Thread(target=self._work, args=(answer, text[:_READ], language), name="conduct-second", daemon=True)
        try:
            work.start()
        except RuntimeError:  # the machine has no thread left
            self._free.release()
            return Opinion("failed", 0.0)
        try:
            return Opinion("given", answer.result(self._patience))
        except Late:
            return Opinion("late", 0.0)
        except Exception:  # noqa: BLE001  whatever a stranger's answer does, the core's reading stands
            return Opinion("failed", 0.0)

    def _work(self, answer: Future[float], text: str, language: str) -> None:
        try:
            answer.set_result(_score(self._ask(text, language)))
        except Exception as error:  # noqa: BLE001  it is told to whoever waits
            answer.set_exception(error)
        finally:
            self._free.release()


def _score(told: float) -> float:
    if isinstance(told, bool) or not 0 <= told <= 1:  # what is no number is in no range, either
        raise ValueError("the score is not from 0 to 1")
    return told


def second() -> Second | None:
    """Whom the environment names: a classifier elsewhere, or else the embedding; None when neither."""
    return _second(os.environ.get(remote.URL, ""), os.environ.get(embedding.ON, ""), os.environ.get(SECONDS, ""))


@cache
def _second(url: str, embed: str, seconds: str) -> Second | None:
    ask: Ask | None = remote.asked(url) if url else embedding.ask if embed == "1" else None
    return None if ask is None else Second(ask, _patience(seconds))


def _patience(seconds: str) -> float:
    try:
        found = float(seconds)
    except ValueError:
        return _PATIENCE
    return found if 0 < found < _LONGEST else _PATIENCE

"""A second opinion where no rule found abuse: it orders the review queue, and nothing waits for it long."""

from __future__ import annotations

import logging
import os
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from functools import cache
from threading import BoundedSemaphore, Thread
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from careengine_conduct import embedding, remote

if TYPE_CHECKING:
    from collections.abc import Callable

    Ask = Callable[[str, str], float]

_LOG = logging.getLogger(__name__)
SECONDS = "CONDUCT_SECONDS"
_PATIENCE, _LONGEST = 0.3, 60.0  # seconds; a minute is an outage
_YES, _NO = frozenset({"1", "true", "yes", "on"}), frozenset({"", "0", "false", "no", "off"})
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
    return float(told)


def second() -> Second | None:
    """Whom the environment names: a classifier elsewhere, or else the embedding; None when neither.

    Values that make no sense are logged once; where only a wrong address is named, every opinion is `failed`.
    """
    url, on, seconds = (os.environ.get(name, "").strip() for name in (remote.URL, embedding.ON, SECONDS))
    return _second(url, on, seconds)


@cache
def _second(url: str, on: str, seconds: str) -> Second | None:
    patience, embed = _patience(seconds), embedding.ask if _on(on) else None
    ask = _classifier(url, embed or _nobody) if url else embed
    return None if ask is None else Second(ask, patience)


def _classifier(url: str, otherwise: Ask) -> Ask:
    try:
        return remote.asked(url)
    except ValueError as error:
        _LOG.error(
            "%s is no address that can be asked: %s; write it like `https://classifier.internal/score`. %s",
            remote.URL,
            error,
            "No second opinion is had" if otherwise is _nobody else "The embedding is asked instead",
        )
        return otherwise


def _nobody(_text: str, _language: str) -> NoReturn:
    raise LookupError("the address that is to be asked is none")


def _on(value: str) -> bool:
    if value.lower() not in _YES | _NO:
        _LOG.error("%s is neither on nor off: `%.20s`; write `1` or `0`. It is off", embedding.ON, value)
    return value.lower() in _YES


def _patience(seconds: str) -> float:
    try:
        found = float(seconds or _PATIENCE)
    except ValueError:
        found = 0.0
    if 0 < found < _LONGEST:
        return found
    _LOG.error(
        "%s is no number of seconds above 0 and below %g: `%.20s`; write it like `0.5`. It is taken as %g",
        SECONDS,
        _LONGEST,
        seconds,
        _PATIENCE,
    )
    return _PATIENCE

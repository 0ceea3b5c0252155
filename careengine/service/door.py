"""What is let in: so many requests at once, so many a second for each key, and nothing new on the way out."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING

from careengine.service.problems import HttpProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Whoever watches over the service must see it when it is full, too.
WATCHED = frozenset({"/healthz", "/readyz", "/metrics"})


@dataclass(slots=True, kw_only=True)
class Rates:
    """A bucket of tokens for each key: `burst` of them at most, `per_second` coming back. 0 a second: no limit.

    Kept as one instant a key, the one at which its bucket is full again. Each worker keeps its own buckets.
    """

    per_second: float
    burst: int
    clock: Callable[[], float] = time.monotonic
    _full_at: dict[str, float] = field(default_factory=dict)

    def take(self, key: str) -> None:
        """Take one token of this key; without a key there is no limit. Raises HttpProblem 429."""
        if not (key and self.per_second):
            return
        now = self.clock()
        full_at = max(self._full_at.get(key, now), now)
        wait = full_at - now - (self.burst - 1) / self.per_second
        if wait > 0:
            detail = f"this key may call {self.per_second:g} times a second; wait {ceil(wait)} seconds"
            raise HttpProblem("too-fast", detail, headers={"Retry-After": str(ceil(wait))})
        self._full_at[key] = full_at + 1 / self.per_second

    def charge(self, key: str, tokens: int) -> None:
        """Take more tokens for what is let in already, such as a batch; the next call waits for them."""
        if key in self._full_at:
            self._full_at[key] += tokens / self.per_second


@dataclass(slots=True, kw_only=True)
class Door:
    """`most` requests at once are inside.

    `until` is set when the service was told to stop: the instant, as `clock` has it, by which it is to end.
    """

    most: int
    rates: Rates
    clock: Callable[[], float] = time.monotonic
    until: float | None = None
    _inside: int = 0

    @property
    def leaving(self) -> bool:
        """Whether the service was told to stop."""
        return self.until is not None

    def leave(self, seconds: float) -> None:
        """The service was told to stop, and is to end within so many seconds."""
        self.until = self.clock() + seconds

    def seconds_left(self, otherwise: float) -> float:
        """What is left of them, at least half a second."""
        return otherwise if self.until is None else max(0.5, self.until - self.clock())

    @contextmanager
    def inside(self, path: str) -> Iterator[None]:
        """A place for one request. Raises HttpProblem 429 when there is none."""
        if self._inside >= self.most and path not in WATCHED:
            raise HttpProblem("busy", "too many requests are under way; try again", headers={"Retry-After": "1"})
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

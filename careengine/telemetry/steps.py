"""Times a step of an interaction, and draws it as a span."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from careengine.telemetry import metrics, spans

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from types import TracebackType

READ, DECIDE, STORE, COMMIT = "read", "decide", "store", "commit"
_TIMES = {name: metrics.STEPS.labels(name) for name in (READ, DECIDE, STORE, COMMIT)}


class step:  # noqa: N801  it reads as a statement: `with step(DECIDE):`
    """A block that is one step of an interaction: `with step(DECIDE):`."""

    __slots__ = ("_name", "_span", "_started")

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> Self:
        """Begin."""
        self._span: AbstractContextManager[object] = spans.span(self._name)
        self._span.__enter__()
        self._started = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End, whatever happened in it."""
        _TIMES[self._name].observe(time.perf_counter() - self._started)
        self._span.__exit__(kind, error, trace)

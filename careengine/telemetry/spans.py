"""Spans of OpenTelemetry. Without the extra `otel`, or while it is switched off, they cost next to nothing."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from careengine.errors import SettingsError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Where a log line belongs: the ids of the trace and of the span in it, in hexadecimal digits."""

    trace: str
    span: str


class Tracer(Protocol):
    """What draws spans; `careengine.telemetry.otel` has the only one."""

    def span(self, name: str, parent: str | None, facts: dict[str, str]) -> AbstractContextManager[object]:
        """A span below the current one, or below that of a `traceparent` header."""
        ...

    def current(self) -> Trace | None:
        """The span that is under way here."""
        ...

    def note(self, facts: dict[str, str]) -> None:
        """Add attributes to the span that is under way here."""
        ...

    def close(self) -> None:
        """Send what was not sent yet."""
        ...


_NOTHING = nullcontext()
_tracer: Tracer | None = None


def use(tracer: Tracer | None) -> None:
    """Draw spans with this from now on; None: draw none."""
    global _tracer  # noqa: PLW0603  one program has one tracer, as OpenTelemetry has it
    _tracer = tracer


def send() -> None:
    """Draw spans and send them, as the `OTEL_…` environment variables say. Raises SettingsError without the extra."""
    try:
        otel = import_module("careengine.telemetry.otel")  # the extra may not be installed
    except ModuleNotFoundError as error:
        raise SettingsError("`traces.send` needs OpenTelemetry; `pip install careengine[otel]` brings it") from error
    use(otel.over_http())


def close() -> None:
    """Send what was not sent yet, and draw no more."""
    if _tracer is not None:
        _tracer.close()
    use(None)


def is_on() -> bool:
    """Whether spans are drawn."""
    return _tracer is not None


def span(name: str, parent: str | None = None, **facts: str) -> AbstractContextManager[object]:
    """A span for a block. `parent` is a `traceparent` header; `facts` are ids and names of ours, never words."""
    return _NOTHING if _tracer is None else _tracer.span(name, parent, facts)


def note(**facts: str) -> None:
    """Add to the span that is under way here. Ids and names of ours, never words."""
    if _tracer is not None:
        _tracer.note(facts)


def current() -> Trace | None:
    """The span that is under way here, if any."""
    return None if _tracer is None else _tracer.current()

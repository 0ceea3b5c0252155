"""Spans by OpenTelemetry's SDK: the only module that needs the extra `otel`.

Where spans are sent, under which service name and how many of them, the standard `OTEL_…` environment variables say.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from careengine import __version__
from careengine.telemetry.spans import Trace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.sdk.trace import SpanProcessor

REQUEST = "request"
_PREFIX = "careengine."
_EXPORT_SECONDS = 3.0  # a collector that does not answer must not hold up the end of the service
_W3C = TraceContextTextMapPropagator()


class OpenTelemetry:
    """Draws spans and hands them to a processor."""

    def __init__(self, processor: SpanProcessor) -> None:
        service = {"service.name": "careengine", "service.version": __version__}
        self._provider = TracerProvider(resource=Resource.create(service).merge(OTELResourceDetector().detect()))
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("careengine", __version__)

    @contextmanager
    def span(self, name: str, parent: str | None, facts: dict[str, str]) -> Iterator[None]:
        """A span below the current one, or below that of a `traceparent` header."""
        above = _W3C.extract({"traceparent": parent}) if parent else context.get_current()
        kind = SpanKind.SERVER if name == REQUEST else SpanKind.INTERNAL
        # Not what an exception says: it may quote words.
        drawn = self._tracer.start_as_current_span(
            name, above, kind, _named(facts), record_exception=False, set_status_on_exception=False
        )
        with drawn as one:
            try:
                yield
            except Exception as error:
                one.set_status(Status(StatusCode.ERROR))
                one.set_attribute("error.type", type(error).__name__)
                raise

    def current(self) -> Trace | None:
        """The span that is under way here."""
        here = trace.get_current_span().get_span_context()
        return Trace(trace=f"{here.trace_id:032x}", span=f"{here.span_id:016x}") if here.is_valid else None

    def note(self, facts: dict[str, str]) -> None:
        """Add attributes to the span that is under way here."""
        trace.get_current_span().set_attributes(_named(facts))

    def close(self) -> None:
        """Send what was not sent yet."""
        self._provider.shutdown()


def over_http() -> OpenTelemetry:
    """Spans that go to a collector by OTLP over HTTP, a batch at a time."""
    return OpenTelemetry(BatchSpanProcessor(OTLPSpanExporter(timeout=_EXPORT_SECONDS)))


def _named(facts: dict[str, str]) -> dict[str, str]:
    return {_PREFIX + name: value for name, value in facts.items()}

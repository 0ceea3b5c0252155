from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from careengine.telemetry import spans
from careengine.telemetry.otel import OpenTelemetry

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def exporter() -> Iterator[InMemorySpanExporter]:
    """What is exported while spans are on."""
    found = InMemorySpanExporter()
    spans.use(OpenTelemetry(SimpleSpanProcessor(found)))
    yield found
    spans.close()

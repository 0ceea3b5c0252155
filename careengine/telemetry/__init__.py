"""What the program shows of itself: metrics for Prometheus, and spans for OpenTelemetry where they are switched on."""

from careengine.telemetry.spans import Trace, current, span
from careengine.telemetry.steps import step

__all__ = ["Trace", "current", "span", "step"]

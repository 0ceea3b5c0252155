"""The way of one event: read, enrich, dedupe, remember, decide, record, tell. See `Pipeline.handle`."""

from careengine.pipeline.arrival import Arrival
from careengine.pipeline.pipeline import KEEP_SECONDS, Hooks, Outcome, Pipeline, too_late
from careengine.pipeline.reading import Reader

__all__ = ["KEEP_SECONDS", "Arrival", "Hooks", "Outcome", "Pipeline", "Reader", "too_late"]

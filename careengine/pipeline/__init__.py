"""The way of one event: read, enrich, dedupe, remember, decide, record, tell. See `Pipeline.handle`."""

from careengine.pipeline.pipeline import Hooks, Outcome, Pipeline
from careengine.pipeline.reading import Reader

__all__ = ["Hooks", "Outcome", "Pipeline", "Reader"]

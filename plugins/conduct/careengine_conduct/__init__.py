"""Signals for careengine: abuse of employees told apart from anger, with the words that show it."""

from careengine_conduct.detect import read
from careengine_conduct.reading import Finding, Reading, Span

__all__ = ["Finding", "Reading", "Span", "read"]

"""The composition root: the only place that wires settings, plugins, rules, store, pipeline and delivery together."""

from careengine.app.app import App
from careengine.app.checks import Check
from careengine.app.rules import rule_paths

__all__ = ["App", "Check", "rule_paths"]

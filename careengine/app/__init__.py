"""The composition root: the only place that wires settings, plugins, rules, store, pipeline and delivery together."""

from careengine.app.app import App
from careengine.app.checks import Check
from careengine.app.rules import rule_paths
from careengine.app.storing import open_store

__all__ = ["App", "Check", "open_store", "rule_paths"]

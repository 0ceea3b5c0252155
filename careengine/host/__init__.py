"""Loads plugins one by one, quarantines what fails, and calls their hooks in isolation."""

from careengine.host.discover import GROUP
from careengine.host.host import Host
from careengine.host.info import ACTIVE, DISABLED, QUARANTINED, PluginInfo, normalise

__all__ = ["ACTIVE", "DISABLED", "GROUP", "QUARANTINED", "Host", "PluginInfo", "normalise"]

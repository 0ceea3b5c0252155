"""What is known of one plugin."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from careengine.model.adapter import AdapterSpec, RulePack

ACTIVE, QUARANTINED, DISABLED = "active", "quarantined", "disabled"
NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginInfo:
    """One plugin: where it comes from, what it brings, and its state (active, quarantined, disabled) with the reason.

    A quarantined plugin brings nothing; its `hooks` are those it would have implemented, as far as that is known.
    """

    name: str
    distribution: str
    version: str
    hooks: tuple[str, ...] = ()
    state: str = ACTIVE
    reason: str = ""
    adapters: tuple[AdapterSpec, ...] = ()
    rule_packs: tuple[RulePack, ...] = ()


def normalise(name: str) -> str:
    """A name as settings and addresses write it: `Django_Helpdesk` is `django-helpdesk`."""
    return re.sub(r"[-_.\s]+", "-", name).strip("-").lower()

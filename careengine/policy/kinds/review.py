"""Reads a review: what it looks for in the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine.model.watch import Watch
from careengine.policy.suggest import one_of
from careengine.policy.values import read_duration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from careengine.model.catalogue import Catalogue
    from careengine.policy.findings import Findings

_SIGNS = ("overridden_percent", "granted_percent", "same_exception", "silent_for")
_OF_MANY = ("overridden_percent", "granted_percent")


def read(findings: Findings, _: Catalogue, raw: Mapping[str, Any]) -> Watch | None:
    """The `watch` of a review; None when anything is wrong with it."""
    block = raw.get("watch")
    if not isinstance(block, dict):
        return None
    within = read_duration(findings, "/watch/within", block.get("within"))
    silent = read_duration(findings, "/watch/silent_for", block.get("silent_for"))
    if not any(name in block or f"/watch/{name}" in findings.meant for name in _SIGNS):
        findings.add("CE391", "/watch", "the review looks for nothing", f"add {one_of(_SIGNS)}", at_key=True)
    for name in _OF_MANY:
        if name in block and "n_at_least" not in block and findings.clean("/watch"):
            message = f"`{name}` of how many? Of two cases one is half already"
            findings.add("CE392", f"/watch/{name}", message, "add `n_at_least: 50`", at_key=True)
    if within is None or not findings.clean("/watch"):
        return None
    return Watch(
        within=within,
        n_at_least=int(block.get("n_at_least", 0)),
        overridden=_whole(block.get("overridden_percent")),
        granted=_whole(block.get("granted_percent")),
        exceptions=_whole(block.get("same_exception")),
        silent_for=silent,
        kinds=frozenset(block.get("kinds", ())),
    )


def _whole(raw: Any) -> int | None:
    return None if raw is None else int(raw)

"""The rule set in force, and how another one takes its place."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

import structlog

from careengine import resources
from careengine.errors import PolicyError
from careengine.model.policy import LIVE, SHADOW
from careengine.policy import loader
from careengine.telemetry import metrics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from careengine.errors import Problem
    from careengine.host import Host
    from careengine.model.catalogue import Catalogue
    from careengine.model.policy import PolicySet
    from careengine.settings import Settings

log = structlog.get_logger("careengine.rules")


def rule_paths(settings: Settings, host: Host) -> tuple[Path, ...]:
    """Where rules are read: what the settings name, the starter rules unless switched off, the plugins' packs."""
    starter = (resources.rules_folder(),) if settings.rules.starter else ()
    return (*settings.rules.paths, *starter, *(Path(pack.folder) for pack in host.rule_packs()))


class Rules:
    """The rules of these paths. `refused` holds what was wrong with the latest change, when it was refused.

    `read_at` is when they were last read without a problem, in seconds since 1970.
    """

    def __init__(self, paths: Sequence[Path], catalogue: Catalogue, policies: PolicySet) -> None:
        self.paths = tuple(paths)
        self.refused: tuple[Problem, ...] = ()
        self.read_at = time.time()
        self._catalogue, self._policies = catalogue, policies

    @classmethod
    def load(cls, paths: Sequence[Path], catalogue: Catalogue) -> Self:
        """Read them for the first time. Raises PolicyError with every problem found."""
        return cls(paths, catalogue, loader.load(paths, catalogue))

    def current(self) -> PolicySet:
        """The set in force."""
        return self._policies

    def reload(self) -> list[Problem]:
        """Read them again. With problems the set in force stays; without, the new one takes its place at once."""
        try:
            found = loader.load(self.paths, self._catalogue)
        except PolicyError as error:
            self.refused = error.problems
            metrics.RELOADS.labels("refused").inc()
            return list(error.problems)
        changed = found.hash != self._policies.hash
        self._policies, self.refused, self.read_at = found, (), time.time()
        metrics.RELOADS.labels("ok").inc()
        if changed:
            log.info("rules reloaded", ruleset=found.hash, **counts(found))
        return []


def counts(policies: PolicySet) -> dict[str, int]:
    """How many policies are live, and how many run in the shadow."""
    return {status: sum(policy.status == status for policy in policies.policies) for status in (LIVE, SHADOW)}

"""The rule set in force, and how another one takes its place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

import structlog

from careengine import resources
from careengine.errors import PolicyError
from careengine.model.policy import LIVE, SHADOW
from careengine.policy import loader

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
    """The rules of these paths. `refused` holds what was wrong with the latest change, when it was refused."""

    def __init__(self, paths: Sequence[Path], catalogue: Catalogue, policies: PolicySet) -> None:
        self.paths = tuple(paths)
        self.refused: tuple[Problem, ...] = ()
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
            return list(error.problems)
        changed = found.hash != self._policies.hash
        self._policies, self.refused = found, ()
        if changed:
            log.info("rules reloaded", ruleset=found.hash, **counts(found))
        return []


def counts(policies: PolicySet) -> dict[str, int]:
    """How many policies are live, and how many run in the shadow."""
    return {status: sum(policy.status == status for policy in policies.policies) for status in (LIVE, SHADOW)}

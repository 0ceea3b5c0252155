"""From files to a `PolicySet`: find, read, build, compare, compile. Every problem of every file is told at once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from careengine.errors import PolicyError, Problem
from careengine.model.policy import PolicySet
from careengine.policy.analysis import plainly
from careengine.policy.analysis.told import told
from careengine.policy.build import build_policy
from careengine.policy.compile import compile_plan
from careengine.policy.document import from_value, scan
from careengine.policy.find import calendar_beside, find
from careengine.policy.findings import Findings
from careengine.policy.limits import POLICIES
from careengine.policy.lint import warn_of
from careengine.policy.patterns import Patterns
from careengine.policy.suggest import shown
from careengine.policy.test_files import check_test_file
from careengine.policy.working_time import Named, calendars_named, unknown_calendars

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from careengine.model.catalogue import Catalogue
    from careengine.model.policy import Policy
    from careengine.policy.analysis import Along
    from careengine.policy.document import Document


def load(paths: Sequence[Path], catalogue: Catalogue, *, bring: bool = False) -> PolicySet:
    """Read all policies in files and folders; test files are skipped. Raises PolicyError with every problem.

    `bring`: calendars that are named and are not there are read from beside the policies that name them.
    """
    found = find(paths)
    batch = _Batch(catalogue, problems=found.problems)
    for path in found.policies:
        batch.read(path)
    if bring:
        batch.bring_calendars()
    return batch.finish()


def build_set(documents: Iterable[Mapping[str, Any]], catalogue: Catalogue) -> PolicySet:
    """Build the set again from its documents, as `PolicySet.documents` gave them. Raises PolicyError."""
    batch = _Batch(catalogue)
    for number, value in enumerate(documents):
        if number >= POLICIES.most:
            message = f"the set has more than {POLICIES} policies"
            raise PolicyError([Problem(code="CE402", message=message)])
        document, problems = from_value(value)
        if problems:
            batch.problems += problems
        else:
            batch.add(Findings(document, kept=True))
    return batch.finish()


def check(
    paths: Sequence[Path],
    catalogue: Catalogue,
    as_of: datetime | None = None,
    along: Along = plainly,
    roles: Collection[str] = (),
) -> list[Problem]:
    """All problems and warnings of policies and their tests, in the order of files and lines; then of the whole set.

    `as_of` is the instant for which expired policies are warned of: now, unless it is given. `along` goes through
    items under a label and may show how far it is. `roles` are those that policies may name; none: any.
    """
    found = find(paths)
    documents: list[Document] = []
    batch = _Batch(catalogue, problems=found.problems, documents=documents)
    now = as_of or datetime.now(UTC)
    for path in along(found.policies, "Reading policies"):
        batch.read(path, as_of=now)
    batch.check_calendars()
    batch.problems = told(batch.policies, documents, catalogue, batch.problems, now, along, roles)
    for path in found.tests:
        batch.problems += check_test_file(path)
    return batch.problems


@dataclass(slots=True)
class _Batch:
    """The policies and problems of one run."""

    catalogue: Catalogue
    problems: list[Problem] = field(default_factory=list)
    policies: list[Policy] = field(default_factory=list)
    documents: list[Document] | None = None  # of the policies, where somebody asks for them: they take much memory
    patterns: Patterns = field(default_factory=Patterns)
    taken: dict[str, str] = field(default_factory=dict)  # id -> the place that took it first
    named: list[Named] = field(default_factory=list)  # the calendars that policies count by

    def read(self, path: Path, as_of: datetime | None = None) -> None:
        """Read one file; with `as_of` also warn of what can hardly be meant."""
        document, problems = scan(path)
        if document is None:
            self.problems += problems
        else:
            self.add(Findings(document, problems), path, as_of)

    def add(self, findings: Findings, path: Path | None = None, as_of: datetime | None = None) -> None:
        """Build the policy of one document and keep it, or keep what is wrong with it."""
        policy = build_policy(findings, self.catalogue)
        self._take_id(findings)
        if policy:
            self.patterns.add(policy, findings)
        if isinstance(findings.document.value, dict):
            self.named += calendars_named(findings)
        if policy and path and as_of:
            warn_of(findings, policy, path, as_of)
        if policy and not findings.fatal:
            self.policies.append(policy)
            if self.documents is not None:
                self.documents.append(findings.document)
        self.problems += sorted(findings.problems, key=lambda problem: (problem.line, problem.column))

    def bring_calendars(self) -> None:
        """Read the calendars that are named and are not there, where they lie beside who names them."""
        for each in self.named:
            path = calendar_beside(Path(each.findings.document.path), each.name)
            if path and each.name not in self.taken:
                self.read(path)

    def check_calendars(self) -> None:
        """Find what is wrong with the calendars that are named; one that only lies beside is not looked into."""
        named = self.named
        beside = {one.name for one in named if calendar_beside(Path(one.findings.document.path), one.name)}
        self.problems += unknown_calendars(named, self.policies, {*self.taken, *beside})

    def finish(self) -> PolicySet:
        """The set of all policies. Raises PolicyError when there was any mistake."""
        self.problems += unknown_calendars(self.named, self.policies, self.taken)
        if any(problem.severity == "error" for problem in self.problems):
            raise PolicyError([problem for problem in self.problems if problem.severity == "error"])
        policies = tuple(sorted(self.policies, key=lambda policy: policy.id))
        return PolicySet(policies=policies, hash=_hash(policies), plan=compile_plan(policies))

    def _take_id(self, findings: Findings) -> None:
        raw = findings.document.value
        policy_id = raw.get("id") if isinstance(raw, dict) else None
        if not isinstance(policy_id, str):
            return
        if policy_id in self.taken:
            where = self.taken[policy_id]
            message = f"the id {shown(policy_id)} is taken" + (f" by {where}" if where else "")
            findings.add("CE401", "/id", message, "give one of the two another id")
        self.taken.setdefault(policy_id, findings.document.path)


def _hash(policies: Sequence[Policy]) -> str:
    """Of the documents as one JSON list, but written one at a time: nothing else runs while a text is made."""
    found = sha256()
    for number, policy in enumerate(policies):
        found.update(b"," if number else b"[")
        found.update(json.dumps(policy.document, sort_keys=True, separators=(",", ":")).encode())
    found.update(b"]" if policies else b"[]")
    return found.hexdigest()

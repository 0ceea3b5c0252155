"""Builds a policy from a document, reporting everything that is wrong with it."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from careengine import resources
from careengine.model.condition import AllOf
from careengine.model.pointer import join
from careengine.model.policy import PROPOSING, OncePer, Policy
from careengine.model.table import Table
from careengine.policy.conditions import ConditionReader
from careengine.policy.grammar import grammar
from careengine.policy.kinds import READERS
from careengine.policy.suggest import one_of
from careengine.policy.table import TableReader, filled_places
from careengine.policy.values import read_duration, read_instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from careengine.model.catalogue import Catalogue
    from careengine.model.condition import Condition
    from careengine.model.policy import Outcome
    from careengine.policy.findings import Findings

_DEFAULT_PRIORITY = 50


def build_policy(findings: Findings, catalogue: Catalogue) -> Policy | None:
    """The policy of the findings' document; None when anything is wrong with it."""
    raw = findings.document.value
    if isinstance(raw, dict):
        if _is_something_else(findings, raw):
            return None
        _check_keys_of_kind(findings, raw)
        findings.meant |= filled_places(raw)
    grammar("policy").check(findings)
    if not isinstance(raw, dict):
        return None
    _check_id(findings, raw)
    conditions = ConditionReader(findings, catalogue, _text(raw, "kind"))
    when, unless = conditions.both(raw)
    if "when" not in raw and _text(raw, "kind") not in PROPOSING:
        when = AllOf(pointer="", items=())  # nothing is asked, so it is always so
    effective_from, effective_until = (_effective(findings, raw, key) for key in ("from", "until"))
    if effective_from and effective_until and effective_from >= effective_until:
        findings.add("CE312", "/effective/until", "the policy ends before it starts", "mend one of the two dates")
    if "review_by" in raw:
        read_instant(findings, "/review_by", raw["review_by"])
    once_per = _once_per(findings, raw)
    outcome = _table(findings, catalogue, raw, when) if "table" in raw else _outcome(findings, catalogue, raw)
    if isinstance(outcome, Table):
        when = outcome.when
    if findings.fatal or when is None or outcome is None:
        return None
    return Policy(
        id=raw["id"],
        kind=raw["kind"],
        title=raw["title"],
        owner=raw["owner"],
        status=raw["status"],
        priority=int(raw.get("priority", _DEFAULT_PRIORITY)),
        rationale=raw["rationale"],
        events=frozenset(raw.get("events", ())),
        when=when,
        unless=unless,
        outcome=outcome,
        effective_from=effective_from,
        effective_until=effective_until,
        once_per=once_per,
        path=findings.document.path,
        document=raw,
    )


def _is_something_else(findings: Findings, raw: Mapping[str, Any]) -> bool:
    """Whether this never was meant as a policy; all that it lacks to be one is then no help to anybody."""
    if any(key in raw for key in ("kind", "events", "when", "table")) or findings.lost_keys(""):
        return False
    hint = "write a policy, or keep this file out of the folder of rules"
    findings.add("CE218", "", "this is not a policy: it has no `kind`, no `events` and no `when`", hint)
    return True


def _check_id(findings: Findings, raw: Mapping[str, Any]) -> None:
    policy_id, path = raw.get("id"), findings.document.path
    if not path or not isinstance(policy_id, str) or not findings.clean("/id"):
        return
    name = PurePath(path)
    if policy_id != name.stem:
        hint = f"rename the file to `{policy_id}{name.suffix}`, or write `id: {name.stem}`"
        findings.add("CE301", "/id", f"the id `{policy_id}` is not the file's name", hint)


def _check_keys_of_kind(findings: Findings, raw: Mapping[str, Any]) -> None:
    kind, schema = raw.get("kind"), resources.schema("policy")["properties"]
    if kind not in schema["kind"]["enum"]:
        return
    own = [key for key, part in schema.items() if kind in part.get("x-kinds", ())]
    for key in raw:
        part = schema.get(key, {})
        kinds = part.get("x-kinds") or [one for one in schema["kind"]["enum"] if one not in part.get("x-not-kinds", ())]
        if key in schema and kind not in kinds:
            message = f"`{key}` belongs to the kind {one_of(kinds)}, but this policy is of the kind `{kind}`"
            findings.add("CE217", join("", key), message, "mend `kind`, or delete the block", at_key=True)
            # Most likely the kind is wrong, so do not ask for that kind's blocks as well.
            findings.meant.update(f"/{name}" for name in own)


def _effective(findings: Findings, raw: Mapping[str, Any], key: str) -> datetime | None:
    block = raw.get("effective")
    return read_instant(findings, f"/effective/{key}", block.get(key)) if isinstance(block, dict) else None


def _once_per(findings: Findings, raw: Mapping[str, Any]) -> OncePer | None:
    block = raw.get("once_per")
    if not isinstance(block, dict):
        return None
    within = read_duration(findings, "/once_per/within", block.get("within"))
    if within is None or not findings.clean("/once_per"):
        return None
    return OncePer(same=block["same"], within=within)


def _table(findings: Findings, catalogue: Catalogue, raw: Mapping[str, Any], shared: Condition | None) -> Table | None:
    return TableReader(findings, catalogue, raw, _text(raw, "kind")).read(shared, _outcome)


def _outcome(findings: Findings, catalogue: Catalogue, raw: Mapping[str, Any]) -> Outcome | None:
    read = READERS.get(_text(raw, "kind"))
    return read(findings, catalogue, raw) if read else None


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    return value if isinstance(value, str) else ""

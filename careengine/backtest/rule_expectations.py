"""What a case expects of its policy, held against what the one `decide()` says."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from careengine.decide import decide
from careengine.decide.explain import explain
from careengine.decide.hit import say_rows
from careengine.model.policy import LIVE, RESTRAINING, PolicySet
from careengine.model.table import input_of
from careengine.policy.compile import compile_plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from careengine.model.decision import Action, Decision, NearMiss
    from careengine.model.facts import Facts
    from careengine.model.policy import Policy

FIRES, SILENT, UNKNOWN, WITHHELD = "fires", "stays_silent", "unknown", "withheld"
_SAY = {FIRES: "it fires", SILENT: "it stays silent", UNKNOWN: "it is unknown", WITHHELD: "it is withheld"}


def judge(case: Mapping[str, Any], facts: Facts, policy: Policy, others: Sequence[Policy]) -> tuple[str, ...]:
    """Decide the case for a policy, alone or with others, all put to work whatever their status.

    Gives nothing when all is as expected; otherwise the lines that say what was expected, what happened and why.
    """
    working = sorted((replace(one, status=LIVE) for one in (policy, *others)), key=lambda one: one.id)
    decision = decide(facts, PolicySet(policies=tuple(working), hash="test", plan=compile_plan(working)))
    wrong = [
        *_wrong_outcome(case["expect"], decision, policy),
        *_wrong_row(case.get("row"), decision, policy.id),
        *_wrong_actions(case.get("actions", ()), decision),
        *_unwanted(case.get("without", ()), decision),
        *_wrong_near_miss(case.get("near_miss"), decision, policy),
    ]
    return (*wrong, *_why(facts, policy, decision)) if wrong else ()


def _wrong_outcome(expected: str, decision: Decision, policy: Policy) -> list[str]:
    restrains = policy.kind in RESTRAINING
    happened = _restrained(decision, policy.id) if restrains else _outcomes(decision, policy.id)
    if expected in happened:
        return []
    return [f"expected: {_SAY[expected]}; but {' and '.join(_SAY.get(one, one) for one in happened)}"]


def _restrained(decision: Decision, policy: str) -> list[str]:
    """Whether a guardrail did anything to what other policies ask for."""
    if fault := next((fault.why for fault in decision.faults if fault.source == policy), ""):
        return [f"it failed: {fault}"]
    return [FIRES if any(restraint.policy == policy for restraint in decision.restraints) else SILENT]


def _outcomes(decision: Decision, policy: str) -> list[str]:
    """What became of one policy. It can fire and be withheld at once: it apologises, and another offer goes first."""
    if fault := next((fault.why for fault in decision.faults if fault.source == policy), ""):
        return [f"it failed: {fault}"]
    if all(match.policy != policy for match in decision.matched):
        return [UNKNOWN if any(unknown.policy == policy for unknown in decision.unknown) else SILENT]
    acts = any(policy in action.policies for action in decision.actions)
    held = any(withheld.policy == policy for withheld in decision.withheld)
    return [FIRES] * acts + [WITHHELD] * held or [SILENT]  # it matched, and asks for nothing


def _wrong_row(wanted: int | None, decision: Decision, policy: str) -> list[str]:
    rows = [match.row for match in decision.matched if match.policy == policy and match.row]
    if wanted is None or wanted in rows:
        return []
    acts = say_rows(rows) if rows else "no row"
    return [f"expected row {wanted} of the table to act; but it is {acts}"]


def _wrong_actions(wanted: Sequence[Mapping[str, Any]], decision: Decision) -> list[str]:
    missing = [want for want in wanted if not any(_is_like(want, action) for action in decision.actions)]
    if not missing:
        return []
    found = [f"  there is: {_say_action(a.type, a.status, a.params)}" for a in decision.actions if a.type != "note"]
    said = [f"expected an action like: {_say_wanted(want)}" for want in missing]
    return [*said, *(found or ["  there are no actions"])]


def _unwanted(types: Sequence[str], decision: Decision) -> list[str]:
    found = [action for action in decision.actions if action.type in types]
    return [f"expected no such action, but there is: {_say_action(a.type, a.status, a.params)}" for a in found]


def _is_like(want: Mapping[str, Any], action: Action) -> bool:
    return (
        action.type == want["type"]
        and want.get("status", action.status) == action.status
        and all(key in action.params and action.params[key] == value for key, value in want.get("params", {}).items())
        and all(text in (action.params.get("message") or "") for text in want.get("says", ()))
    )


def _say_wanted(want: Mapping[str, Any]) -> str:
    action = _say_action(want["type"], want.get("status", ""), want.get("params", {}))
    says = " and ".join(json.dumps(text, ensure_ascii=False) for text in want.get("says", ()))
    return f"{action} that says {says}" if says else action


def _say_action(kind: str, status: str, params: Mapping[str, Any]) -> str:
    shown = {key: value for key, value in params.items() if key != "text"}
    return " ".join(part for part in (kind, status, json.dumps(shown, ensure_ascii=False) if shown else "") if part)


def _wrong_near_miss(wanted: Sequence[str] | None, decision: Decision, policy: Policy) -> list[str]:
    if wanted is None:
        return []
    miss = next((miss for miss in decision.near_misses if miss.policy == policy.id), None)
    found = sorted(_lacking(miss, policy)) if miss else []
    if found == sorted(wanted):
        return []
    said = f"it lacks {', '.join(f'`{name}`' for name in found)}" if found else "it is not a near miss"
    return [f"expected a near miss that lacks {', '.join(f'`{name}`' for name in sorted(wanted))}; but {said}"]


def _lacking(miss: NearMiss, policy: Policy) -> set[str]:
    """The fields and kinds of history that a near miss lacks, found by the pointers of its tests."""
    return {_tested(policy.document, need.test) for need in miss.needs}


def _tested(document: Any, pointer: str) -> str:
    column = input_of(pointer)
    place = pointer if column is None else f"/table/inputs/{column}"
    for part in place.split("/")[1:]:
        document = document[int(part)] if isinstance(document, list) else document[part]
    if isinstance(document, str):
        return document
    return str(document.get("field") or document.get("count") or document.get("sum"))


def _why(facts: Facts, policy: Policy, decision: Decision) -> list[str]:
    explanation = explain(facts, replace(policy, status=LIVE))
    held = [f"  withheld: {withheld.why}" for withheld in decision.withheld if withheld.policy == policy.id]
    return [explanation.why, *explanation.lines(), *held]

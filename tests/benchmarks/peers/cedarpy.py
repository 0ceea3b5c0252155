"""cedarpy: one `permit` policy a rule in a `PolicySet` parsed once; the reasons of the answer are the rules that match.

The event is the request's context, given as JSON text: a dictionary would be turned into the same text on each call.
The entities, none, are parsed once too. A policy's id is its position, because annotations are looked up and
returned at a cost; asking for many requests in a batch is not faster an event.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import cedarpy

from tests.benchmarks.peers.peer import SYMBOLS, Prepared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.benchmarks.rule import Rule

_PREFIX = len("policy")


def prepare(rules: Sequence[Rule]) -> Prepared:
    """Parse the policies."""
    ids = [rule.id for rule in rules]
    policies = cedarpy.PolicySet.from_str("\n".join(map(_policy, rules)))
    nobody = cedarpy.Entities.from_json_str("[]")

    def match(request: dict[str, Any]) -> list[str]:
        answer = cedarpy.is_authorized(request, policies, nobody)
        return [ids[int(reason[_PREFIX:])] for reason in answer.diagnostics.reasons]

    return Prepared(match, _request)


def _request(event: Mapping[str, Any]) -> dict[str, Any]:
    ends = {"principal": 'Crm::"ours"', "action": 'Action::"care"', "resource": 'Case::"this"'}
    return {**ends, "context": json.dumps(event)}


def _policy(rule: Rule) -> str:
    asked = " && ".join(
        f"context.{test.field} {SYMBOLS[test.operator]} {json.dumps(test.value)}" for test in rule.tests
    )
    return f"permit(principal, action, resource) when {{ {asked} }};"

"""A number ten times beyond what all other policies compare the same thing with: most likely a slip of the keyboard."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from careengine.model.condition import COMPARING, FieldTest
from careengine.model.value import Money
from careengine.policy.analysis.example import shown_by
from careengine.policy.analysis.finding import Finding
from careengine.policy.analysis.normal import matching
from careengine.policy.analysis.tests_in import tests_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from careengine.model.catalogue import Catalogue, Field
    from careengine.model.condition import Test
    from careengine.model.policy import Policy

_FACTOR = 10
_ENOUGH = 4  # other policies that must agree


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    policy: Policy
    test: Test
    value: float
    said: str


def far_operands(policies: Sequence[Policy], catalogue: Catalogue) -> Iterator[Finding]:
    """The largest and smallest operand of each field or count, when it is far from all the others."""
    uses: dict[tuple[str, ...], list[_Use]] = defaultdict(list)
    for policy in policies:
        for test in tests_in(policy):
            for key, use in _uses(policy, test):
                uses[key].append(use)
    for key, found in uses.items():
        ordered = sorted(found, key=lambda use: use.value)
        for use in (ordered[-1], ordered[0]):
            others = [other for other in ordered if other.policy is not use.policy]
            if len({other.policy.id for other in others}) >= _ENOUGH and _is_far(use, others):
                yield _finding(use, others, key[0], catalogue)


def _uses(policy: Policy, test: Test) -> Iterator[tuple[tuple[str, ...], _Use]]:
    if isinstance(test, FieldTest):
        if test.field.maximum is not None:
            return  # a scale with an end has no slips of this size
        name = test.field.path
    else:
        name = f"{test.query.function} of {test.query.kind}"
    if test.operator in (*COMPARING, "is"):
        for part in test.operand if isinstance(test.operand, tuple) else (test.operand,):
            value = _number(part)
            if value is not None and value > 0:
                unit = part.currency if isinstance(part, Money) else ""
                yield (name, unit), _Use(policy=policy, test=test, value=value, said=str(part))


def _number(part: Any) -> float | None:
    if isinstance(part, Money):
        return float(part.amount)
    return float(part) if type(part) in (int, float) and abs(part) < 1e300 else None  # noqa: PLR2004  fits a float


def _is_far(use: _Use, others: Sequence[_Use]) -> bool:
    near = [other.value for other in others]
    if isinstance(use.test, FieldTest):
        near += _examples(use.test.field)
    return use.value >= _FACTOR * max(near) or use.value * _FACTOR <= min(near)


def _examples(field: Field) -> list[float]:
    texts = [
        Money.parse(value) if field.type == "money" and isinstance(value, str) else value for value in field.examples
    ]
    return [number for number in map(_number, texts) if number is not None and number > 0]


def _finding(use: _Use, others: Sequence[_Use], name: str, catalogue: Catalogue) -> Finding:
    low = min(others, key=lambda other: other.value).said
    high = max(others, key=lambda other: other.value).said
    return Finding(
        code="CE708",
        policy=use.policy,
        pointer=f"{use.test.pointer}/{use.test.operator}",
        message=f"`{use.said}` is far from what all other policies compare `{name}` with: `{low}` to `{high}`",
        suggestion="look for a digit too many or too few, or another unit",
        example=shown_by(matching(use.policy), catalogue, use.policy),
    )

"""Reads a person's answer to a task: its outcome, the reason, and what the outcome takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from careengine.errors import PayloadError, PayloadProblem
from careengine.model.pointer import join

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from careengine.people.kind import Choice, Given, Kind

LONGEST_REASON = 300
REASON = {"type": "string", "pattern": r"[^\s\x1c-\x1f\x85]", "maxLength": LONGEST_REASON}
_ALWAYS = ("outcome", "reason", "even_though")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person decided, and why. `even_though`: they know that the facts changed since it was asked."""

    choice: Choice
    reason: str
    given: Mapping[str, Any] = field(default_factory=dict)
    even_though: bool = False


def schema_of(kind: Kind) -> dict[str, Any]:
    """The JSON Schema of an answer to a task of this kind, as the API description shows it."""
    takes = {name: given.schema for choice in kind.choices for name, given in choice.takes.items()}
    outcomes = "; ".join(f"`{choice.name}`: {choice.says}" for choice in kind.choices)
    return {
        "type": "object",
        "required": ["outcome", "reason"],
        "additionalProperties": False,
        "properties": {
            "outcome": {"type": "string", "enum": [choice.name for choice in kind.choices], "description": outcomes},
            "reason": {**REASON, "description": "Why; it is kept."},
            "even_though": {
                "type": "boolean",
                "default": False,
                "description": "Decide it although the facts changed since it was asked.",
            },
            **takes,
        },
    }


def read_answer(kind: Kind, body: Any) -> Answer:
    """The answer in a JSON body. Raises PayloadError with every fault."""
    if not isinstance(body, dict):
        raise PayloadError([PayloadProblem(pointer="", message="expected an object with `outcome` and `reason`")])
    choice = kind.choice(body["outcome"]) if isinstance(body.get("outcome"), str) else None
    faults = list(_faults(kind, choice, body))
    if faults or choice is None:
        raise PayloadError(faults)
    return Answer(
        choice=choice,
        reason=body["reason"].strip(),
        given={name: takes.read(body[name]) for name, takes in choice.takes.items() if name in body},
        even_though=body.get("even_though", False),
    )


def _faults(kind: Kind, choice: Choice | None, body: Mapping[str, Any]) -> Iterator[PayloadProblem]:
    if choice is None:
        yield PayloadProblem(pointer="/outcome", message=f"expected {_one_of(kind, body.get('outcome'))}")
    reason = body.get("reason")
    if not (isinstance(reason, str) and reason.strip() and len(reason) <= LONGEST_REASON and "\0" not in reason):
        yield PayloadProblem(pointer="/reason", message=f"expected why, in 1 to {LONGEST_REASON} characters")
    if not isinstance(body.get("even_though", False), bool):
        yield PayloadProblem(pointer="/even_though", message="expected true or false")
    if choice is not None:
        yield from wrong(choice.takes, body)
        yield from _unknown(choice, body)


def wrong(takes: Mapping[str, Given], body: Mapping[str, Any]) -> Iterator[PayloadProblem]:
    """What is missing in a body, or is not as its schema has it."""
    for name, given in takes.items():
        missing = name not in body
        if missing and not given.needed:
            continue
        if missing or not _fits(given, body[name]):
            yield PayloadProblem(pointer=f"/{name}", message=f"expected {given.expected}")


def _fits(given: Given, value: Any) -> bool:
    if not jsonschema_rs.is_valid(dict(given.schema), value) or _has_nul(value):
        return False
    try:
        given.read(value)
    except ValueError:
        return False
    return True


def _has_nul(value: Any) -> bool:
    """What CRMs and databases do not take, whatever the schema lets through."""
    return any(map(_has_nul, value)) if isinstance(value, list) else isinstance(value, str) and "\0" in value


def _unknown(choice: Choice, body: Mapping[str, Any]) -> Iterator[PayloadProblem]:
    known = (*_ALWAYS, *choice.takes)
    for name in body:
        if name not in known:
            message = f"`{choice.name}` takes {_names(known)} and nothing else"
            yield PayloadProblem(pointer=join("", name[:80]), message=message, place="")


def _one_of(kind: Kind, found: Any) -> str:
    names = [choice.name for choice in kind.choices]
    near = get_close_matches(found, names, n=1) if isinstance(found, str) else ()
    return f"one of {_names(names)}" + (f"; did you mean `{near[0]}`?" if near else "")


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)

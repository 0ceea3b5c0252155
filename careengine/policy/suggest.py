"""Guesses what was meant by a misspelt word."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 60  # comparing longer words takes time and helps nobody

# Words that people bring along from other tools.
_HABITS = {
    "gt": "more_than",
    "greater_than": "more_than",
    "above": "more_than",
    "over": "more_than",
    ">": "more_than",
    "gte": "at_least",
    "ge": "at_least",
    "min": "at_least",
    "minimum": "at_least",
    ">=": "at_least",
    "lt": "less_than",
    "below": "less_than",
    "under": "less_than",
    "<": "less_than",
    "lte": "at_most",
    "le": "at_most",
    "max": "at_most",
    "maximum": "at_most",
    "<=": "at_most",
    "eq": "is",
    "equals": "is",
    "equal": "is",
    "==": "is",
    "=": "is",
    "value": "is",
    "ne": "is_not",
    "neq": "is_not",
    "not_equal": "is_not",
    "isnt": "is_not",
    "!=": "is_not",
    "one_of": "in",
    "any_of": "in",
    "none_of": "not_in",
    "includes": "contains",
    "like": "contains",
    "begins_with": "starts_with",
    "prefix": "starts_with",
    "regex": "matches",
    "regexp": "matches",
    "pattern": "matches",
    "exists": "present",
    "known": "present",
    "since": "after",
    "and": "all",
    "or": "any",
    "none": "not",
    "on": "events",
    "trigger": "events",
    "triggers": "events",
    "event": "events",
    "if": "when",
    "where": "when",
    "condition": "when",
    "conditions": "when",
    "except": "unless",
    "name": "title",
    "description": "rationale",
    "reason": "rationale",
    "why": "rationale",
    "team": "owner",
    "type": "kind",
    "state": "status",
    "enabled": "status",
    "weight": "priority",
    "actions": "steps",
    "for": "within",
    "hit": "hit_policy",
    "columns": "inputs",
    "rules": "rows",
    "window": "within",
    "last": "within",
}


def close_to(word: str, known: Iterable[str]) -> str:
    """The known word that was most likely meant, or an empty string."""
    if len(word) > _LONGEST:
        return ""
    choices = list(known)
    plain = word.strip().strip("_-:").casefold().replace(" ", "_").replace("-", "_")
    by_plain = {choice.casefold().replace("-", "_"): choice for choice in choices}
    if plain in by_plain:
        return by_plain[plain]
    if (habit := _HABITS.get(plain)) in choices:
        return habit or ""
    found = get_close_matches(plain, by_plain, n=1, cutoff=0.65)
    return by_plain[found[0]] if found else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``did you mean `x`?``, or all choices when they are few, or nothing."""
    choices = list(known)
    if best := close_to(word, choices):
        return f"did you mean `{best}`?"
    return f"choose {one_of(choices)}" if 0 < len(choices) <= 10 else ""  # noqa: PLR2004  more is no help


def one_of(words: Iterable[object]) -> str:
    """``one of `a`, `b` and `c```."""
    quoted = [f"`{word}`" for word in words]
    if len(quoted) == 1:
        return quoted[0]
    return f"one of {', '.join(quoted[:-1])} and {quoted[-1]}"


def shown(value: object) -> str:
    """A value as it may stand in a message: in backticks, on one line, not too long."""
    return f"`{one_line(_say(value), _LONGEST)}`"


def one_line(text: str, longest: int) -> str:
    """The text without anything that a terminal would act on, cut to so many characters."""
    plain = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[:longest])
    return plain if len(text) <= longest else f"{plain[:-1]}…"


def _say(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)

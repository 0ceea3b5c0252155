"""Runs a language's rules over a message: every form that is found, before anything is said about its context."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from careengine_conduct.match import match

if TYPE_CHECKING:
    from careengine_conduct.language import Language, Rule
    from careengine_conduct.view import View

_MOST = 200  # finds in one message; more evidence tells a reviewer nothing new


class Spot(NamedTuple):
    """A rule found at the words `first` to `last`; `marks` are the words that show it."""

    rule: Rule
    first: int
    last: int
    anchor: int
    marks: tuple[int, ...]


def spots(view: View, language: Language) -> list[Spot]:
    """What the rules find, in the order of the message; at each anchor a rule is found once."""
    index = language.rules
    found: list[Spot] = []
    for at, word in enumerate(view.words):
        tags = view.tags[at]
        keys = [word] if word in index else []
        if tags:
            keys += [key for key in language.keys.get(tags, ()) if key in index]
        if not keys:
            continue
        seen: set[str] = set()
        for key in keys:
            for rule, form in index[key]:
                if rule.id in seen:
                    continue
                where = match(view, form, at)
                if where is not None:
                    seen.add(rule.id)
                    found.append(Spot(rule, where[0], where[1], at, tuple(where[2])))
        if len(found) >= _MOST:
            break
    return found

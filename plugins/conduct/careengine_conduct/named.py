"""Employees by their names: where the customer writes `Sarah`, `your agent` is read."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from careengine_conduct.fold import plain
from careengine_conduct.view import find_entries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from careengine_conduct.language import Language
    from careengine_conduct.view import View

# As it is said in the core's languages; others take some word of the two classes.
_SAID = {"en": ("your", "agent"), "es": ("su", "agente"), "de": ("ihr", "mitarbeiter"), "fr": ("votre", "agent")}
_LEAST = 3  # letters of a part of a name; `Mr` and initials name nobody


def parts_of(names: Iterable[str]) -> frozenset[str]:
    """The parts of names, folded as words are."""
    return frozenset(part for name in names for part in plain(name).split() if len(part) >= _LEAST and part.isalpha())


def with_names(view: View, names: frozenset[str], text: str, language: Language) -> None:
    """Put `your agent` where one of these names stands with a capital letter; all offsets stay.

    What the language has in its lists is never taken for a name, so no evidence is lost to somebody called like it.
    """
    stand_in = _stand_in(language) if names else None
    if stand_in is None or names.isdisjoint(view.words):
        return
    known = language.vocabulary
    for at in range(len(view.words) - 1, -1, -1):
        word = view.words[at]
        if word not in names or word in known or not text[view.starts[at]].isupper():
            continue
        until = at + 3 if tuple(view.words[at + 1 : at + 3]) == stand_in else at + 1  # first and last name are one
        ends = view.ends[until - 1]
        view.words[at:until], view.tags[at:until] = stand_in, [known[one] for one in stand_in]
        view.starts[at:until], view.ends[at:until] = [view.starts[at]] * 2, [ends] * 2
    find_entries(view, language)


@cache
def _stand_in(language: Language) -> tuple[str, str] | None:
    """The language's words for `your agent`."""
    said = _SAID.get(language.code) or tuple(_any_of(language, name) for name in ("your", "staff"))
    return (said[0], said[1]) if all(word in language.vocabulary for word in said) else None


def _any_of(language: Language, name: str) -> str:
    """The word of a class that has the fewest others."""
    fitting = ((len(classes), word) for word, classes in language.vocabulary.items() if name in classes)
    return min(fitting, default=(0, ""))[1]

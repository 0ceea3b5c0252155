"""Employees by their names: where the customer writes `Sarah`, `your agent` is read."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from careengine_conduct.fold import fold
from careengine_conduct.tokens import tokenise
from careengine_conduct.view import find_entries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from careengine_conduct.language import Language
    from careengine_conduct.view import View

# As it is said in the core's languages; others take some word of the two classes.
_SAID = {"en": ("your", "agent"), "es": ("su", "agente"), "de": ("ihr", "mitarbeiter"), "fr": ("votre", "agent")}
_LEAST = 2  # letters of a part of a name; initials name nobody
_NOBODY = frozenset({
    "mr", "mrs", "ms", "mx", "miss", "dr", "prof", "sr", "sra", "hr", "fr", "mme", "st",
    "da", "de", "del", "den", "der", "di", "du", "el", "la", "le", "van", "von",
})  # fmt: skip
_APOSTROPHES = ("'", "\u2019")


def parts_of(names: Iterable[str]) -> frozenset[str]:
    """The parts of names, read as words of messages are; what many names have names nobody."""
    words = (token.word for name in names for token in tokenise(fold(name)))
    return frozenset(word for word in words if len(word) >= _LEAST and word.isalpha() and word not in _NOBODY)


def with_names(view: View, names: frozenset[str], text: str, language: Language) -> None:
    """Put `your agent` where one of these names stands with a capital letter; all offsets stay.

    What the language has in its lists is never taken for a name, so no evidence is lost to somebody called like it.
    """
    stand_in = _stand_in(language) if names else None
    if stand_in is None or names.isdisjoint(view.words):
        return
    tags = [language.vocabulary[one] for one in stand_in]
    words = [*zip(view.words, view.tags, view.starts, view.ends, strict=True)]
    kept: list[tuple[str, frozenset[str], int, int]] = []  # from the last word to the first
    for at in range(len(words) - 1, -1, -1):
        joins = (*(one[0] for one in kept[:-3:-1]),) == stand_in
        if not (_names(view, at, names, text, language) or (joins and _begins(text, words[at][2], kept[-1][2]))):
            kept.append(words[at])
            continue
        end = kept[-2][3] if joins else words[at][3]  # first and last name are one
        if joins:
            del kept[-2:]
        kept += [(word, of, words[at][2], end) for word, of in zip(stand_in[::-1], tags[::-1], strict=True)]
    kept.reverse()
    view.words, view.tags = [one[0] for one in kept], [one[1] for one in kept]
    view.starts, view.ends = [one[2] for one in kept], [one[3] for one in kept]
    find_entries(view, language)


def _names(view: View, at: int, names: frozenset[str], text: str, language: Language) -> bool:
    word = view.words[at]
    is_name = word in names and word not in language.vocabulary and word not in language.hints
    return is_name and text[view.starts[at]].isupper()


def _begins(text: str, start: int, then: int) -> bool:
    """Whether this is the `O'` of `O'Neill`, before a name."""
    return text[start:then].isupper() and text[start + 1 : then] in _APOSTROPHES


@cache
def _stand_in(language: Language) -> tuple[str, str] | None:
    """The language's words for `your agent`."""
    said = _SAID.get(language.code) or tuple(_any_of(language, name) for name in ("your", "staff"))
    return (said[0], said[1]) if all(word in language.vocabulary for word in said) else None


def _any_of(language: Language, name: str) -> str:
    """The word of a class that has the fewest others."""
    fitting = ((len(classes), word) for word, classes in language.vocabulary.items() if name in classes)
    return min(fitting, default=(0, ""))[1]

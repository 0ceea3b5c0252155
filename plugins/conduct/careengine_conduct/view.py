"""A message as one language reads it: words, their classes and their places."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from careengine_conduct.language import Language
    from careengine_conduct.tokens import Token

_SMALL: frozenset[str] = frozenset()
_OPEN = frozenset({"open"})  # a word of meaning that is in no list
_KIND_TAGS = {
    kind: frozenset({kind}) for kind in ("end", "comma", "quote", "number", "mention", "url", "email", "sign")
} | {"mask": frozenset({"censored"})}


@dataclass(slots=True)
class View:
    """Parallel lists, one entry a word; `starts` and `ends` are offsets in the original text."""

    words: list[str] = field(default_factory=list)
    tags: list[frozenset[str]] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def add(self, word: str, tags: frozenset[str], start: int, end: int) -> None:
        """One more word."""
        self.words.append(word)
        self.tags.append(tags)
        self.starts.append(start)
        self.ends.append(end)


def view_of(tokens: Iterable[Token], language: Language) -> View:
    """The tokens with the language's splits, joined entries and classes; an end of sentence stands at both ends."""
    loose = View()
    loose.add(".", _KIND_TAGS["end"], 0, 0)
    for word, kind, start, end in tokens:
        known = _KIND_TAGS.get(kind)
        if known is not None:
            loose.add(word, known, start, end)
            continue
        for part in language.splits.get(word, (word,)):
            tags = language.vocabulary.get(part)
            if tags is None:
                tags = _SMALL if part in language.hints else _OPEN
            loose.add(part, tags, start, end)
    last = loose.ends[-1]
    loose.add(".", _KIND_TAGS["end"], last, last)
    return _joined(loose, language)


def _joined(loose: View, language: Language) -> View:
    heads = language.joined
    if heads.keys().isdisjoint(loose.words):
        return loose
    view = View()
    at = 0
    while at < len(loose.words):
        word = loose.words[at]
        taken = 1
        for entry, tags in heads.get(word, ()):
            if loose.words[at : at + len(entry)] == list(entry):
                view.add("_".join(entry), tags, loose.starts[at], loose.ends[at + len(entry) - 1])
                taken = len(entry)
                break
        else:
            view.add(word, loose.tags[at], loose.starts[at], loose.ends[at])
        at += taken
    return view

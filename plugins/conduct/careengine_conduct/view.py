"""A message as one language reads it: words, their classes and their places."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from careengine_conduct.language import Language
    from careengine_conduct.tokens import Token

_KIND_TAGS = {
    kind: frozenset({kind}) for kind in ("end", "comma", "quote", "number", "mention", "url", "email", "sign")
} | {"mask": frozenset({"censored"})}
_END = _KIND_TAGS["end"]
_SMALL: frozenset[str] = frozenset()
_OPEN = frozenset({"open"})  # a word of meaning that is in no list


@dataclass(slots=True)
class View:
    """Parallel lists, one entry a word; `starts` and `ends` are offsets in the original text."""

    words: list[str] = field(default_factory=list)
    tags: list[frozenset[str]] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)


def view_of(tokens: Iterable[Token], language: Language) -> View:
    """The tokens with the language's splits, joined entries and classes; an end of sentence stands at both ends."""
    view = View(words=["."], tags=[_END], starts=[0], ends=[0])
    splits, vocabulary, hints = language.splits, language.vocabulary, language.hints
    end = 0
    for word, kind, start, end in tokens:
        parts = splits.get(word, (word,)) if kind not in _KIND_TAGS else (word,)
        for part in parts:
            tags = _KIND_TAGS.get(kind) or vocabulary.get(part)
            if tags is None:
                tags = _SMALL if part in hints else _OPEN
            view.words.append(part)
            view.tags.append(tags)
            view.starts.append(start)
            view.ends.append(end)
    view.words.append(".")
    view.tags.append(_END)
    view.starts.append(end)
    view.ends.append(end)
    return _joined(view, language)


def _joined(view: View, language: Language) -> View:
    """Entries of several words as one, the longest first; done from the back so that places stay true."""
    for at, entry, tags in reversed(_entries(view.words, language)):
        stop = at + len(entry)
        view.ends[at:stop] = [view.ends[stop - 1]]
        del view.starts[at + 1 : stop]
        view.words[at:stop] = ["_".join(entry)]
        view.tags[at:stop] = [tags]
    return view


def _entries(words: list[str], language: Language) -> list[tuple[int, tuple[str, ...], frozenset[str]]]:
    heads = language.joined
    found = []
    free = 0
    for at, word in enumerate(words):
        if at < free or word not in heads:
            continue
        for entry, tags in heads[word]:
            if tuple(words[at : at + len(entry)]) == entry:
                found.append((at, entry, tags))
                free = at + len(entry)
                break
    return found

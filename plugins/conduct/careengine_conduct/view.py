"""A message as one language reads it: words, their classes and their places."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from careengine_conduct.language import Language
    from careengine_conduct.tokens import Token

_KIND_TAGS = {
    kind: frozenset({kind}) for kind in ("end", "comma", "quote", "number", "mention", "url", "email", "sign")
} | {"mask": frozenset({"censored", "mod"})}  # it stands where words like `fucking` do
_END = _KIND_TAGS["end"]
_SMALL: frozenset[str] = frozenset()
_OPEN = frozenset({"open"})  # a word of meaning that is in no list


_HIDES = frozenset({"idiom", "accuse"})  # `a bunch of clowns` is milder than `clowns`, and an idiom is no abuse at all


class Entry(NamedTuple):
    """Several words that the lists hold as one: those from `first` to before `stop`.

    Its parts can be read by themselves, too, unless it is `closed`, as an idiom is.
    """

    first: int
    stop: int
    word: str
    tags: frozenset[str]
    closed: bool


@dataclass(slots=True)
class View:
    """Parallel lists, one item a word; `starts` and `ends` are offsets in the original text.

    `opens` has the entries of several words by their first place, `closes` by their last, `inside` the places that only
    a closed one reads.
    """

    words: list[str] = field(default_factory=list)
    tags: list[frozenset[str]] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    opens: dict[int, Entry] = field(default_factory=dict)
    closes: dict[int, Entry] = field(default_factory=dict)
    inside: set[int] = field(default_factory=set)

    def readings(self, place: int) -> Iterator[tuple[str, frozenset[str]]]:
        """The word that begins here with its classes, and before it the entry that does."""
        entry = self.opens.get(place)
        if entry is not None:
            yield entry.word, entry.tags
        if place not in self.inside:
            yield self.words[place], self.tags[place]

    def longest(self) -> Iterator[tuple[int, str, frozenset[str]]]:
        """The message word for word, an entry as one: place, word, classes."""
        place = 0
        while place < len(self.words):
            entry = self.opens.get(place)
            if entry is None:
                yield place, self.words[place], self.tags[place]
                place += 1
            else:
                yield place, entry.word, entry.tags
                place = entry.stop


def passages(view: View, least: int) -> list[View]:
    """The message by sentences, those of fewer words joined to the next one; the last stands alone."""
    cuts = [0]
    for at, tags in enumerate(view.tags):
        if "end" in tags and at - cuts[-1] > least:
            cuts.append(at)
    stops = [*(cut + 1 for cut in cuts[1:]), len(view.words)]
    found = [(first, stop) for first, stop in zip(cuts, stops, strict=True) if stop - first > 1]
    return [_slice(view, first, stop) for first, stop in found] if len(found) > 1 else [view]


def between(view: View, start: int, end: int) -> View:
    """What stands between two offsets in the text."""
    return _slice(view, bisect_left(view.starts, start), bisect_right(view.ends, end))


def _slice(view: View, first: int, stop: int) -> View:
    inside = [view.opens[at] for at in range(first, stop) if at in view.opens and view.opens[at].stop <= stop]
    moved = [one._replace(first=one.first - first, stop=one.stop - first) for one in inside]
    return View(
        words=view.words[first:stop],
        tags=view.tags[first:stop],
        starts=view.starts[first:stop],
        ends=view.ends[first:stop],
        opens={one.first: one for one in moved},
        closes={one.stop - 1: one for one in moved},
    )


def view_of(tokens: Iterable[Token], language: Language) -> View:
    """The tokens with the language's splits, entries and classes; an end of sentence stands at both ends."""
    view = View(words=["."], tags=[_END], starts=[0], ends=[0])
    splits, vocabulary, hints = language.splits, language.vocabulary, language.hints
    end = 0
    here = list(tokens)
    for at, (word, kind, start, end) in enumerate(here):
        for part in _parts(here, at, language) if word in splits and kind not in _KIND_TAGS else (word,):
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
    find_entries(view, language)
    return view


def _parts(tokens: Sequence[Token], at: int, language: Language) -> tuple[str, ...]:
    """The words that a word stands for; some are split only before certain others."""
    word = tokens[at].word
    wanted = language.splits_before.get(word)
    then = tokens[at + 1].word if at + 1 < len(tokens) else ""
    if wanted is not None and then not in wanted:
        names = language.keys.get(language.vocabulary.get(then, _SMALL), ())
        if wanted.isdisjoint(names):
            return (word,)
    return language.splits[word]


def find_entries(view: View, language: Language) -> None:
    """Note where the language's entries of several words stand, the longest at each place; they do not overlap."""
    view.opens.clear()
    view.closes.clear()
    view.inside.clear()
    heads, words = language.joined, view.words
    free = 0
    for at, word in enumerate(words):
        if at < free or word not in heads:
            continue
        for parts, tags in heads[word]:
            free = at + len(parts)
            if tuple(words[at:free]) == parts:
                _note(view, Entry(at, free, "_".join(parts), tags, not _HIDES.isdisjoint(tags)))
                break
        else:
            free = at


def _note(view: View, entry: Entry) -> None:
    view.opens[entry.first] = view.closes[entry.stop - 1] = entry
    if entry.closed:
        view.inside.update(range(entry.first, entry.stop))

"""A message as one language reads it: words, their classes and their places."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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

    def places(self, name: str) -> list[int]:
        """Where words of a class stand."""
        wanted = {tags for tags in {*self.tags} if name in tags}
        return [at for at, tags in enumerate(self.tags) if tags in wanted] if wanted else []

    def readings(self, place: int) -> Iterator[tuple[str, frozenset[str]]]:
        """The word that begins here with its classes, and before it the entry that does."""
        entry = self.opens.get(place)
        if entry is not None:
            yield entry.word, entry.tags
        if place not in self.inside:
            yield self.words[place], self.tags[place]

    def longest(self) -> Iterator[tuple[int, str, frozenset[str]]]:
        """The message word for word, an entry as one: place, word, classes."""
        free = 0
        for place, (word, tags) in enumerate(zip(self.words, self.tags, strict=True)):
            if place in self.opens:
                entry = self.opens[place]
                yield place, entry.word, entry.tags
                free = entry.stop
            elif place >= free:
                yield place, word, tags


def passages(view: View, least: int) -> list[View]:
    """The message by sentences, those of fewer words joined to the next one; the last stands alone."""
    cuts = [0]
    for at in view.places("end"):
        if at - cuts[-1] > least:
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


def view_of(tokens: Sequence[Token], language: Language) -> View:
    """The tokens with the language's splits, entries and classes; an end of sentence stands at both ends."""
    vocabulary, hints = language.vocabulary, language.hints
    read = _split(tokens, language)
    tags = [
        _KIND_TAGS.get(kind) or vocabulary.get(word) or (_SMALL if word in hints else _OPEN)
        for word, kind, _, _ in read
    ]
    last = tokens[-1].end if tokens else 0
    view = View(
        words=[".", *[one[0] for one in read], "."],
        tags=[_END, *tags, _END],
        starts=[0, *[one[2] for one in read], last],
        ends=[0, *[one[3] for one in read], last],
    )
    find_entries(view, language)
    return view


def _split(tokens: Sequence[Token], language: Language) -> Sequence[tuple[str, str, int, int]]:
    """The tokens, those that stand for several words as such."""
    some = language.splits.keys() & {token[0] for token in tokens}
    found: list[tuple[str, str, int, int]] = []
    done = 0
    for at in [at for at, token in enumerate(tokens) if token[0] in some] if some else ():
        _, kind, start, end = tokens[at]
        if kind not in _KIND_TAGS:
            found += tokens[done:at]
            found += [(part, kind, start, end) for part in _parts(tokens, at, language)]
            done = at + 1
    return [*found, *tokens[done:]] if done else tokens


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
    some = heads.keys() & {*words}
    free = 0
    for at in [at for at, word in enumerate(words[:-1]) if word in some] if some else ():
        if at < free:
            continue
        for parts, tags in heads[words[at]].get(words[at + 1], ()):
            stop = at + len(parts)
            if tuple(words[at:stop]) == parts:
                _note(view, Entry(at, stop, "_".join(parts), tags, not _HIDES.isdisjoint(tags)))
                free = stop
                break


def _note(view: View, entry: Entry) -> None:
    view.opens[entry.first] = view.closes[entry.stop - 1] = entry
    if entry.closed:
        view.inside.update(range(entry.first, entry.stop))

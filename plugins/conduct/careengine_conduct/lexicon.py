"""The compact word lists of the language data, written out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careengine_conduct.fold import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "ae", "Ö": "oe", "Ü": "ue"})

Joined = dict[str, dict[str, list[tuple[tuple[str, ...], frozenset[str]]]]]


def spelled(entry: str) -> Iterator[str]:
    """The words an entry stands for, folded: `idiot/s` is idiot, idiots; `tont-/o/a` is tonto, tonta.

    German entries also give the spelling without umlauts (`bloed`).
    """
    stem, *endings = entry.split("/")
    words = [stem + ending for ending in endings]
    if stem.endswith("-"):
        words = [stem[:-1] + ending for ending in endings]
    else:
        words.insert(0, stem)
    for word in words:
        yield plain(word)
        if (other := word.translate(_UMLAUTS)) != word:
            yield plain(other)


def classes(lists: Mapping[str, Sequence[str]], without: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    """Each word with all its classes; `without` makes a class of what is in one and not in another."""
    found: dict[str, set[str]] = {}
    for name, lines in lists.items():
        for entry in _entries(lines):
            for word in spelled(entry):
                found.setdefault(word, set()).add(name)
    for name, (one, other) in without.items():
        for names in found.values():
            if one in names and other not in names:
                names.add(name)
    return {word: frozenset(names) for word, names in found.items()}


def _entries(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield from line.split()


def compounds(written: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[str]]]:
    """Each class with the words put together for it: every `first` with every `then` (`dick` and `head/s`)."""
    for one in written:
        words = [first + then for first in one["first"].split() for then in one["then"].split()]
        yield from ((name, words) for name in one["classes"])


def joined(vocabulary: Mapping[str, frozenset[str]]) -> Joined:
    """Entries of several words (`piece_of_shit`) by their first word and their second, the longest first."""
    found: Joined = {}
    entries = ((tuple(word.split("_")), names) for word, names in vocabulary.items() if "_" in word)
    for parts, names in sorted(entries, key=lambda one: -len(one[0])):
        found.setdefault(parts[0], {}).setdefault(parts[1], []).append((parts, names))
    return found

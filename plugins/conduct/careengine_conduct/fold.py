"""Text as it is read: one plain spelling for each letter, with the way back to where it stood."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from careengine_conduct.lookalikes import latin

if TYPE_CHECKING:
    from collections.abc import Sequence

_WORD = re.compile(r"[^\W_]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MOST = 4  # letters that one is read as: some stand for whole sentences, and nobody hides a word in those
_KEPT = 20_000  # letters remembered; hostile text may name every one that Unicode has
_BLACK_SQUARES = {  # NFKC leaves these alone
    chr(first + at): chr(ord("a") + at) for first in (0x1F130, 0x1F150, 0x1F170) for at in range(26)
}
_DROPPED = {"Mn", "Me", "Cf", "Cc", "Cs", "Co", "Cn"}


class Folded(NamedTuple):
    """`text` in lower case without accents and invisible signs; `places[i]` is where its letter i came from.

    No places mean that both texts have the same letters in the same places.
    """

    text: str
    places: Sequence[int] | None = None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span in the original text of a non-empty span in the folded one."""
        if self.places is None:
            return start, end
        return self.places[start], self.places[end - 1] + 1


class _Letters(dict[str, str]):
    """What a letter is folded to, worked out once."""

    def __missing__(self, letter: str) -> str:
        found = _fold(letter)
        if len(self) < _KEPT:
            self[letter] = found
        return found


def _fold(letter: str) -> str:
    if letter in "\t\n\r":
        return letter
    if letter in "\u2028\u2029\x85":
        return "\n"
    plain = unicodedata.normalize("NFKD", _BLACK_SQUARES.get(letter, letter)).casefold()
    kept = [one for one in plain if unicodedata.category(one) not in _DROPPED]
    # The letters of `⒜` and `½` without the signs between them: so one letter is never more than one word or sign.
    read = [one for one in kept if one.isalnum()][:_MOST] or kept[:1]
    return "".join(" " if one.isspace() else one for one in read)


_LETTERS = _Letters()


def fold(text: str) -> Folded:
    """The text as it is read, in time that grows with its length; takes anything, unpaired surrogates too."""
    if text.isascii() and not _CONTROL.search(text):
        return Folded(text=text.lower())
    letters = [*map(_LETTERS.__getitem__, text)]
    folded = "".join(letters)
    if {*map(len, letters)} == {1}:
        return Folded(text=folded)
    return Folded(text=folded, places=[place for place, plain in enumerate(letters) for _ in plain])


def plain(words: str) -> str:
    """Words of the language data as those of messages are read."""
    read = fold(words).text
    return read if read.isascii() else _WORD.sub(lambda one: latin(one[0]), read)

"""Words and the signs between them, each with its place in the original text."""

from __future__ import annotations

import re
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from careengine_conduct.lookalikes import latin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from careengine_conduct.fold import Folded

# Every repetition is bounded or consumes what it saw, so that no text is read more than a few times over.
_TOKEN = re.compile(
    r"""
      (?P<url>https?://\S+|www\.\S+)
    | (?P<email>[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64})
    | (?P<spaced>(?<!\w)[^\W\d_](?:[ .\-_*~]{1,3}[^\W_]){2,80}(?![\w'\u2019]))
    | (?P<mention>(?<!\w)@\w+(?:[$!@*]\w+)*)
    | (?P<mask>(?<!\w)[*#@$%&!]{3,}(?!\w))
    | (?P<number>\d+(?:[.,:/-]\d+)*(?!\w))
    | (?P<word>(?:[$]|@[$]{1,2}|(?<![\w|])[|])?[^\W_]+(?:[*@$!#%+|]+[^\W_]+)*(?:[*$]+(?!\w))?)
    | (?P<end>[.?!\u2026\u3002!?]+|\n+)
    | (?P<comma>[,;:()\[\]/]|(?<![-\u2013\u2014])[-\u2013\u2014]+(?=\s)|[\u2013\u2014])
    | (?P<quote>["\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a]
      | (?<!\w)[\u2019\u2018'](?=\w)
      | (?<=[\w.!?,])[\u2019\u2018'](?!\w))
    | (?P<sign>[^\w\s'\u2019\u2018`\-_*~@#$%&+|<>=^\u00a1\u00bf\\])
    """,
    re.VERBOSE,
)


class Token(NamedTuple):
    """`word` as folded, `kind` (word, end, comma, quote, number, mention, url, email, mask, sign, spaced, code), place.

    A `code` is a word that `codes` has found to be one.
    """

    word: str
    kind: str
    start: int
    end: int


new_token = partial(tuple.__new__, Token)  # twice as fast as the class; a long message has thousands


def tokenise(folded: Folded) -> list[Token]:
    """The tokens in order; what they leave out (blanks, stray signs) carries no meaning for the rules."""
    return list(_tokens(folded))


def _tokens(folded: Folded) -> Iterator[Token]:
    same = folded.places is None
    for found in _TOKEN.finditer(folded.text):
        kind = found.lastgroup or "sign"
        word = found[0]
        if kind in _WORDLIKE and not word.isascii():
            word = latin(word)
        start, end = found.span()
        if not same:
            start, end = folded.original(start, end)
        yield new_token((word, kind, start, end))


def codes(text: str, tokens: Sequence[Token]) -> list[Token]:
    """The tokens, words in capitals with figures in them as codes, unless the words around them are in capitals."""
    found = list(tokens)
    for at, (word, kind, start, end) in enumerate(tokens):
        coded = kind == "word" and not word.isalpha() and sum(map(str.isdigit, word)) >= _FIGURES
        if coded and text[start:end].isupper() and not _shouted(text, tokens, at):
            found[at] = new_token((word, "code", start, end))
    return found


def _shouted(text: str, tokens: Sequence[Token], at: int) -> bool:
    """Whether the words next to this one in its sentence are in capitals."""
    near: list[Token] = []
    for beside in (tokens[max(0, at - _NEAR) : at][::-1], tokens[at + 1 : at + 1 + _NEAR]):
        near += takewhile(lambda one: one.kind != "end", beside)
    words = [text[one.start : one.end] for one in near if one.kind == "word" and one.word.isalpha()]
    return any(len(one) > 1 for one in words) and all(map(str.isupper, words))


_FIGURES = 2  # that a code has at least
_NEAR = 6  # tokens
_WORDLIKE = frozenset({"word", "spaced", "mention"})

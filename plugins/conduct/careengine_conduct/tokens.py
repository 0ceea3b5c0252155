"""Words and the signs between them, each with its place in the original text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from careengine_conduct.lookalikes import latin

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    | (?P<word>[$]?[^\W_]+(?:[*@$!#%+|]+[^\W_]+)*(?:[*$]+(?!\w))?)
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
    """`word` as folded, `kind` (word, end, comma, quote, number, mention, url, email, mask, sign, spaced), place."""

    word: str
    kind: str
    start: int
    end: int


def tokenise(folded: Folded) -> list[Token]:
    """The tokens in order; what they leave out (blanks, stray signs) carries no meaning for the rules."""
    return list(_tokens(folded))


def _tokens(folded: Folded) -> Iterator[Token]:
    same = folded.places is None
    for found in _TOKEN.finditer(folded.text):
        kind = found.lastgroup or "sign"
        start, end = found.span()
        word = found.group()
        if kind in _WORDLIKE and not word.isascii():
            word = latin(word)
        if same:
            yield Token(word, kind, start, end)
        else:
            yield Token(word, kind, *folded.original(start, end))


_WORDLIKE = frozenset({"word", "spaced", "mention"})

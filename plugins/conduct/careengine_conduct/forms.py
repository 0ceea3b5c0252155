"""Forms: short patterns over the words of a sentence, as the language data writes them.

`@you @be @mod{0,6} !@insult -@thing` reads: a word for you, a form of be, up to six modifiers, an insult (the anchor,
from which matching starts and which is the evidence), and no word for a thing after it.

| piece | matches |
|---|---|
| `word`, `two_words` | the word itself, or one after the other |
| `@class` | a word of that class |
| `a|@b` | either |
| `~3` | up to three words of any kind, not past the end of a sentence |
| `!piece` | the anchor; exactly one in a form, never repeated |
| `+piece` | evidence beside the anchor |
| `-piece` | what must not stand here; takes up no word |
| `piece?`, `piece*`, `piece{1,3}` | at most once, up to eight times, so many times |
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from careengine_conduct.lexicon import spelled

if TYPE_CHECKING:
    from collections.abc import Iterable

_PIECE = re.compile(r"(?P<mark>[!+-]?)(?P<body>[^\s?*{}!+]+?)(?P<often>\?|\*|\{\d+,\d+\})?")
_MANY = 8


class FormError(ValueError):
    """A form that cannot be read; the message says why, in words for whoever edits the language data."""


class Piece(NamedTuple):
    """A step of a form: any of `words`, `phrases` or `classes`, `least` to `most` times; `gap` takes any word."""

    words: frozenset[str] = frozenset()
    phrases: tuple[tuple[str, ...], ...] = ()
    classes: frozenset[str] = frozenset()
    least: int = 1
    most: int = 1
    gap: bool = False
    refused: bool = False
    evidence: bool = False


class Form(NamedTuple):
    """A form around its anchor: `left` is read backwards from it, `right` onwards.

    `needs` are the words and `@classes` of which the anchor's sentence must have one each, or the form cannot stand
    there; those that fewer sentences have come first. `before` and `after` are the pieces that must stand right beside
    the anchor, where they can only be one word.
    """

    anchor: Piece
    left: tuple[Piece, ...]
    right: tuple[Piece, ...]
    needs: tuple[frozenset[str], ...] = ()
    before: Piece | None = None
    after: Piece | None = None


def read_form(written: str) -> Form:
    """The form that is written. Raises FormError."""
    marked = [_piece(one) for one in written.split()]
    anchors = [at for at, (mark, _) in enumerate(marked) if mark == "!"]
    if len(anchors) != 1:
        raise FormError(f"`{written}` needs exactly one anchor, a piece that begins with `!`")
    at = anchors[0]
    pieces = [piece for _, piece in marked]
    if pieces[at].gap or (pieces[at].least, pieces[at].most) != (1, 1):
        raise FormError(f"the anchor of `{written}` must be one word, not a gap and not repeated")
    around = () if _goes_on(pieces, at) else (*pieces[:at], *pieces[at + 1 :])
    left, right = tuple(reversed(pieces[:at])), tuple(pieces[at + 1 :])
    return Form(
        anchor=pieces[at],
        left=left,
        right=right,
        needs=_needs(around),
        before=_one_word(left),
        after=None if pieces[at].phrases else _one_word(right),
    )


def _one_word(side: tuple[Piece, ...]) -> Piece | None:
    return side[0] if side and side[0].least and not side[0].refused and not side[0].phrases else None


def _needs(around: Iterable[Piece]) -> tuple[frozenset[str], ...]:
    """What the pieces need, each once; first what few sentences have, single words before classes of many."""
    return tuple(sorted({keys(one) for one in around if one.least and not one.gap and not one.refused}, key=_rareness))


def further_words(piece: Piece, first: str) -> frozenset[str]:
    """The words of which one must follow where the piece begins with this word; none where it may stand alone."""
    if first in piece.words or first[0] == "@":
        return frozenset()
    return frozenset(phrase[1] for phrase in piece.phrases if phrase[0] == first)


@cache
def _rareness(need: frozenset[str]) -> tuple[int, int, list[str]]:
    return sum(one[0] == "@" for one in need), len(need), sorted(need)


def _goes_on(pieces: list[Piece], anchor: int) -> bool:
    """Whether the form may go on past the end of a sentence, so that it needs nothing of its anchor's."""
    return any("end" in one.classes and (at == anchor or 0 < at < len(pieces) - 1) for at, one in enumerate(pieces))


@cache
def keys(piece: Piece) -> frozenset[str]:
    """The words and `@classes` that the piece can begin with."""
    return piece.words | {phrase[0] for phrase in piece.phrases} | {f"@{name}" for name in piece.classes}


@cache
def _piece(written: str) -> tuple[str, Piece]:
    found = _PIECE.fullmatch(written)
    if found is None:
        raise FormError(f"`{written}` is no piece of a form; see the table in the guide")
    mark, body, often = found["mark"], found["body"], found["often"]
    least, most = _times(often)
    if body.startswith("~"):
        if not body[1:].isdigit():
            raise FormError(f"`{written}` needs a number after `~`")
        return mark, Piece(least=0, most=int(body[1:]), gap=True)
    names = body.split("|")
    words = frozenset(word for name in names if not name.startswith("@") for word in spelled(name))
    return mark, Piece(
        words=words,
        phrases=tuple(tuple(word.split("_")) for word in sorted(words) if "_" in word),
        classes=frozenset(name[1:] for name in names if name.startswith("@")),
        least=least,
        most=most,
        refused=mark == "-",
        evidence=mark in ("!", "+"),
    )


def _times(often: str | None) -> tuple[int, int]:
    if often is None:
        return 1, 1
    if often == "?":
        return 0, 1
    if often == "*":
        return 0, _MANY
    least, most = often[1:-1].split(",")
    return int(least), int(most)

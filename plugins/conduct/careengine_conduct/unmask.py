"""Words behind stretched letters, figures for letters, masks, spacing, slips of the pen and missing blanks."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import pairwise, product
from typing import TYPE_CHECKING

from careengine_conduct.tokens import Token, new_token

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from careengine_conduct.language import Language

_LONGEST = 32  # letters; no disguised word is longer
_LONG = 12  # letters with blanks between them
_RUN = re.compile(r"(.)\1+")
_LONG_RUN = re.compile(r"(.)\1{2,}")
# `fvck`, `fcuk`: no word begins so; those with an r or l there (`grace`, `credo`) do.
_ODD = re.compile(r"^(?=[a-z]{4})[b-df-hj-np-tv-z](?:v|[b-df-hjkmnp-qs-tv-z][aeiou])[b-df-hj-np-tv-z]")
_FIGURES = {
    "0": "o", "1": "il", "2": "z", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g",
    "@": "a", "$": "s", "!": "i", "+": "t", "|": "il", "#": "h", "%": "x",
}  # fmt: skip
_MASKS = frozenset("*#@$%!+|")
_LEAST = 3
_WORDS = frozenset({"word", "mention"})
_ODDITIES = frozenset({"spaced", "code"})
_BEGINS = frozenset({"end", "quote"})  # after these a capital letter says nothing
_SHORT = 4  # letters of a word of which none may be missing
_VOWELS = "aeiou"
_JOINED, _MANY = 12, 8  # letters of what may be several words, and how many words at most


def doubtful(tokens: Sequence[Token]) -> list[int]:
    """Where the tokens stand that may hide a word, whatever the language."""
    return [
        at
        for at, (word, kind, _, _) in enumerate(tokens)
        if (len(word) <= _LONGEST and _may_hide(word) if kind in _WORDS else kind in _ODDITIES)
    ]


@lru_cache(maxsize=4096)
def _may_hide(word: str) -> bool:
    return not word.isalpha() or _RUN.search(word) is not None or _ODD.search(word) is not None


def unmask(text: str, tokens: Sequence[Token], doubts: Sequence[int], language: Language) -> list[Token]:
    """The tokens with those words uncovered that the language knows; all others stay as they were.

    `doubts` are those that may hide a word in any language; others may be misspelt, or several, in this one.
    """
    vocabulary, splits, slips = language.vocabulary, language.splits, _slips(language)
    found: list[Token] = []
    done = 0
    for at in sorted({*doubts, *_unlikely(tokens, language)}):
        token = tokens[at]
        word, kind = token.word, token.kind
        if kind in _WORDS and (word in vocabulary or word in splits):
            continue
        if word in slips and language.code != "de" and _capital(text, tokens, at):
            continue
        found += tokens[done:at]
        done = at + 1
        if kind == "code":
            found.append(new_token((word, "word", token.start, token.end)))
        elif kind == "spaced":
            found += _closed_up(token, language)
        else:
            found += _joined(_uncovered(token, language), language)
    found += tokens[done:]
    return found


def _capital(text: str, tokens: Sequence[Token], at: int) -> bool:
    """Whether a word within a sentence has a capital letter and is not all in capitals, so that it is a name."""
    written = text[tokens[at].start : tokens[at].end]
    return at > 0 and tokens[at - 1].kind not in _BEGINS and written[:1].isupper() and not written.isupper()


def _unlikely(tokens: Sequence[Token], language: Language) -> Iterator[int]:
    """Where words stand that may be misspelt or several."""
    slips = _slips(language)
    for at, (word, kind, _, _) in enumerate(tokens):
        if (word in slips or _JOINED <= len(word) <= _LONGEST) and kind in _WORDS:
            yield at


def _uncovered(token: Token, language: Language) -> Token:
    word, kind, start, end = token
    guess = _likeliest(word, language)
    if guess is not None:
        return new_token((guess, "word", start, end))
    if word[0] == "|":  # a line beside a word
        return _uncovered(new_token((word[1:], kind, start + 1, end)), language)
    return token


@lru_cache(maxsize=4096)
def _likeliest(word: str, language: Language) -> str | None:
    if not _may_hide(word):
        return _misspelt(word, language)
    return next(_guesses(word, language), None) or _misspelt(word, language)


def _misspelt(word: str, language: Language) -> str | None:
    """The word that one slip of the pen has made this of, if it is no word of its own."""
    if len(word) < _LEAST or not word.isalpha() or word in language.own or word in language.hints:
        return None
    return _slips(language).get(word)


@cache
def _slips(language: Language) -> dict[str, str]:
    """What one slip makes of words, by what it makes; the first letter stays.

    A letter is left out, written twice or swapped with the next one, or a vowel is another.
    """
    return {slip: word for word in language.misspelt for slip in _slips_of(word)}


def _slips_of(word: str) -> Iterator[str]:
    for at in range(1, len(word)):
        before, letter, rest = word[:at], word[at], word[at + 1 :]
        if len(word) > _SHORT:
            yield before + rest
        yield before + letter + letter + rest
        if rest:
            yield before + rest[0] + letter + rest[1:]
        if letter in _VOWELS:
            yield from (before + other + rest for other in _VOWELS)


def _joined(token: Token, language: Language) -> Iterator[Token]:
    """Words that are written as one, when one of them is rude and one means whoever reads it."""
    word = token.word
    long = token.kind == "word" and _JOINED <= len(word) <= _LONGEST and word.isalpha()
    cuts = _parts(word, language) if long else ()
    yield from (new_token((word[a:b], "word", *_place(token, a, b - 1))) for a, b in cuts)
    if not cuts:
        yield token


@lru_cache(maxsize=4096)
def _parts(word: str, language: Language) -> tuple[tuple[int, int], ...]:
    if word in language.vocabulary or word in language.hints:
        return ()
    cuts = _cut(word, language) or []
    found = [word[a:b] for a, b in cuts]
    rude = any(len(one) > _LEAST and one in language.disguised.get(one[0], ()) for one in found)
    meant = any(len(one) >= _LEAST and language.people.get(one) == "addressee" for one in found)
    return tuple(cuts) if rude and meant and len(found) <= _MANY else ()


def _guesses(word: str, language: Language) -> Iterator[str]:
    """Spellings that the language knows, the likeliest first."""
    known = language.vocabulary
    if _LONG_RUN.search(word):
        yield from (one for one in (_LONG_RUN.sub(r"\1", word), _LONG_RUN.sub(r"\1\1", word)) if one in known)
    if not word.isalpha():
        yield from _from_figures(word, language)
        yield from _from_mask(word, language)
    if _ODD.search(word):
        swapped = (word.replace("v", "u"), word[0] + word[2] + word[1] + word[3:])
        yield from (one for one in swapped if one in language.disguised.get(one[0], ()))
    squeezed = _RUN.sub(r"\1", word)
    if squeezed != word and squeezed in language.disguised.get(squeezed[0], ()):
        yield squeezed


def _from_figures(word: str, language: Language) -> Iterator[str]:
    if not any(letter.isalpha() for letter in word) or sum(letter in "1|" for letter in word) > _LEAST:
        return
    choices = [_FIGURES.get(letter, letter) for letter in word]
    for letters in product(*choices):
        guess = "".join(letters)
        for one in (guess, _LONG_RUN.sub(r"\1", guess)):
            if one in language.disguised.get(one[0], ()):
                yield one


def _from_mask(word: str, language: Language) -> Iterator[str]:
    if _MASKS.isdisjoint(word) or not word[0].isalpha():
        return
    for guess in language.disguised.get(word[0], ()):
        if len(guess) == len(word) and all(a == b or b in _MASKS for a, b in zip(guess, word, strict=True)):
            yield guess
    parts = [re.escape(part) for part in re.split(r"[*#@$%!+|]+", word)]
    if len("".join(parts)) < _LEAST - 1:
        return
    loose = re.compile(r"[a-z]{1,6}".join(parts))
    yield from (guess for guess in language.disguised.get(word[0], ()) if loose.fullmatch(guess))


def _closed_up(token: Token, language: Language) -> Iterator[Token]:
    """Letters with signs between them, as words when they give any worth hiding, else as they stood."""
    letters = [(at, letter) for at, letter in enumerate(token.word) if letter.isalnum()]
    gaps = [after[0] - before[0] for before, after in pairwise(letters)]
    wide = min(gaps) < max(gaps)
    breaks = {at + 1 for at, gap in enumerate(gaps) if wide and gap > min(gaps)}
    words: list[tuple[int, int]] = []
    start = 0
    for stop in [*sorted(breaks), len(letters)]:
        cut = _cut("".join(letter for _, letter in letters[start:stop]), language)
        if cut is None:
            break
        words += [(start + a, start + b) for a, b in cut]
        start = stop
    spelled = ["".join(letter for _, letter in letters[a:b]) for a, b in words]
    hidden = [one for one in spelled if one in language.disguised.get(one[:1], ())]
    if start != len(letters) or not hidden:
        if len(letters) > _LONG:  # so long and nothing hidden: what single letters it holds say nothing
            yield token._replace(kind="word")
            return
        yield from (new_token((letter, "word", *_place(token, at, at))) for at, letter in letters)
        return
    for (a, b), word in zip(words, spelled, strict=True):
        yield new_token((word, "word", *_place(token, letters[a][0], letters[b - 1][0])))


def _place(token: Token, first: int, last: int) -> tuple[int, int]:
    # Invisible letters may stand between; then the way back is only as fine as the whole token.
    if token.end - token.start != len(token.word):
        return token.start, token.end
    return token.start + first, token.start + last + 1


def _cut(letters: str, language: Language) -> list[tuple[int, int]] | None:
    """The letters cut into the fewest words of the language; None when that leaves a rest."""
    beginnings, words = _beginnings(language)
    best: list[tuple[int, int] | None] = [(0, 0), *[None] * len(letters)]  # how many words, and where the last began
    for start in range(len(letters)):
        before = best[start]
        if before is None:
            continue
        for end in range(start + 1, min(len(letters), start + _LONGEST // 2) + 1):
            piece = letters[start:end]
            if piece not in beginnings:
                break
            found = best[end]
            if piece in words and (found is None or before[0] + 1 < found[0]):
                best[end] = before[0] + 1, start
    return _way_back(best)


def _way_back(best: list[tuple[int, int] | None]) -> list[tuple[int, int]] | None:
    cuts: list[tuple[int, int]] = []
    end = len(best) - 1
    while end:
        found = best[end]
        if found is None:
            return None
        cuts.append((found[1], end))
        end = found[1]
    return cuts[::-1]


@cache
def _beginnings(language: Language) -> tuple[frozenset[str], frozenset[str]]:
    """Everything that a word of the language begins with, and the words."""
    words = frozenset(word for word in (*language.vocabulary, *language.hints) if "_" not in word)
    return frozenset(word[:end] for word in words for end in range(1, len(word) + 1)), words

"""Which languages a message is in, by its small words, and which its sentences are in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from careengine_conduct.language import Language
    from careengine_conduct.tokens import Token

_SAMPLE = 400  # words
_FEW_HITS, _FEW_WORDS = 1, 4  # too little to tell languages apart
_ENOUGH = 0.6  # of the hits of the likeliest language
_ENOUGH_OF_FEW = 0.5  # the same in a short message
_SHORT = 8  # words
_SURE_WORDS, _SURE = (
    2,
    2,
)  # that a sentence in another language has at least, and times more than in those of the message
_READ = frozenset({"word", "spaced", "mention"})


def tongues(tokens: Sequence[Token], languages: Sequence[Language], hint: str) -> list[Language]:
    """The languages to read the message in, the likeliest first: all when no small word tells, never none.

    `hint` is a language tag or empty; a language that it names is read in any case, and one that a sentence of several
    points to as well.
    """
    likely = _of_all(tokens, languages, hint)
    return [*likely, *_of_sentences(tokens, likely, languages)]


def pointed(words: Sequence[str], here: Sequence[Language], others: Iterable[Language]) -> list[Language]:
    """Which of the others the words of a sentence point to, and to none of those `here`."""
    hits = max(_hits(words, one) for one in here)
    likely = [one for one in others if _hits(words, one) > hits]
    if not likely:
        return []
    known = max(_SURE_WORDS, _SURE * max(_known(words, one) for one in here))
    return [one for one in likely if _known(words, one) >= known]


def _hits(words: Iterable[str], language: Language) -> int:
    return sum(map(language.hints.__contains__, words))


def _known(words: Iterable[str], language: Language) -> int:
    hints, vocabulary = language.hints, language.vocabulary
    return len([word for word in words if word in hints or word in vocabulary])


def _of_sentences(
    tokens: Sequence[Token], likely: Sequence[Language], languages: Sequence[Language]
) -> Iterator[Language]:
    others = [one for one in languages if one not in likely]
    sentence: list[str] = []
    first = True
    for at, token in enumerate(tokens):
        if token.kind == "word":
            sentence.append(token.word)
        if not others:
            return
        if token.kind != "end" and at + 1 < len(tokens):
            continue
        if sentence and not (first and at + 1 == len(tokens)):
            found = pointed(sentence, likely, others)
            yield from found
            others = [one for one in others if one not in found]
        first, sentence = first and not sentence, []


def _of_all(tokens: Sequence[Token], languages: Sequence[Language], hint: str) -> list[Language]:
    words = [token.word for token in tokens[:_SAMPLE] if token.kind == "word"]
    if not words and not any(token.kind in _READ for token in tokens):
        return list(languages[:1])
    hits = {one.code: _hits(words, one) for one in languages}
    hinted = hint.lower().replace("_", "-").split("-", maxsplit=1)[0]
    best = max(hits.values(), default=0)
    if best <= _FEW_HITS and len(words) <= _FEW_WORDS and not hinted:
        return sorted(languages, key=lambda one: -hits[one.code])
    if best == 0:
        return [one for one in languages if one.code == hinted] or _by_words(words, languages)
    enough = best * (_ENOUGH_OF_FEW if len(words) <= _SHORT else _ENOUGH)
    likely = [one for one in languages if hits[one.code] >= enough or one.code == hinted]
    return sorted(likely, key=lambda one: -hits[one.code])


def _by_words(words: Sequence[str], languages: Sequence[Language]) -> list[Language]:
    """The languages that know the most of the words, where no small word tells."""
    known = {one.code: sum(word in one.vocabulary for word in words) for one in languages}
    best = max(known.values(), default=0)
    return [one for one in languages if known[one.code] == best]

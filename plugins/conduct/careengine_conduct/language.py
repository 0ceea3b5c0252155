"""A language's data, read and made ready: words, rules, guards, signals."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pkgutil import get_data
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from careengine_conduct import lexicon
from careengine_conduct.fold import plain
from careengine_conduct.forms import Form, FormError, further_words, keys, read_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

T = TypeVar("T")

Option = tuple[T, Form, tuple[frozenset[str], ...]]  # a form, whose it is, and what its anchor's sentence must have

CORE = ("en", "es", "de", "fr")
FILES = ("words", "conduct", "signals")
HARD = "hard"  # the file that not every language has


class LanguageError(ValueError):
    """Language data that cannot be used; the message names the rule, and the file and the place where it is known."""


class Rule(NamedTuple):
    """What it means when one of the rule's forms is found.

    `severity` 0 is recorded and never conduct. `confidence` is before guards.
    """

    id: str
    category: str
    kind: str
    severity: int
    target: str
    confidence: float


class Guard(NamedTuple):
    """A context that lowers the confidence of findings near it: to `factor` of what it was.

    `where` is `before` or `after` within `within` words, `sentence` or `message`; `spares` are the categories and kinds
    that it leaves alone. An `absent` guard applies when its forms stand nowhere in a message of more than `within`
    words. Of a `hard` guard, hard words near a person are no evidence, either.
    """

    id: str
    where: str
    within: int
    factor: float
    spares: frozenset[str]
    absent: bool = False
    hard: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Language:
    """Everything that one language brings. Forms are found by the words and classes that their anchors can be.

    A word of `splits_before` is split only before one of these words and `@classes`. `people` are the words for
    somebody by whom they mean, `about` those for a company, a product or oneself, `titles` those before a name, `rude`
    those that people disguise, `hard` others that stand in abuse more often than elsewhere. Those of `misspelt` are
    recognised with one slip in them, if what that makes of them is in no list and not of `own`.
    """

    code: str
    vocabulary: Mapping[str, frozenset[str]]
    joined: lexicon.Joined
    splits: Mapping[str, tuple[str, ...]]
    splits_before: Mapping[str, frozenset[str]]
    hints: frozenset[str]
    disguised: Mapping[str, tuple[str, ...]]
    rules: Mapping[str, tuple[Option[Rule], ...]]
    keys: Mapping[frozenset[str], tuple[str, ...]]
    guards: tuple[Guard, ...]
    guard_forms: Mapping[str, tuple[Option[Guard], ...]]
    hard_forms: Mapping[str, tuple[Option[Guard], ...]]
    people: Mapping[str, str]
    about: Mapping[str, str]
    titles: frozenset[str]
    rude: frozenset[str]
    hard: frozenset[str]
    misspelt: tuple[str, ...]
    own: frozenset[str]


@cache
def core(code: str) -> Language:
    """One of the languages that come with the plugin."""
    data: dict[str, Any] = {}
    for name in (*FILES, HARD):
        data |= json.loads(get_data(__package__, f"languages/{code}/{name}.json") or b"")
    return build(code, data)


def build(code: str, data: Mapping[str, Any]) -> Language:
    """The language that the data describes; the schema has been kept. Raises LanguageError."""
    vocabulary = vocabulary_of(data)
    known = classes_of(vocabulary)
    guards = {_guard(one): forms(one["forms"], known, f"{code}.{one['id']}") for one in data["guards"]}
    disguised = frozenset(data["disguised"])
    return Language(
        code=code,
        vocabulary=vocabulary,
        joined=lexicon.joined(vocabulary),
        splits={plain(word): tuple(plain(parts).split()) for word, parts in data.get("splits", {}).items()},
        splits_before={plain(word): _words(those) for word, those in data.get("splits_before", {}).items()},
        hints=_words(*data["hints"]),
        disguised=_disguised(vocabulary, disguised, plain(" ".join(data["masks"])).split()),
        rules=_by_key(_rules([*data["rules"], *data["signals"]], known, code)),
        keys={names: tuple(f"@{name}" for name in sorted(names)) for names in vocabulary.values()} | _OWN_KEYS,
        guards=tuple(guards),
        guard_forms=_by_key((guard, form) for guard, forms in guards.items() for form in forms),
        hard_forms=_by_key((guard, form) for guard, forms in guards.items() if guard.hard for form in forms),
        people=_meant(data.get("people", {}), _lists(data)),
        about=_meant(data.get("about", {}), _lists(data)),
        rude=frozenset(word for word, of in vocabulary.items() if not disguised.isdisjoint(of)),
        titles=_words(*data.get("titles", ())),
        hard=_words(*data.get("hard", ())),
        misspelt=tuple(lexicon.classes({"": data.get("misspelt", ())}, {})),
        own=_words(*data.get("not_misspelt", ())),
    )


def _words(*lines: str) -> frozenset[str]:
    return frozenset(plain(" ".join(lines)).split())


def _lists(data: Mapping[str, Any]) -> dict[str, list[str]]:
    lists = {name: list(lines) for name, lines in data["words"].items()}
    for name, words in lexicon.compounds(data.get("compounds", ())):
        lists[name] += words
    return lists


def vocabulary_of(data: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """The words of the data, each with its classes."""
    return lexicon.classes(_lists(data), data.get("without", {}))


def classes_of(vocabulary: Mapping[str, frozenset[str]]) -> set[str]:
    """The classes that forms may name: those of words, and those of what is no word."""
    return {name for names in vocabulary.values() for name in names} | _OWN_CLASSES


def _meant(written: Mapping[str, list[str]], lists: Mapping[str, list[str]]) -> dict[str, str]:
    """Whom or what each word means; what is named first wins."""
    found: dict[str, str] = {}
    for meant, lines in written.items():
        for entry in " ".join(lines).split():
            for word in lexicon.classes({meant: lists[entry[1:]] if entry.startswith("@") else [entry]}, {}):
                found.setdefault(word, meant)
    return found


_OWN_CLASSES = {"end", "comma", "quote", "number", "mention", "url", "email", "sign", "censored", "open"}
_OWN_KEYS = {frozenset({name}): (f"@{name}",) for name in sorted(_OWN_CLASSES)} | {
    frozenset({"censored", "mod"}): ("@censored", "@mod")
}


def _disguised(
    vocabulary: Mapping[str, frozenset[str]], names: frozenset[str], first: list[str]
) -> dict[str, tuple[str, ...]]:
    """Words that people disguise, by first letter; those of `first` are preferred where a mask fits several."""
    words = [word for word, of in vocabulary.items() if "_" not in word and word[2:] and not names.isdisjoint(of)]
    found: dict[str, list[str]] = {}
    for word in dict.fromkeys([*(one for one in first if one in words), *words]):
        found.setdefault(word[0], []).append(word)
    return {letter: tuple(those) for letter, those in found.items()}


def _rules(written: list[dict[str, Any]], known: set[str], code: str) -> Iterator[tuple[Rule, Form]]:
    for one in written:
        rule = Rule(
            id=f"{code}.{one['id']}",
            category=one["category"],
            kind=one["kind"],
            severity=one.get("severity", 0),
            target=one.get("target", ""),
            confidence=one["confidence"],
        )
        for form in forms(one["forms"], known, rule.id):
            yield rule, form


def _guard(one: dict[str, Any]) -> Guard:
    return Guard(
        id=one["id"],
        where=one["where"],
        within=one["within"],
        factor=one["factor"],
        spares=frozenset(one.get("spares", ())),
        absent=one.get("absent", False),
        hard=one.get("hard", False),
    )


def _by_key(those: Iterable[tuple[T, Form]]) -> dict[str, tuple[Option[T], ...]]:
    """The forms by each word and class that their anchors can begin with."""
    found: dict[str, list[Option[T]]] = {}
    for owner, form in those:
        for key in sorted(keys(form.anchor)):
            further = further_words(form.anchor, key)
            found.setdefault(key, []).append((owner, form, (further, *form.needs) if further else form.needs))
    return {key: tuple(options) for key, options in found.items()}


def forms(written: list[str], known: set[str], rule: str) -> list[Form]:
    """The forms of a rule or guard. Raises LanguageError."""
    try:
        found = [read_form(one) for one in written]
    except FormError as error:
        raise LanguageError(f"rule `{rule}`: {error}") from error
    for form in found:
        for piece in (form.anchor, *form.left, *form.right):
            if unknown := piece.classes - known:
                raise LanguageError(f"rule `{rule}` names the class `{min(unknown)}`, of which there are no words")
    return found

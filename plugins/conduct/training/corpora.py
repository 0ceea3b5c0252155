"""The labelled sets in ../shared/data/conduct as rows of one shape, each split in two halves that never change."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from careengine_conduct.fold import plain
from careengine_conduct.language import CORE, core

from training.identities import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MESSAGES = Path(__file__).parent.parent / "messages"
PARTICIPANTS = Path(__file__).parent / "participants.txt"
ROOT = Path(__file__).resolve().parents[3]
SHARED = ROOT.parent / "shared" / "data" / "conduct"
HALVES = ("tune", "held-out")
_WORD = re.compile(r"[^\W\d_]+")
_SIGNS = re.compile(r"\W+")
_EVERY = 10  # of so many
_SENSELESS = 500
_LETTERS = str.maketrans("0123456789", "ghijklmnop")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A text, whether it is abuse in the sense of its set, and what else the set says; spans are agreed evidence."""

    text: str
    abusive: bool
    category: str = ""
    language: str = "en"
    spans: tuple[tuple[int, int], ...] = ()
    author: str = ""

    @property
    def half(self) -> str:
        """`tune` or `held-out`; only the first may be looked at when rules are written."""
        return HALVES[hashlib.sha256(self.text.encode("utf-8", "replace")).digest()[0] % 2]


class NoDataError(LookupError):
    """The shared data is not there."""


def bare(text: str) -> str:
    """The words of a text, small; its signs where it has no words."""
    return _SIGNS.sub(" ", text.lower()).strip() or text


def rows(name: str) -> list[Row]:
    """The rows of a set. Raises NoDataError."""
    return list(SETS[name]())


def _open(name: str) -> Iterator[str]:
    path = SHARED / name
    if not path.exists():
        raise NoDataError(f"{name} is not in `{SHARED.parent.parent.name}/data/conduct` beside the project")
    with gzip.open(path, "rt", encoding="utf-8", newline="") if name.endswith(".gz") else path.open() as lines:
        yield from lines


def _table(name: str) -> Iterator[dict[str, str]]:
    return csv.DictReader(_open(name))


def _documents(name: str) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in _open(name))


def support() -> Iterator[Row]:
    """Messages to support desks, written for this project."""
    for one in _documents("support_messages_dev.jsonl"):
        yield Row(text=one["text"], abusive=one["label"] == 1, category=one["category"], language=one["lang"])


def own() -> Iterator[Row]:
    """The plugin's own messages: `messages/<author>/<category>.<language>.txt`, a line each, `+` for abuse."""
    for path in sorted(MESSAGES.glob("*/*.txt")):
        category, language = path.stem.split(".")
        for line in path.read_text(encoding="utf-8").splitlines():
            yield Row(
                text=line[2:], abusive=line[0] == "+", category=category, language=language, author=path.parent.name
            )


def _at_participant() -> dict[str, bool]:
    lines = PARTICIPANTS.read_text(encoding="utf-8").split()
    return {line[1:]: line[0] == "+" for line in lines}


def mark(text: str) -> str:
    """What stands for a comment in the list of those that were read again."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


def participants() -> Iterator[Row]:
    """Forum comments that were read again: whether they insult, degrade or threaten another participant."""
    known = _at_participant()
    for row in civil():
        if (name := mark(row.text)) in known:
            yield Row(text=row.text, abusive=known[name], category="forum", author="participants")


def identities() -> Iterator[Row]:
    """Sentences of our own that name who somebody is, kindly or with hate."""
    return (Row(text=text, abusive=hateful, category="hate_slur") for text, hateful in sentences())


def alone() -> Iterator[Row]:
    """Words and scraps of harmless messages without a hard word, and letters without sense; so little says nothing."""
    scraps: dict[str, set[str]] = {code: set() for code in CORE}
    for row in own():
        if not row.abusive:
            words = _WORD.findall(row.text)
            scraps[row.language].update(words, _windows(words))
    for code, found in scraps.items():
        hard = core(code).hard | core(code).rude
        harmless = sorted(one for one in found if hard.isdisjoint(map(plain, one.split())))
        yield from (Row(text=one, abusive=False, language=code) for one in harmless[::_EVERY])
    for at in range(_SENSELESS):
        letters = hashlib.sha256(str(at).encode()).hexdigest().translate(_LETTERS)
        yield Row(text=letters[: 3 + at % 8], abusive=False)


def _windows(words: list[str]) -> list[str]:
    """The first and the last two and three words."""
    return [" ".join(part) for count in (2, 3) for part in (words[:count], words[-count:])]


def banking() -> Iterator[Row]:
    """Questions to a bank; none is abusive."""
    return (Row(text=one["text"], abusive=False, category=one["category"]) for one in _table("banking77_train.csv.gz"))


def convabuse() -> Iterator[Row]:
    """What people say to conversational agents; abusive when most annotators gave a score below zero."""
    for name in ("convabuse_train.csv.gz", "convabuse_valid.csv.gz"):
        for one in _table(name):
            scores = [
                int(score)
                for annotator in range(1, 9)
                for score in ("1", "0", "-1", "-2", "-3")
                if one.get(f"Annotator{annotator}_is_abuse.{score}") in ("1", "1.0")
            ]
            yield Row(text=one["user"], abusive=2 * sum(score < 0 for score in scores) > len(scores))


def civil() -> Iterator[Row]:
    """Forum comments; spans are the letters that at least half of the annotators marked as insult, attack or threat."""
    for one in _documents("civil_comments_spans.jsonl.gz"):
        votes: Counter[int] = Counter()
        for kind, start, end in one["spans"]:
            if kind in ("Insult", "Identity based Attack", "Threat"):
                votes.update(range(start, end))
        agreed = sorted(at for at, count in votes.items() if count * 2 >= min(one["annotators"], 10))
        yield Row(text=one["text"], abusive=bool(agreed), spans=tuple(_runs(agreed)))


def _runs(places: list[int]) -> Iterator[tuple[int, int]]:
    start = previous = -2
    for place in places:
        if place != previous + 1:
            if start >= 0:
                yield start, previous + 1
            start = place
        previous = place
    if start >= 0:
        yield start, previous + 1


def templates() -> Iterator[Row]:
    """Sentences that name an identity, kindly or not; the category is the template."""
    for one in _table("identity_templates_en.csv.gz"):
        yield Row(text=one["phrase"], abusive=one["toxicity"] == "toxic", category=one["template"])


def moderation() -> Iterator[Row]:
    """Texts with the labels of a moderation service; the category names those that hold."""
    for one in _documents("openai_moderation_1680.jsonl.gz"):
        labels = [name for name in ("S", "H", "V", "HR", "SH", "S3", "H2", "V2") if one.get(name) == 1]
        yield Row(text=one["prompt"], abusive=bool({"H", "HR", "V", "S"} & set(labels)), category=" ".join(labels))


def surge() -> Iterator[Row]:
    """Comments marked toxic or not, whoever they are about."""
    for one in _table("surge_toxicity_1000.csv.gz"):
        yield Row(text=one["text"], abusive=one["is_toxic"] == "Toxic")


def germeval() -> Iterator[Row]:
    """German tweets; the category is OTHER, PROFANITY, INSULT or ABUSE, whoever they are about."""
    for line in _open("germeval2018_training_de.txt.gz"):
        text, coarse, fine = line.rstrip("\r\n").split("\t")
        yield Row(text=text, abusive=coarse == "OFFENSE", category=fine, language="de")


def hatemoji() -> Iterator[Row]:
    """Hate and its opposite with emoji."""
    for one in _table("hatemoji_build_train.csv.gz"):
        yield Row(text=one["text"], abusive=one["label_gold"] == "1", category=one["type"])


def edos() -> Iterator[Row]:
    """Posts that are sexist or not."""
    for one in _table("edos_train.csv.gz"):
        yield Row(text=one["text"], abusive=one["label_sexist"] == "sexist", category=one["label_category"])


SETS: dict[str, Callable[[], Iterator[Row]]] = {
    "support": support,
    "own": own,
    "banking77": banking,
    "convabuse": convabuse,
    "civil": civil,
    "participants": participants,
    "identities": identities,
    "alone": alone,
    "templates": templates,
    "moderation": moderation,
    "surge": surge,
    "germeval": germeval,
    "hatemoji": hatemoji,
    "edos": edos,
}

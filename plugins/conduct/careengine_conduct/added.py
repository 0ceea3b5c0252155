"""A language that somebody adds: held against the schema when it is read, every fault at its place."""

from __future__ import annotations

import json
import re
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from jsonschema import Draft202012Validator

from careengine_conduct.language import FILES, HARD, Language, LanguageError, build, classes_of, forms, vocabulary_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jsonschema.exceptions import ValidationError

_SCHEMA = Path(__file__).parent / "language.schema.json"
_CODE = re.compile("[a-z]{2,3}")
_MOST = 20  # faults told at once
_FEW = 12  # choices that are named
_LONG = 60  # letters of a value that are shown
_WITH_FORMS = ("rules", "guards", "signals")
_HOME = {
    "people": "conduct",
    "about": "conduct",
    "titles": "conduct",
    "rules": "conduct",
    "guards": "conduct",
    "signals": "signals",
    "hard": HARD,
}
_TAKEN = frozenset({"quoted", "quoted_history"})  # guards that every language has

Place = tuple[str | int, ...]


def read_language(code: str, folder: Path) -> Language:
    """The language whose data lies in the folder. Raises LanguageError, which tells of each fault on a line."""
    if not _CODE.fullmatch(code):
        raise LanguageError(
            f"{folder}: the folder of a language is named after it; call it `it` or `pt`, not {_shown(code)}"
        )
    data: dict[str, Any] = {}
    home = dict(_HOME)
    faults = []
    for name in (*FILES, HARD) if (folder / f"{HARD}.json").exists() else FILES:
        try:
            part = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"), parse_constant=_refused)
            data |= part
            home |= dict.fromkeys(part, name)
        except (OSError, ValueError, TypeError, RecursionError) as error:
            faults.append(f"{folder / name}.json: cannot be read: {_why(error)}")
    if not faults:
        found = [*_misfits(data)] or [*_misnamed(code, data)]
        faults = [
            f"{folder / home.get(str(place[0]), FILES[0])}.json: {_pointer(place)}: {why}" for place, why in found
        ]
    if faults:
        more = [f"and {len(faults) - _MOST} more"] if len(faults) > _MOST else []
        raise LanguageError("\n".join([*faults[:_MOST], *more]))
    return build(code, data)


def counts(language: Language) -> dict[str, int]:
    """How much of everything a language has."""
    found = {(rule, form) for those in language.rules.values() for rule, form, _ in those}
    guards = {(guard, form) for those in language.guard_forms.values() for guard, form, _ in those}
    owners = {rule.id: rule.category for rule, _ in found}
    signals = sum(category == "signal" for category in owners.values())
    return {
        "words": len(language.vocabulary),
        "rules": len(owners) - signals,
        "forms": len(found) + len(guards),
        "guards": len(language.guards),
        "signals": signals,
    }


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"`{constant}` is no number of JSON")


def _why(error: Exception) -> str:
    if isinstance(error, OSError):
        return (error.strerror or "it is no file").lower()
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.lower()} at line {error.lineno}, column {error.colno}"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8; save it as UTF-8"
    return str(error) if isinstance(error, ValueError) else "it must be one object in braces"


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(_SCHEMA.read_text(encoding="utf-8")))


def _misfits(data: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Where the data does not fit the schema, why, and what to do."""
    for error in _validator().iter_errors(data):
        yield from _told(error)


def _told(error: ValidationError) -> Iterator[tuple[Place, str]]:
    schema: Any = error.schema
    wrong: Any = error.instance
    limit: Any = error.validator_value
    place = tuple(error.absolute_path)
    meant = schema.get("description", "").rstrip(".")
    hint = f"; {meant[:1].lower()}{meant[1:]}" if meant else ""
    if error.validator == "additionalProperties":
        known = schema["properties"]
        yield from (
            ((*place, key), f"there is no such key; {_choices(key, known)}") for key in wrong if key not in known
        )
    elif error.validator == "required":
        key = error.message.split("'")[1]
        yield (*place, key), "it is missing; write it as the languages that come along do"
    elif error.validator == "enum":
        yield place, f"{_shown(wrong)} is none of them; {_choices(str(wrong), limit)}"
    elif error.validator == "type":
        yield place, f"{_shown(wrong)} is no {limit}{hint}"
    else:
        yield place, f"{_shown(wrong)} does not fit: {error.validator} {_shown(limit)}{hint}"


def _misnamed(code: str, data: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Names that stand for nothing, or twice, in data that fits the schema, and forms that cannot be read."""
    named: list[tuple[Place, str]] = [
        (("without", made), name) for made, names in data.get("without", {}).items() for name in names
    ]
    for at, one in enumerate(data.get("compounds", ())):
        named += [(("compounds", at, "classes"), name) for name in one["classes"]]
    for section in ("people", "about"):
        for meant, lines in data.get(section, {}).items():
            named += [((section, meant), word[1:]) for word in " ".join(lines).split() if word.startswith("@")]
    if missing := [(place, name) for place, name in named if name not in data["words"]]:
        yield from ((place, f"there are no words `{name}`; {_choices(name, data['words'])}") for place, name in missing)
        return
    known, ids = classes_of(vocabulary_of(data)), set(_TAKEN)
    for section in _WITH_FORMS:
        for at, one in enumerate(data[section]):
            if one["id"] in ids:
                yield (section, at, "id"), f"`{one['id']}` is taken; give each an id of its own"
            ids.add(one["id"])
            for number, form in enumerate(one["forms"]):
                try:
                    forms([form], known, f"{code}.{one['id']}")
                except LanguageError as error:
                    yield (section, at, "forms", number), str(error)


def _choices(word: str, known: Iterable[str]) -> str:
    choices = sorted(known)
    near = get_close_matches(word, choices, n=1)
    if near or len(choices) > _FEW:
        return f"did you mean `{near[0]}`?" if near else "see `language.schema.json`"
    return f"choose one of {', '.join(f'`{one}`' for one in choices)}"


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return f"`{text[:_LONG]}{'…' if text[_LONG:] else ''}`"


def _pointer(place: Place) -> str:
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in place) or "/"

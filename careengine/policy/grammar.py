"""Checks a document against its JSON Schema, and reports each mistake once, in plain words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema
import jsonschema_rs

from careengine import resources
from careengine.model.pointer import join
from careengine.policy.grammar_words import Objection, pointer_of, say
from careengine.policy.suggest import close_to, did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from careengine.policy.findings import Findings

# One mistake may break several keywords; the one that comes first here tells it best.
_FIRST = ("type", "enum", "pattern")


@dataclass(frozen=True, slots=True)
class Grammar:
    """A compiled schema: a quick yes for good documents, and the details for the others."""

    quick: Any
    exact: Any

    def check(self, findings: Findings) -> None:
        """Report every place where the document does not fit the schema."""
        value = findings.document.value
        if self.quick.is_valid(value):
            return
        errors = sorted(map(_objection, self.exact.iter_errors(value)), key=_order)
        if not errors:  # the two disagree about `$` before a line break at the end, and the stricter one is right
            _line_breaks(self.quick.iter_errors(value), findings)
        for error in errors:
            if error.keyword == "additionalProperties":
                _unknown_keys(error, findings)
        for error in errors:
            if error.keyword == "required":
                _missing_keys(error, findings)
            elif error.keyword == "uniqueItems":
                _repeated(error, findings)
            elif error.keyword != "additionalProperties":
                _value(error, findings)


def _unique(_: Any, unique: bool, value: Any, __: Any) -> Iterator[jsonschema.ValidationError]:  # noqa: FBT001
    """Refuse lists that hold something twice, in linear time: jsonschema's own check compares each with each."""
    if unique and isinstance(value, list) and len({_hashable(item) for item in value}) < len(value):
        yield jsonschema.ValidationError("something stands there twice")


def _hashable(value: Any) -> Any:
    """What two JSON values have in common exactly if they are the same; to JSON `true` is not 1, but 1 is 1.0."""
    if isinstance(value, list):
        return tuple(map(_hashable, value))
    if isinstance(value, dict):
        return frozenset((key, _hashable(part)) for key, part in value.items())
    return isinstance(value, bool), value


_Exact: Any = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"uniqueItems": _unique})  # type: ignore[no-untyped-call]


@cache
def grammar(name: str) -> Grammar:
    """The compiled form of a shipped schema, made once."""
    schema = resources.schema(name)
    return Grammar(jsonschema_rs.Draft202012Validator(schema), _Exact(schema))


def _objection(error: jsonschema.ValidationError) -> Objection:
    schema: Any = error.schema
    return Objection(
        path=tuple(error.absolute_path),
        keyword=str(error.validator),
        limit=error.validator_value,
        value=error.instance,
        schema=schema,
        message=error.message,
    )


def _order(error: Objection) -> tuple[list[tuple[int, str]], int]:
    place = [(part, "") if isinstance(part, int) else (-1, part) for part in error.path]
    return place, _FIRST.index(error.keyword) if error.keyword in _FIRST else len(_FIRST)


def _unknown_keys(error: Objection, findings: Findings) -> None:
    above, known = error.pointer, error.schema["properties"]
    unknown = [key for key in error.value if key not in known]
    free = [name for name in known if name not in error.value]
    operators = _wanted_operators(error.value, known)
    for key in unknown:
        pointer = join(above, key)
        is_operator = bool(operators) and (len(unknown) == 1 or bool(close_to(key, operators)))
        choices = operators if is_operator else free
        findings.meant.add(join(above, close_to(key, choices)))
        if not findings.touched(pointer):
            code, what = ("CE210", "operator") if is_operator else ("CE201", "key")
            hint = did_you_mean(key, choices)
            findings.add(code, pointer, f"unknown {what} {shown(key)}", hint, at_key=True)


def _wanted_operators(instance: Mapping[str, Any], known: Mapping[str, Any]) -> Sequence[str]:
    """All operators, when this is a test that has none yet."""
    operators = [name for name, schema in known.items() if "x-operator" in schema]
    has_subject = any("x-subject" in known[key] for key in instance if key in known)
    return operators if has_subject and not any(name in instance for name in operators) else ()


def _missing_keys(error: Objection, findings: Findings) -> None:
    # The schema tells of each missing key in an error of its own; the first of them reports all.
    above = error.pointer
    for key in error.limit:
        pointer = join(above, key)
        known = pointer in findings.meant or findings.touched(pointer) or findings.lost_keys(above)
        if key not in error.value and not known:
            where = _where(error.schema, above, error.value)
            findings.add("CE202", pointer, f"{where} needs `{key}`")


def _where(schema: Mapping[str, Any], pointer: str, instance: Mapping[str, Any]) -> str:
    if pointer:
        last = pointer.rpartition("/")[2]
        return f"`{last}`" if not last.isdigit() else f"this {schema.get('title', 'entry').lower()}"
    if "title" in schema:
        return f"a {schema['title'].lower()}"
    return f"a policy of the kind `{instance['kind']}`"  # the one schema that speaks of a part is a kind's


def _value(error: Objection, findings: Findings) -> None:
    pointer = error.pointer
    if findings.touched(pointer) or (error.keyword == "minProperties" and not findings.clean(pointer)):
        return
    code, message, suggestion = say(error, findings.document)
    findings.add(code, pointer, message, suggestion)


def _repeated(error: Objection, findings: Findings) -> None:
    """Each value that a list holds more than once, at its second place."""
    places: dict[Any, list[int]] = {}
    for index, item in enumerate(error.value):
        # To JSON `true` is not 1, but 1 is 1.0; lists and groups stand nowhere where each item must be another.
        if not isinstance(item, (list, dict)):
            places.setdefault((isinstance(item, bool), item), []).append(index)
    for (_, item), indexes in places.items():
        if len(indexes) > 1:
            _value(replace(error, path=(*error.path, indexes[1]), value=item), findings)


def _line_breaks(errors: Iterable[Any], findings: Findings) -> None:
    for error in errors:
        pointer = pointer_of(error.instance_path)
        if not findings.touched(pointer):
            findings.add("CE205", pointer, f"{shown(error.instance)} ends with a line break", "write it on one line")

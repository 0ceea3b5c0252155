"""The field catalogue: what a policy may test, read from `interaction.schema.json`, and JSON made flat by it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from careengine.errors import PayloadError, PayloadProblem
from careengine.model.value import Money, parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from careengine.model.value import Value

SIGNALS = "signals"
# What a value of a type must be like, for whoever sent another.
EXPECTED = {
    "instant": "an instant with its offset from UTC, such as `2026-03-02T09:30:00Z`",
    "money": "money, such as `25.00 GBP`",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field a policy may test.

    `type` is one of text, category, number, integer, boolean, instant, money, tags, signal; `phrase` names it in
    plain English; `allowed` lists a category's values and `phrases` says them, `minimum` and `maximum` bound a number;
    `pii` marks personal data and `words` what somebody wrote; `examples` are values as JSON has them, without lists.
    """

    path: str
    type: str
    title: str
    description: str = ""
    phrase: str
    unit: str = ""
    allowed: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    pii: bool = False
    words: bool = False
    examples: tuple[str | int | float, ...] = ()

    def __hash__(self) -> int:
        return hash(self.path)  # what tells fields apart; tests are looked up by theirs for every event


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All fields by path."""

    fields: Mapping[str, Field]

    @classmethod
    def from_schema(cls, schema: Mapping[str, Any]) -> Catalogue:
        """Read the catalogue from the interaction schema (a site's fragment already merged into `custom`)."""
        return cls({field.path: field for field in _leaves(schema, "")})

    def get(self, path: str) -> Field | None:
        """The field at a path. A signal needs no entry: `signals.<plugin>.<name>` is a field of type signal."""
        known = self.fields.get(path)
        if known is None and path.startswith(f"{SIGNALS}.") and path.count(".") == 2:  # noqa: PLR2004  three parts
            return Field(path=path, type="signal", title=path, phrase=f"the signal `{path[len(SIGNALS) + 1 :]}`")
        return known

    def flatten(self, document: Mapping[str, Any]) -> dict[str, Value]:
        """Make a validated interaction flat and typed: `{"failure.days_late": 4, …}`.

        null means missing. Raises PayloadError naming the pointer of each value that a schema cannot refuse
        (an impossible date, a number that is not finite).
        """
        flat: dict[str, Value] = {}
        problems: list[PayloadProblem] = []
        self._flatten(document, "", flat, problems)
        if problems:
            raise PayloadError(problems)
        return flat

    def _flatten(
        self, node: Mapping[str, Any], prefix: str, flat: dict[str, Value], problems: list[PayloadProblem]
    ) -> None:
        for key, raw in node.items():
            path = f"{prefix}.{key}" if prefix else key
            if raw is None:
                continue
            if isinstance(raw, dict):
                self._flatten(raw, path, flat, problems)
            elif field := self.fields.get(path) or self.get(path):
                try:
                    flat[path] = typed(field, raw)
                except ValueError:  # it quotes the value
                    message = f"expected {EXPECTED.get(field.type, 'a number that is finite')}"
                    problems.append(PayloadProblem(pointer="/" + path.replace(".", "/"), message=message))


def typed(field: Field | None, raw: Any) -> Value:
    """A JSON value as the field's type has it. Raises ValueError."""
    if field is None:
        return raw  # type: ignore[no-any-return]  # the field left the catalogue; nothing tests it any more
    if field.type == "instant":
        return parse_instant(raw)
    if field.type == "money":
        return Money.parse(raw)
    if field.type == "tags":
        return tuple(raw)
    if isinstance(raw, float) and not isfinite(raw):
        raise ValueError("the number must be finite")
    if field.type == "integer" and isinstance(raw, float) and raw.is_integer():
        return int(raw)  # 2.0 is a whole number to JSON Schema
    return raw  # type: ignore[no-any-return]  # the schema has seen it: a string, number or boolean


def _leaves(node: Mapping[str, Any], prefix: str) -> Iterator[Field]:
    for key, leaf in node.get("properties", {}).items():
        path = f"{prefix}.{key}" if prefix else key
        if "x-type" in leaf:
            yield Field(
                path=path,
                type=leaf["x-type"],
                title=leaf["title"],
                description=leaf.get("description", ""),
                phrase=leaf["x-phrase"],
                unit=leaf.get("x-unit", ""),
                allowed=tuple(leaf.get("enum", ())),
                phrases=tuple(leaf.get("x-phrases", {}).values()),
                minimum=leaf.get("minimum"),
                maximum=leaf.get("maximum"),
                pii=leaf.get("x-pii", False),
                words=leaf.get("x-text", False),
                examples=tuple(value for value in leaf.get("examples", ()) if not isinstance(value, list)),
            )
        else:
            yield from _leaves(leaf, path)

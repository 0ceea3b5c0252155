"""Hides personal data in interactions, by the JSON pointers of the fields that the schema marks with `x-pii`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from careengine.model.catalogue import Catalogue

MASK = "***"
_SHORTEST = 3  # a shorter value stands in too many harmless words


@dataclass(frozen=True, slots=True)
class Masking:
    """The pointers of personal data, such as `/customer/name`."""

    pointers: frozenset[str]

    @classmethod
    def of(cls, catalogue: Catalogue) -> Masking:
        """Those of the catalogue's fields that are marked as personal or hold people's words."""
        personal = (field.path for field in catalogue.fields.values() if field.pii or field.words)
        return cls(frozenset("/" + path.replace(".", "/") for path in personal))

    def document(self, document: Mapping[str, Any], above: str = "") -> dict[str, Any]:
        """The same JSON object with a mask in place of personal values."""
        return {key: self._value(_below(above, key), value) for key, value in document.items()}

    def _value(self, pointer: str, value: Any) -> Any:
        if pointer in self.pointers and value is not None:
            return MASK
        return self.document(value, pointer) if isinstance(value, dict) else value

    def values(self, document: Mapping[str, Any], above: str = "") -> Iterator[str]:
        """The personal values in a document, to find them again in what was made of it."""
        for key, value in document.items():
            pointer = _below(above, key)
            if isinstance(value, dict):
                yield from self.values(value, pointer)
            elif pointer in self.pointers:
                items = value if isinstance(value, list) else [value]
                yield from map(str, items)


def _below(above: str, key: str) -> str:
    """The pointer of a member; a flat name such as `customer.name` stands for the way down."""
    return f"{above}/{str(key).replace('.', '/')}"


def without(node: Any, values: frozenset[str]) -> Any:
    """The JSON value with a mask wherever one of these values stands, alone or inside a text; in names, too."""
    if isinstance(node, dict):
        return {without(key, values): without(value, values) for key, value in node.items()}
    if isinstance(node, list):
        return [without(item, values) for item in node]
    if not isinstance(node, str):
        return node
    if node in values:
        return MASK
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= _SHORTEST:
            node = node.replace(value, MASK)
    return node

"""One interaction, read: its flat typed fields and the few names that the pipeline steers by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from careengine.model.catalogue import Catalogue
    from careengine.model.value import Value

_LEAVES = frozenset({str, int, float, bool})


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """A valid event. `document` is its JSON (nulls dropped), `fields` the same flat and typed."""

    id: str
    source: str
    type: str
    occurred_at: datetime
    fields: Mapping[str, Value]
    document: Mapping[str, Any]

    @classmethod
    def read(cls, document: Mapping[str, Any], catalogue: Catalogue) -> Interaction:
        """Build from JSON that the schema has accepted. Raises PayloadError."""
        fields = catalogue.flatten(document)
        return cls(
            id=document["id"],
            source=document["source"],
            type=document["type"],
            occurred_at=fields["occurred_at"],  # type: ignore[arg-type]  # the catalogue types it as an instant
            fields=fields,
            document=document,
        )

    @property
    def customer(self) -> str | None:
        """The customer's id, if the event names one."""
        value = self.fields.get("customer.id")
        return value if isinstance(value, str) else None


def without_nulls(value: Any) -> Any:
    """JSON with null members dropped: many CRMs send null for what they do not know, and missing means unknown."""
    if isinstance(value, dict):
        return {
            key: item if type(item) in _LEAVES else without_nulls(item)
            for key, item in value.items()
            if item is not None
        }
    if isinstance(value, list):
        return [item if type(item) in _LEAVES else without_nulls(item) for item in value]
    return value

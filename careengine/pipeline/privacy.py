"""What is kept of people's words, and what is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from careengine.model.catalogue import Catalogue
    from careengine.model.facts import Facts

EVIDENCE = "incident.evidence"
KEEP_EVIDENCE, KEEP_NONE, KEEP_ALL = "evidence", "none", "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """Decides on fields of words by their path. `hidden` is never kept, `shown` is kept as `redact` gives it.

    `redact` takes the field and a text and gives the text to keep, or None to keep it as it is.
    """

    hidden: frozenset[str]
    shown: frozenset[str]
    redact: Callable[[str, str], str | None]

    @classmethod
    def of(cls, catalogue: Catalogue, keep_text: str, redact: Callable[[str, str], str | None]) -> Privacy:
        """From the setting `privacy.keep_text`: evidence, none or all."""
        words = frozenset(field.path for field in catalogue.fields.values() if field.words) | {EVIDENCE}
        shown = {KEEP_ALL: words, KEEP_EVIDENCE: frozenset({EVIDENCE}), KEEP_NONE: frozenset[str]()}[keep_text]
        return cls(hidden=words - shown, shown=shown, redact=redact)

    def document(self, document: Mapping[str, Any], path: str = "") -> dict[str, Any]:
        """An event's JSON as it may be kept."""
        kept = {}
        for key, value in document.items():
            below = f"{path}.{key}" if path else key
            if isinstance(value, dict):
                kept[key] = self.document(value, below)
            elif below not in self.hidden:
                kept[key] = self._shown(below, value) if below in self.shown else value
        return kept

    def snapshot(self, facts: Facts) -> dict[str, Any]:
        """The facts' snapshot as it may be kept."""
        taken = facts.snapshot(drop=self.hidden)
        fields = taken["fields"]
        shown = {path: self._shown(path, fields[path]) for path in self.shown if path in fields}
        return {**taken, "fields": {**fields, **shown}}

    def _shown(self, path: str, value: Any) -> Any:
        if isinstance(value, list):
            return [self._shown(path, item) for item in value]
        if not isinstance(value, str):
            return value
        redacted = self.redact(path, value)
        return value if redacted is None else redacted

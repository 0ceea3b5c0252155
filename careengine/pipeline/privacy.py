"""What is kept of people's words, and what is not."""

from __future__ import annotations

from dataclasses import dataclass, field
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

    `redact` takes the field and a text and gives the text to keep, or None when it must not be kept.
    """

    hidden: frozenset[str]
    shown: frozenset[str]
    redact: Callable[[str, str], str | None]
    _above: frozenset[str] = field(init=False, repr=False)  # the objects with words somewhere in them, by their path

    def __post_init__(self) -> None:
        parts = [path.split(".") for path in self.hidden | self.shown]
        above = frozenset(".".join(names[:number]) for names in parts for number in range(1, len(names)))
        object.__setattr__(self, "_above", above)

    @classmethod
    def of(cls, catalogue: Catalogue, keep_text: str, redact: Callable[[str, str], str | None]) -> Privacy:
        """From the setting `privacy.keep_text`: none, evidence or all."""
        words = frozenset(field.path for field in catalogue.fields.values() if field.words)
        shown = {KEEP_ALL: words, KEEP_EVIDENCE: frozenset({EVIDENCE}), KEEP_NONE: frozenset[str]()}[keep_text]
        return cls(hidden=words - shown, shown=shown, redact=redact)

    def document(self, document: Mapping[str, Any], path: str = "") -> dict[str, Any]:
        """An event's JSON (without nulls) as it may be kept."""
        kept = {}
        for key, value in document.items():
            below = f"{path}.{key}" if path else key
            if isinstance(value, dict):
                kept[key] = self.document(value, below) if below in self._above else value
            elif (may_be_kept := self._kept(below, value)) is not None:
                kept[key] = may_be_kept
        return kept

    def snapshot(self, facts: Facts) -> dict[str, Any]:
        """The facts' snapshot as it may be kept."""
        taken = facts.snapshot(drop=self.hidden)
        fields: dict[str, Any] = taken["fields"]
        for path in self.shown.intersection(fields):
            fields[path] = self._kept(path, fields[path])
            if fields[path] is None:
                del fields[path]
        return taken

    def _kept(self, path: str, value: Any) -> Any:
        if path in self.hidden:
            return None
        if path not in self.shown:
            return value
        if isinstance(value, list):
            return [text for item in value if (text := self.redact(path, item)) is not None]
        return self.redact(path, value) if isinstance(value, str) else value

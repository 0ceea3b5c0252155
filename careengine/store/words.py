"""Text from elsewhere, as every database can keep it."""

from __future__ import annotations

REASON_SIZE = 500  # characters


def brief(text: str) -> str:
    """Its beginning, without what is no text to a database: NUL, and halves of characters."""
    return text[:REASON_SIZE].encode("utf-8", "replace").decode().replace("\0", "?")

"""JSON pointers (RFC 6901): where a value stands in a document."""

from __future__ import annotations


def split(pointer: str) -> list[str]:
    """The parts of a JSON pointer."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def join(pointer: str, part: object) -> str:
    """The pointer of a part."""
    return f"{pointer}/{str(part).replace('~', '~0').replace('/', '~1')}"

"""Takes out of a webhook request what proved the sender: it was checked, and must not lie in the database."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECRET = re.compile(r"auth|cookie|key|pass|secret|sig|token", re.IGNORECASE)


def without_secret_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers whose names do not sound like a secret."""
    return {name: value for name, value in headers.items() if not _SECRET.search(name)}


def without_secret_query(url: str) -> str:
    """The address without user, password and the query members whose names sound like a secret."""
    parts = urlsplit(url)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _SECRET.search(name)]
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query=urlencode(kept), fragment="").geturl()

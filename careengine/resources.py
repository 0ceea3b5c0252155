"""Finds the schemas and starter rules that ship with careengine, installed or in a checkout."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).parent
# Installed, the two folders travel inside the package; in a checkout (and an editable install) they stand beside it.
_ROOT = _PACKAGE / "_bundled" if (_PACKAGE / "_bundled").is_dir() else _PACKAGE.parent


def rules_folder() -> Path:
    """The folder of the starter rules."""
    return _ROOT / "rules"


def schema_path(name: str) -> Path:
    """The file of a schema by its short name, such as `policy`."""
    return _ROOT / "schemas" / f"{name}.schema.json"


@cache
def schema(name: str) -> dict[str, Any]:
    """A shipped schema, parsed. Callers must not change it."""
    return json.loads(schema_path(name).read_text(encoding="utf-8"))  # type: ignore[no-any-return]

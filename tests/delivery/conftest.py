"""A store on a real file."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from careengine.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(f"sqlite:///{tmp_path / 'care.db'}")) as opened:
        yield opened

"""A place to install plugins into, for tests of the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.host.distributions import Site, only_here

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with only_here(tmp_path, monkeypatch) as place:
        yield place

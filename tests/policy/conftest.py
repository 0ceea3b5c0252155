from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from careengine.policy.fields import site_catalogue
from tests.policy.bench import Bench

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, site_catalogue(None).catalogue)

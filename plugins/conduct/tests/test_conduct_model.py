"""The heads are small, made again byte for byte, and only ever lift or order."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import careengine_conduct
import pytest
from careengine_conduct.heads import FEW, SIZE, calibrated, heads
from careengine_conduct.reading import CONDUCT
from hypothesis import given
from hypothesis import strategies as st

HERE = Path(careengine_conduct.__file__).parent
PLUGIN = Path(__file__).parent.parent
SHARED = PLUGIN.parents[2] / "shared" / "data" / "conduct"


def test_the_heads_are_small() -> None:
    assert (HERE / "model" / "heads.bin").stat().st_size == SIZE + FEW * len(CONDUCT) < 1_500_000


def test_the_whole_plugin_is_small() -> None:
    assert sum(path.stat().st_size for path in HERE.rglob("*") if path.suffix in (".py", ".json", ".bin")) < 2_000_000


@given(raw=st.floats(0, 1), more=st.floats(0, 1))
def test_the_calibration_keeps_the_order(raw: float, more: float) -> None:
    low, high = sorted((raw, more))
    knots = heads().knots
    assert 0 <= calibrated(low, knots) <= calibrated(high, knots) <= 1


def test_reading_needs_the_standard_library_only() -> None:
    code = (
        "import sys; import careengine_conduct; careengine_conduct.read('You are an idiot'); "
        "print(sorted({name.split('.')[0] for name in sys.modules} - set(sys.stdlib_module_names) - {'__main__'}))"
    )
    found = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert [name for name in eval(found) if not name.startswith(("_", "careengine_conduct", "sitecustomize"))] == []  # noqa: S307


@pytest.mark.shared_data
@pytest.mark.skipif(not SHARED.exists(), reason="the labelled sets are not beside the project")
def test_training_gives_the_same_bytes(tmp_path: Path) -> None:
    subprocess.check_call([sys.executable, "-m", "training.train", str(tmp_path)], cwd=PLUGIN)
    for name in ("heads.bin", "heads.json"):
        assert (tmp_path / name).read_bytes() == (HERE / "model" / name).read_bytes()

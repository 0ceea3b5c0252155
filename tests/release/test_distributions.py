"""Builds the wheel and the sdist, installs each in a clean environment, and makes a decision there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))
LATE = {
    "id": "e-1",
    "source": "shop",
    "type": "interaction.received",
    "occurred_at": "2026-03-02T09:30:00Z",
    "channel": "email",
    "direction": "inbound",
    "customer": {"id": "C-1", "tier": "gold"},
    "case": {"id": "T-1"},
    "issue": {"id": "order-1"},
    "failure": {"type": "late_delivery", "severity": 2, "fault": "company", "days_late": 4},
}

pytestmark = pytest.mark.release


def _run(*command: str | Path, **more: object) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **more)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return str(done.stdout)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist of careengine, and the wheels of its plugins."""
    out = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, ROOT)
    for plugin in PLUGINS:
        _run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", out, plugin)
    return out


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that has what the lock names and nothing of this checkout."""
    home = tmp_path_factory.mktemp("clean")
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    _run(python, "-m", "pip", "install", "-q", "--require-hashes", "-r", ROOT / ".ci" / "lock" / "runtime.txt")
    return python


def _only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def test_the_wheel_carries_rules_schemas_migrations_and_types(built: Path) -> None:
    names = set(zipfile.ZipFile(_only(built, "careengine-*.whl")).namelist())
    shipped = {f"careengine/_bundled/{p.relative_to(ROOT)}" for p in (ROOT / "schemas").glob("*.json")}
    shipped |= {f"careengine/_bundled/{p.relative_to(ROOT)}" for p in (ROOT / "rules").rglob("*.yaml")}
    shipped |= {str(p.relative_to(ROOT)) for p in (ROOT / "careengine").rglob("*.py")}
    shipped |= {str(p.relative_to(ROOT)) for p in (ROOT / "careengine" / "deploy").iterdir()}
    assert shipped | {"careengine/py.typed", "careengine/OPERATIONS.md"} <= names
    assert not [name for name in names if name.startswith(("tests/", "plugins/"))]


def test_the_sdist_carries_what_builds_and_tests_it(built: Path) -> None:
    with tarfile.open(_only(built, "careengine-*.tar.gz")) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "Makefile", "README.md", "LICENSE", ".ci/lock/runtime.txt"} <= names
    assert "plugins/demo/pyproject.toml" in names


@pytest.mark.parametrize("way", ["wheel", "sdist", "editable", "git address"])
def test_an_installed_careengine_decides(built: Path, clean: Path, way: str, tmp_path: Path) -> None:
    if way == "git address" and not (ROOT / ".git").exists():
        pytest.skip("this copy is not a git checkout")
    what = {
        "wheel": [str(_only(built, "careengine-*.whl"))],
        "sdist": [str(_only(built, "careengine-*.tar.gz"))],
        "editable": ["--editable", str(ROOT)],
        "git address": [f"git+file://{ROOT}"],
    }[way]
    _run(clean, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--force-reinstall", *what)
    (tmp_path / "event.json").write_text(json.dumps(LATE))
    program = clean.parent / "careengine"
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CAREENGINE"))}
    said = _run(program, "decide", "event.json", "--format", "json", cwd=tmp_path, env=plain)
    decision = json.loads(said.splitlines()[0])
    assert any(match["policy"].startswith("late-delivery") for match in decision["matched"])
    _run(program, "check", cwd=tmp_path, env=plain)
    _run(program, "test", cwd=tmp_path, env=plain)


def test_plugins_install_beside_it_and_are_found(built: Path, clean: Path, tmp_path: Path) -> None:
    wheels = list(built.glob("*.whl"))
    _run(clean, "-m", "pip", "install", "-q", "--no-deps", "--force-reinstall", *wheels)
    listed = json.loads(_run(clean.parent / "careengine", "plugins", "--format", "json", cwd=tmp_path))
    states = {plugin["name"]: plugin["state"] for plugin in listed}
    assert states == {"conduct": "active", "demo": "active", "django-helpdesk": "active"}

"""Little distributions on disk, as pip leaves them: a dist-info folder and a module."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib import metadata
from textwrap import dedent
from typing import TYPE_CHECKING

from careengine.host import Host, PluginInfo

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    import pytest

DISTRIBUTIONS = metadata.distributions


class Site:
    """A folder that distributions are installed into."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self, name: str, code: str, *, entries: str | None = None, version: str = "1.2.3") -> None:
        """Install distribution `careengine-<name>` with module `plugin_<name>` as plugin `<name>`."""
        module = f"plugin_{name.replace('-', '_')}"
        (self.folder / f"{module}.py").write_text("from careengine import *\n" + dedent(code), encoding="utf-8")
        info = self.folder / f"careengine_{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: careengine-{name}\nVersion: {version}\n")
        entries = f"{name} = {module}" if entries is None else entries
        (info / "entry_points.txt").write_text(f"[console_scripts]\nx = y:z\n\n[careengine]\n{entries}\n")

    def host(self, disabled: Collection[str] = ()) -> Host:
        """A host with what is installed."""
        return Host.load(disabled)

    def plugins(self, disabled: Collection[str] = ()) -> dict[str, PluginInfo]:
        """What became of each plugin, by name."""
        return {info.name: info for info in self.host(disabled).plugins}

    def reason(self, name: str) -> str:
        """Why a plugin is quarantined."""
        info = self.plugins()[name]
        assert info.state == "quarantined"
        assert info.adapters == ()
        return info.reason


@contextmanager
def only_here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A place for distributions; those that are really installed are out of sight meanwhile."""
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(metadata, "distributions", lambda: DISTRIBUTIONS(path=[str(folder)]))
    before = set(sys.modules)
    try:
        yield Site(folder)
    finally:
        for name in set(sys.modules) - before:
            if name.startswith("plugin_"):
                del sys.modules[name]

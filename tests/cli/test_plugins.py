"""`careengine plugins` shows what is installed and why something is not at work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.host.distributions import Site, only_here

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Careengine

CRM = """
    @hookimpl
    def careengine_adapters():
        can = Capabilities(actions=frozenset({"note", "assign"}), webhook="signed")
        return [AdapterSpec(name="crm", create=print, capabilities=can)]

    @hookimpl
    def careengine_rule_packs():
        return [RulePack(name="own", folder=__file__.rpartition("/")[0])]
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    folder = tmp_path / "site"
    folder.mkdir()
    with only_here(folder, monkeypatch) as place:
        yield place


@pytest.fixture
def _three(site: Site, tmp_path: Path) -> None:
    site.install("crm", CRM)
    site.install("broken", "import no_such_module")
    site.install("off", CRM)
    (tmp_path / "careengine.toml").write_text('[plugins]\ndisabled = ["off"]\n')


@pytest.mark.usefixtures("_three")
def test_plugins_adapters_and_reasons_are_shown(careengine: Careengine) -> None:
    ran = careengine("plugins")
    assert ran.code == 0
    rows = [line.split() for line in ran.out.splitlines()]
    assert ["crm", "1.2.3", "careengine-crm", "active", "adapters,", "rule_packs"] in rows
    assert ["crm", "crm", "assign,", "note", "marker", "none", "signed"] in rows
    assert "broken is quarantined: importing `plugin_broken` raised `ModuleNotFoundError" in ran.out
    assert "off is disabled: switched off in the settings" in ran.out


@pytest.mark.usefixtures("_three")
def test_plugins_as_json(careengine: Careengine, site: Site) -> None:
    broken, crm, off = careengine("plugins", "--format", "json").json
    assert (broken["name"], broken["state"], broken["hooks"]) == ("broken", "quarantined", [])
    assert (off["state"], off["adapters"]) == ("disabled", [])
    assert crm == {
        "name": "crm",
        "version": "1.2.3",
        "distribution": "careengine-crm",
        "state": "active",
        "reason": "",
        "hooks": ["careengine_adapters", "careengine_rule_packs"],
        "adapters": [
            {
                "name": "crm",
                "capabilities": {
                    "actions": ["assign", "note"],
                    "idempotency": "marker",
                    "concurrency": "none",
                    "webhook": "signed",
                },
                "settings_schema": {"type": "object"},
            }
        ],
        "rule_packs": [{"name": "own", "folder": str(site.folder)}],
    }


@pytest.mark.usefixtures("site")
def test_without_plugins_the_way_to_get_one_is_named(careengine: Careengine) -> None:
    assert "pip install careengine-" in careengine("plugins").out
    assert careengine("plugins", "--format", "json").json == []


@pytest.mark.usefixtures("site")
def test_settings_that_cannot_be_read_are_an_error(careengine: Careengine, tmp_path: Path) -> None:
    (tmp_path / "careengine.toml").write_text("tenant =")
    ran = careengine("plugins")
    assert ran.code == 1
    assert "careengine.toml:1:9: not valid TOML" in ran.err

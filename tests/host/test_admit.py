"""Plugins that are taken in, and plugins that are quarantined while the rest goes on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from careengine.host import Host

if TYPE_CHECKING:
    from pathlib import Path

    from tests.host.distributions import Site

GOOD = """
    class Adapter: ...

    @hookimpl
    def careengine_adapters():
        return [AdapterSpec(name="Good_CRM", create=lambda options: Adapter())]

    @hookimpl
    def careengine_signals(interaction):
        return {"mood": "calm"}
"""
SIGNALS = "@hookimpl\ndef careengine_signals(interaction): return {'here': True}\n"


def adapters(given: str) -> str:
    return f"@hookimpl\ndef careengine_adapters(): return {given}\n"


def spec(*more: str, name: str = "crm") -> str:
    return f"[AdapterSpec({', '.join((f'name={name!r}', 'create=print', *more))})]"


def test_a_good_plugin_is_active_and_known_by_its_distribution(site: Site) -> None:
    site.install("good", GOOD, version="4.5.6")
    host = site.host()
    [info] = host.plugins
    assert (info.name, info.distribution, info.version) == ("good", "careengine-good", "4.5.6")
    assert (info.state, info.reason) == ("active", "")
    assert info.hooks == ("careengine_adapters", "careengine_signals")
    assert list(host.adapter_specs()) == ["good-crm"]
    assert host.adapter_specs()["good-crm"].name == "good-crm"


def test_plugins_are_found_on_the_import_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, site: Site) -> None:
    monkeypatch.undo()
    monkeypatch.syspath_prepend(str(tmp_path))
    site.install("on-the-path", SIGNALS)
    assert site.plugins()["on-the-path"].state == "active"


def test_names_are_normalised(site: Site) -> None:
    site.install("shop", SIGNALS, entries="My_Shop.CRM = plugin_shop")
    assert list(site.plugins()) == ["my-shop-crm"]
    assert site.plugins(["My.Shop-CRM"])["my-shop-crm"].state == "disabled"


def test_an_object_can_be_a_plugin(site: Site) -> None:
    code = "class Plugin:\n    @hookimpl\n    def careengine_redact(self, field, text): return 'x'\nplugin = Plugin()\n"
    site.install("object", code, entries="object = plugin_object:plugin")
    assert site.host().redact("text", "words") == "x"


def test_a_disabled_plugin_is_not_even_imported(site: Site) -> None:
    site.install("off", "raise RuntimeError('imported')")
    info = site.plugins(["off"])["off"]
    assert (info.state, info.hooks) == ("disabled", ())
    assert "plugins.disabled" in info.reason
    assert "plugin_off" not in sys.modules


BAD = {
    "missing-module": ("import no_such_module", "`ModuleNotFoundError: No module named 'no_such_module'`"),
    "broken-syntax": ("def", "`SyntaxError: "),
    "exits": ("raise SystemExit(3)", "`SystemExit: 3`"),
    "no-hooks": ("x = 1", "no hooks are registered"),
    "misspelt-project": (
        "import pluggy\n@pluggy.HookimplMarker('careengin')\ndef careengine_signals(interaction): return {}",
        "hook `careengine_signals` is marked for the project `careengin`; mark it with `careengine.hookimpl`",
    ),
    "unmarked": (
        f"{SIGNALS}\ndef careengine_guard(proposals, facts): return []",
        "hook `careengine_guard` is not marked; mark it with `careengine.hookimpl`",
    ),
    "unknown-hook": (
        f"{SIGNALS}\n@hookimpl\ndef careengine_adaptors(): return []",
        "unknown hook `careengine_adaptors`; did you mean `careengine_adapters`?",
    ),
    "optional-unknown-hook": (
        "@hookimpl(optionalhook=True)\ndef other(): return []",
        "unknown hook `other`; there are careengine_adapters",
    ),
    "wrong-argument": (
        "@hookimpl\ndef careengine_redact(field, words): return words",
        "Argument(s) {`words`} are declared in the hookimpl but can not be found in the hookspec",
    ),
    "wrapper": (
        "@hookimpl(wrapper=True)\ndef careengine_redact(field, text):\n    return (yield)",
        "hook `careengine_redact` is a wrapper",
    ),
    "asynchronous": (
        "@hookimpl\nasync def careengine_redact(field, text): return ''",
        "hook `careengine_redact` is `async`",
    ),
    "twice-the-same-hook": (
        f"{SIGNALS}\n@hookimpl(specname='careengine_signals')\ndef more(interaction): return {{}}",
        "hook `careengine_signals` is implemented 2 times",
    ),
    "adapters-raise": (
        "@hookimpl\ndef careengine_adapters(): raise KeyError('boom')",
        "hook `careengine_adapters` raised `KeyError: 'boom'`",
    ),
    "adapters-exit": ("@hookimpl\ndef careengine_adapters(): raise SystemExit", "raised `SystemExit`"),
    "adapters-no-list": (adapters("7"), "must give a list of `careengine.AdapterSpec`, not `7`"),
    "adapters-of-what": (adapters("['crm']"), "must give a list of `careengine.AdapterSpec`, not `'crm'`"),
    "adapter-name": (adapters(spec(name="9 lives")), "`9 lives` is not an adapter's name"),
    "adapter-twice": (adapters(f"{spec()} + {spec(name='CRM')}"), "adapter `crm` is brought twice"),
    "adapter-create": (adapters("[AdapterSpec(name='crm', create=None)]"), "`create` must be something to call"),
    "schema-type": (adapters(spec("settings_schema=7")), "its settings schema must be a JSON object"),
    "schema-no-json": (
        adapters(spec("settings_schema={'type': 'object', 'default': print}")),
        "its settings schema must be a JSON object",
    ),
    "schema-invalid": (
        adapters(spec("settings_schema={'type': 'object', 'properties': {'url': {'type': 'strin'}}}")),
        "adapter `crm`: its settings schema is wrong at `/properties/url/type`",
    ),
    "schema-no-object": (adapters(spec("settings_schema={}")), 'must say `"type": "object"`'),
    "schema-option-type": (
        adapters(spec("settings_schema={'type': 'object', 'properties': {'type': {}}}")),
        "an option cannot be called `type`",
    ),
    "schema-hidden-secret": (
        adapters(spec("settings_schema={'type': 'object', 'anyOf': [{'properties': {'token': {'x-secret': True}}}]}")),
        '`"x-secret": true` must stand on an option',
    ),
    "action-type": (
        adapters(spec("capabilities=Capabilities(actions=frozenset({'note', 'teleport'}))")),
        "unknown action `teleport`; there are note, ",
    ),
    "capability-word": (
        adapters(spec("capabilities=Capabilities(concurrency='etags')")),
        "`concurrency` cannot be `etags`; it is one of etag, stamp, weak, none",
    ),
    "capabilities": (adapters(spec("capabilities=[]")), "`capabilities` must be `careengine.Capabilities`"),
    "pack-folder": (
        "@hookimpl\ndef careengine_rule_packs(): return [RulePack(name='own', folder='/no/such/folder')]",
        "rule pack `own`: `/no/such/folder` is not a folder",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_plugin_is_quarantined_with_the_reason_and_the_rest_works(site: Site, name: str) -> None:
    code, reason = BAD[name]
    site.install(name, code)
    site.install("a-good-one", GOOD)
    site.install("z-good-one", SIGNALS)
    assert reason in site.reason(name)
    states = {info.name: info.state for info in site.host().plugins}
    assert states == {"a-good-one": "active", name: "quarantined", "z-good-one": "active"}
    assert list(site.host().adapter_specs()) == ["good-crm"]


def test_ctrl_c_while_a_plugin_is_imported_stops_the_program(site: Site) -> None:
    site.install("slow", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        Host.load()


ENTRIES = {
    "no-attribute": ("plugin_no_attribute:nothing", "raised `AttributeError: "),
    "nothing-there": ("plugin_nothing_there:empty", "names no plugin"),
    "a-class": ("plugin_a_class:Plugin", "names a class"),
    "unreadable": ("not an object reference!", "raised `AttributeError: "),
}


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_point_that_names_no_plugin_is_quarantined(site: Site, name: str) -> None:
    target, reason = ENTRIES[name]
    site.install(name, "empty = None\nclass Plugin: ...\n", entries=f"{name} = {target}")
    assert reason in site.reason(name)


def test_a_name_that_cannot_be_written_in_settings_is_refused(site: Site) -> None:
    site.install("odd", SIGNALS, entries="9lives = plugin_odd")
    assert "`9lives` is not a name" in site.reason("9lives")


def test_two_distributions_with_one_plugin_name_are_both_refused(site: Site) -> None:
    site.install("one", SIGNALS, entries="shop = plugin_one")
    site.install("two", SIGNALS, entries="SHOP = plugin_two")
    infos = site.host().plugins
    assert [info.state for info in infos] == ["quarantined", "quarantined"]
    assert "`careengine-one`, `careengine-two`" in infos[0].reason
    assert "plugin_one" not in sys.modules


def test_one_module_under_two_names_is_one_plugin(site: Site) -> None:
    site.install("one", SIGNALS, entries="a = plugin_one\nb = plugin_one")
    plugins = site.plugins()
    assert {plugins["a"].state, plugins["b"].state} == {"active", "quarantined"}
    assert "it is the same as plugin `b`" in plugins["a"].reason


def test_two_plugins_with_one_adapter_name_are_both_refused(site: Site) -> None:
    site.install("one", adapters(spec()))
    site.install("two", adapters(spec(name="Crm")))
    site.install("three", GOOD)
    assert "adapter `crm` is brought by plugin `two` too" in site.reason("one")
    assert "adapter `crm` is brought by plugin `one` too" in site.reason("two")
    assert list(site.host().adapter_specs()) == ["good-crm"]
    assert list(site.host(["two"]).adapter_specs()) == ["crm", "good-crm"]


def test_broken_metadata_costs_only_its_own_plugin(site: Site) -> None:
    site.install("good", SIGNALS)
    for name, text in (("garbled", b"[careengine]\nno equals sign\n"), ("latin", b"[careengine]\nx = caf\xe9\n")):
        info = site.folder / f"{name}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        (info / "entry_points.txt").write_bytes(text)
    assert site.plugins()["good"].state == "active"
    assert "its entry points cannot be read" in site.reason("garbled")


def test_a_distribution_without_metadata_is_called_unknown(site: Site) -> None:
    site.install("bare", SIGNALS)
    (site.folder / "careengine_bare-1.2.3.dist-info" / "METADATA").unlink()
    [info] = site.host().plugins
    assert (info.state, info.distribution, info.version) == ("active", "unknown", "unknown")


def test_a_stale_second_copy_is_not_a_duplicate(site: Site, tmp_path: Path) -> None:
    site.install("copy", SIGNALS, version="2.0.0")
    again = tmp_path / "careengine_copy-1.0.0.dist-info"
    again.mkdir()
    for name in ("METADATA", "entry_points.txt"):
        (again / name).write_bytes((tmp_path / "careengine_copy-2.0.0.dist-info" / name).read_bytes())
    assert [info.state for info in site.host().plugins] == ["active"]

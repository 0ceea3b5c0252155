"""Settings: `careengine.toml`, under `CAREENGINE_…` environment variables, under the command line."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from careengine import resources
from careengine.errors import SettingsError
from careengine.settings import database
from careengine.settings.addresses import is_loopback
from careengine.settings.complaints import say
from careengine.settings.layers import read_layers
from careengine.settings.records import (
    AdapterSettings,
    DeliverySettings,
    LogSettings,
    OidcSettings,
    PeopleSettings,
    PluginsSettings,
    PrivacySettings,
    RetentionSettings,
    RulesSettings,
    ServiceSettings,
    StoreSettings,
    TracesSettings,
)
from careengine.settings.validate import faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from careengine.settings.layers import Layers


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one installation, checked; every part has its default."""

    tenant: str = "default"
    rules: RulesSettings = field(default_factory=RulesSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    service: ServiceSettings = field(default_factory=ServiceSettings)
    oidc: OidcSettings | None = None
    people: PeopleSettings = field(default_factory=PeopleSettings)
    privacy: PrivacySettings = field(default_factory=PrivacySettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    delivery: DeliverySettings = field(default_factory=DeliverySettings)
    adapters: Mapping[str, AdapterSettings] = field(default_factory=lambda: MappingProxyType({}))
    plugins: PluginsSettings = field(default_factory=PluginsSettings)
    log: LogSettings = field(default_factory=LogSettings)
    traces: TracesSettings = field(default_factory=TracesSettings)

    @classmethod
    def load(
        cls,
        path: Path | None = None,
        env: Mapping[str, str] = os.environ,
        flags: Mapping[str, Any] = MappingProxyType({}),
    ) -> Settings:
        """Read `path` (or `careengine.toml` here, if there is one), then the environment, then the flags.

        `flags` are given by dotted name, such as `{"service.port": 9000}`; None means not given. Relative paths
        count from the settings file's folder when the file names them, else from the current folder.
        Raises SettingsError with every mistake, each on its own line.
        """
        layers = read_layers(path, env, flags)
        if complaints := _complaints(layers, env):
            raise SettingsError("\n".join(complaints))
        return _build(layers, env)


def _complaints(layers: Layers, env: Mapping[str, str]) -> list[str]:
    said = [
        f"{layers.origin(place).label}: {message}"
        for fault in faults(resources.schema("settings"), layers.document)
        for place, message in say(fault, (), secret=fault.path[:1] == ("store",) and "@" in str(fault.found))
    ]
    return said or [*_contradictions(layers), *database.complaints(layers, env)]


def _contradictions(layers: Layers) -> list[str]:
    return [*_delays(layers), *_open_issuers(layers), *_strange_reviewer(layers)]


def _strange_reviewer(layers: Layers) -> Iterator[str]:
    """What goes to a role that is nobody's would wait for good."""
    people = layers.document.get("people", {})
    role, known = people.get("incident_reviewer"), people.get("roles", {})
    if role and known and role not in known:
        near = get_close_matches(role, known, n=1)
        hint = f"did you mean `{near[0]}`?" if near else "say there who fills it"
        where = layers.origin(("people", "incident_reviewer")).label
        yield f"{where}: `people.incident_reviewer` names `{role}`, which is not in `people.roles`; {hint}"


def _open_issuers(layers: Layers) -> Iterator[str]:
    """Whoever can change the keys on their way makes every token: plain http is for this machine only."""
    for name in ("issuer", "jwks_url"):
        address = layers.document.get("oidc", {}).get(name, "")
        if address.startswith("http:") and not is_loopback(urlsplit(address).hostname or ""):
            yield f"{layers.origin(('oidc', name)).label}: `oidc.{name}` must begin with `https://`"


def _delays(layers: Layers) -> list[str]:
    delivery = DeliverySettings(**layers.document.get("delivery", {}))
    if delivery.max_delay_seconds >= delivery.first_delay_seconds:
        return []
    name = "max_delay_seconds" if "max_delay_seconds" in layers.document["delivery"] else "first_delay_seconds"
    longest, first = f"{delivery.max_delay_seconds:g}", f"{delivery.first_delay_seconds:g}"
    said = f"`delivery.max_delay_seconds` ({longest}) must not be less than `delivery.first_delay_seconds` ({first})"
    return [f"{layers.origin(('delivery', name)).label}: {said}"]


def _build(layers: Layers, env: Mapping[str, str]) -> Settings:
    document = layers.document
    plugins = document.get("plugins", {})
    return Settings(
        tenant=document.get("tenant", "default"),
        rules=_rules(layers),
        store=database.build(layers, env),
        service=_service(document.get("service", {})),
        oidc=_oidc(document["oidc"]) if "oidc" in document else None,
        people=_people(document.get("people", {})),
        privacy=PrivacySettings(**document.get("privacy", {})),
        retention=RetentionSettings(**document.get("retention", {})),
        delivery=DeliverySettings(**document.get("delivery", {})),
        adapters=MappingProxyType({name: _adapter(layers, name) for name in document.get("adapters", {})}),
        plugins=PluginsSettings(disabled=tuple(plugins.get("disabled", ()))),
        log=LogSettings(**document.get("log", {})),
        traces=TracesSettings(**document.get("traces", {})),
    )


def _rules(layers: Layers) -> RulesSettings:
    rules = layers.document.get("rules", {})
    paths = layers.origin(("rules", "paths")).folder
    own = rules.get("fields")
    return RulesSettings(
        paths=tuple(_path(paths, text) for text in rules.get("paths", ())),
        fields=_path(layers.origin(("rules", "fields")).folder, own) if own else None,
        starter=rules.get("starter", True),
    )


def _path(folder: Path, text: str) -> Path:
    return folder / Path(text).expanduser()


def _service(section: Mapping[str, Any]) -> ServiceSettings:
    public, proxies = section.get("public_url"), tuple(section.get("trusted_proxies", ()))
    more = {"public_url": public.rstrip("/") if public else None, "trusted_proxies": proxies}
    return ServiceSettings(**{**section, **more})


def _oidc(section: Mapping[str, Any]) -> OidcSettings:
    algorithms = {"algorithms": tuple(section["algorithms"])} if "algorithms" in section else {}
    return OidcSettings(**{**section, **algorithms, "roles": MappingProxyType(section.get("roles", {}))})


def _people(section: Mapping[str, Any]) -> PeopleSettings:
    named = {
        name: MappingProxyType({each: tuple(who) for each, who in section.get(name, {}).items()})
        for name in ("roles", "employees")
    }
    return PeopleSettings(**{**section, **named})


def _adapter(layers: Layers, name: str) -> AdapterSettings:
    options = dict(layers.document["adapters"][name])
    return AdapterSettings(
        name=name,
        type=options.pop("type", name),
        options=MappingProxyType(options),
        origins=MappingProxyType({option: layers.origin(("adapters", name, option)) for option in options}),
    )

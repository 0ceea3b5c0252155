"""The settings of one installation, section by section. `schemas/settings.schema.json` says what each one means."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from careengine.settings.layers import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesSettings:
    """Which policies are evaluated; `fields` describes the company's own fields."""

    paths: tuple[Path, ...] = ()
    fields: Path | None = None
    starter: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """Where events, history and decisions are kept. No password is in `url`."""

    url: str = "sqlite:///careengine.db"
    password: str | None = field(default=None, repr=False)
    connections: int = 16
    wait_seconds: float = 5.0
    statement_seconds: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """The HTTP service. `public_url` never ends in a slash; `auth` is `keys` or `none`; 0 a second is no limit.

    With `max_connections` 0 there are as many as the files that the process may open allow.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    auth: str = "keys"
    max_body_bytes: int = 262_144
    max_depth: int = 40
    public_url: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    workers: int = 1
    max_requests: int = 512
    max_connections: int = 0
    rate_per_second: float = 0.0
    rate_burst: int = 100
    handle_seconds: float = 30.0
    keep_alive_seconds: int = 15
    drain_seconds: float = 0.0
    grace_seconds: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """The identity provider whose tokens let people in; `roles` maps its names for roles to ours."""

    issuer: str
    audience: str
    jwks_url: str | None = None
    algorithms: tuple[str, ...] = ("RS256", "ES256")
    roles_claim: str = "roles"
    roles: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    actor_claim: str = "sub"
    leeway_seconds: int = 60
    cache_seconds: int = 3600
    refresh_seconds: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleSettings:
    """Who fills which role of the rules, and who is which employee of the CRM: names as the audit has them.

    With any in `roles`, policies may name no other. `incident_reviewer` is the role that judges reports of
    conduct of which no policy says who does. For `care_first_days` after words in which a plugin found that care comes
    first, nobody restricts the customer.
    """

    roles: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    employees: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    incident_reviewer: str = "team-lead"
    care_first_days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacySettings:
    """What is kept of people's words: none, evidence or all."""

    keep_text: str = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSettings:
    """How many days each kind of data is kept (0: for good)."""

    events_days: int = 0
    deliveries_days: int = 0
    parked_days: int = 0
    rejects_days: int = 0
    keys_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """How decisions are written back, and how often CRMs are asked what no webhook told (0: never)."""

    max_attempts: int = 8
    first_delay_seconds: float = 2.0
    max_delay_seconds: float = 3600.0
    settle_seconds: float = 60.0
    poll_seconds: float = 0.5
    reconcile_seconds: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginsSettings:
    """Plugins that are installed and must not be loaded."""

    disabled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """What is logged (debug, info, warning, error) and how (json, console)."""

    level: str = "info"
    format: str = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class TracesSettings:
    """Whether spans are sent; where to, the standard `OTEL_…` environment variables say."""

    send: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterSettings:
    """One configured connection: `type` is the adapter spec's name, `options` are as written, secrets unresolved.

    Give it to `adapter_options` together with the spec for the options that the adapter is made with.
    """

    name: str
    type: str
    # A secret that somebody wrote out here is refused later; until then it must not be shown.
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    origins: Mapping[str, Origin] = field(default_factory=lambda: MappingProxyType({}), repr=False)

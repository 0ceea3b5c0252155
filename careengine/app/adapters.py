"""Makes the configured adapters. One that cannot be made is named with the reason, and the others work."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import structlog

from careengine.errors import SettingsError
from careengine.host import ACTIVE
from careengine.model.adapter import Capabilities
from careengine.settings import adapter_options

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from careengine.host import Host
    from careengine.model.adapter import Adapter, AdapterSpec, WebhookRequest
    from careengine.settings import AdapterSettings, Settings
    from careengine.store.inbox import Delivery

# They prove the sender to us and are nothing for an adapter to read afterwards.
_CREDENTIALS = frozenset({"authorization", "proxy-authorization", "cookie"})

_SHORTEST_SECRET = 6  # a shorter one stands in too many harmless words

log = structlog.get_logger("careengine.adapters")


@dataclass(slots=True)
class Adapters:
    """The configured adapters by name: those that work, the others with why not, the secrets of all.

    `deliverable` names the action types that each carries out. One that is out of order has its actions too: they
    wait for it in the outbox.
    """

    working: dict[str, tuple[Adapter, Capabilities]] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    deliverable: dict[str, frozenset[str]] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)

    @classmethod
    def make(cls, settings: Settings, host: Host) -> Adapters:
        """Make them all. Raises SettingsError, with all mistakes, for what only a change of the settings can mend."""
        made, mistakes, specs = cls(), [], host.adapter_specs()
        for name, wanted in settings.adapters.items():
            try:
                if spec := specs.get(wanted.type):
                    made.add(name, spec, adapter_options(wanted, spec))
                else:
                    made.broken[name], made.deliverable[name] = _missing(wanted, host), Capabilities().actions
            except SettingsError as error:
                mistakes.append(str(error))
        if mistakes:
            raise SettingsError("\n".join(mistakes))
        return made

    def add(self, name: str, spec: AdapterSpec, options: Mapping[str, Any]) -> None:
        """Make one. Whatever the plugin raises becomes the reason why the adapter is out of order."""
        self.secrets.update(_secrets(spec, options))
        self.deliverable[name] = spec.capabilities.actions
        try:
            self.working[name] = (spec.create(options), spec.capabilities)
        except Exception as error:
            log.exception("an adapter cannot be made", adapter=name)
            self.broken[name] = f"its plugin failed to make it ({type(error).__name__}); the log says more"

    def without_secrets(self, request: WebhookRequest) -> WebhookRequest:
        """A webhook as it may be kept: without credentials and whatever holds a secret of ours."""
        headers = {
            name: value
            for name, value in request.headers.items()
            if name not in _CREDENTIALS and not self._tells(value)
        }
        url = request.url.partition("?")[0] if self._tells(request.url) else request.url
        return replace(request, url=url, headers=headers)

    def read(self, delivery: Delivery) -> Sequence[Mapping[str, Any]] | None:
        """The interactions in a delivery that waits, without asking anybody; None when its adapter cannot read it."""
        adapter, _ = self.working.get(delivery.adapter, (None, None))
        try:
            return None if adapter is None else list(adapter.parse(delivery.request))
        except Exception:  # noqa: BLE001  whoever asks goes by the names of its members instead
            return None

    def _tells(self, text: str) -> bool:
        return any(secret in text or quote(secret, safe="") in text for secret in self.secrets)


def _missing(wanted: AdapterSettings, host: Host) -> str:
    """Why no plugin brings that type; raises SettingsError when no plugin that is out of order may have brought it."""
    absent = [f"plugin `{info.name}` is {info.state}: {info.reason}" for info in host.plugins if info.state != ACTIVE]
    if absent:
        return f"no plugin at work brings the type `{wanted.type}`; {'; '.join(absent)}"
    known = sorted(host.adapter_specs())
    near = get_close_matches(wanted.type, known, n=1)
    there = ", ".join(f"`{name}`" for name in known) or "none"
    hint = f"did you mean `{near[0]}`?" if near else f"installed: {there}"
    raise SettingsError(f"`adapters.{wanted.name}`: no plugin brings the type `{wanted.type}`; {hint}")


def _secrets(spec: AdapterSpec, options: Mapping[str, Any]) -> Iterator[str]:
    for path in spec.secrets:
        node: Any = options
        for key in path:
            node = node.get(key) if isinstance(node, dict) else None
        if isinstance(node, str) and len(node) >= _SHORTEST_SECRET:
            yield node

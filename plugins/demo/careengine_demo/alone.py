"""The demo CRM by itself, for a service that somebody runs from a folder of their own."""

from __future__ import annotations

import threading
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from careengine_demo.day import make_day
from careengine_demo.show import stoppable
from careengine_demo.stage import Crm, DemoError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_HOW = "`careengine init --demo` makes a folder with both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """How a folder's settings and the demo CRM know each other: its port, the secrets, the service's address."""

    port: int
    token: str
    webhook_secret: str
    service: str


def run(folder: Path, seed: int) -> int:
    """Run the CRM that the folder's settings name, until Ctrl-C. Raises DemoError."""
    wiring = read_wiring(folder)
    try:
        crm = Crm(make_day(seed), wiring.token, wiring.webhook_secret, wiring.port)
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise DemoError(f"the demo CRM cannot listen on port {wiring.port}: {said}") from error
    with stoppable():
        crm.send_webhooks_to(wiring.service)
        click.echo(f"its webhooks go to {wiring.service}; bearer token of its staff: {crm.shop_token}")
        click.echo(f"the demo CRM answers at {crm.url}; Ctrl-C stops it")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            crm.stop(None)
    return 0


def read_wiring(folder: Path) -> Wiring:
    """From `careengine.toml` and the files that it names for its secrets. Raises DemoError."""
    file = folder / "careengine.toml"
    try:
        settings = tomllib.loads(file.read_text(encoding="utf-8"))
        adapter: Mapping[str, Any] = settings["adapters"]["demo"]
        token, secret = (_secret(folder, adapter[name]) for name in ("token", "webhook_secret"))
        port = urlsplit(adapter["base_url"]).port or 80
    except OSError as error:
        raise DemoError(f"`{error.filename}`: {(error.strerror or str(error)).lower()}; {_HOW}") from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise DemoError(f"`{file}` needs `[adapters.demo]` with `base_url` and secrets in files; {_HOW}") from error
    service = settings.get("service", {})
    return Wiring(
        port=port,
        token=token,
        webhook_secret=secret,
        service=f"http://{service.get('host', '127.0.0.1')}:{service.get('port', 8080)}",
    )


def _secret(folder: Path, reference: Mapping[str, str]) -> str:
    return (folder / reference["file"]).read_text(encoding="utf-8").strip()

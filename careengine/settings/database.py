"""The settings of the store: where a relative path counts from, and where a password may come from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from careengine.errors import SettingsError
from careengine.settings.records import StoreSettings
from careengine.settings.secrets import HOW, fetch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from careengine.settings.layers import Layers

_URL, _PASSWORD = ("store", "url"), ("store", "password")
_SQLITE = "sqlite:///"


def complaints(layers: Layers, env: Mapping[str, str]) -> Iterator[str]:
    """What a schema cannot say of the store's settings; no password is in it."""
    section = layers.document.get("store", {})
    parts = urlsplit(section.get("url", ""))
    if "password" in parse_qs(parts.query) or (parts.password is not None and not layers.origin(_URL).may_hold_secrets):
        yield f"{layers.origin(_URL).label}: a password must not stand in `store.url`; write `store.password` as {HOW}"
    if "password" in section:
        try:
            fetch(section["password"], layers.origin(_PASSWORD), env)
        except SettingsError as error:
            yield f"{layers.origin(_PASSWORD).label}: `store.password` cannot be read: {error}"


def build(layers: Layers, env: Mapping[str, str]) -> StoreSettings:
    """The settings, with the password apart from the address."""
    section = dict(layers.document.get("store", {}))
    url, password = _apart(section.pop("url", StoreSettings().url))
    if "password" in section:
        password = fetch(section.pop("password"), layers.origin(_PASSWORD), env)
    # Without a settings file the default counts from the current folder, with one from the file's folder.
    return StoreSettings(url=_absolute(layers.origin(_URL).folder, url), password=password, **section)


def _apart(url: str) -> tuple[str, str | None]:
    parts = urlsplit(url)
    if url.startswith(_SQLITE) or parts.password is None:
        return url, None
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.partition(':')[0]}@{host}").geturl(), unquote(parts.password)


def _absolute(folder: Path, url: str) -> str:
    file = url.removeprefix(_SQLITE)
    if not url.startswith(_SQLITE) or file == ":memory:":
        return url
    return f"{_SQLITE}{folder / Path(file).expanduser()}"

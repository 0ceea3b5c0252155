"""Opens the store as the settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careengine.store import Store

if TYPE_CHECKING:
    from careengine.settings import StoreSettings


def open_store(settings: StoreSettings, *, migrate: bool = True) -> Store:
    """Open the store, and bring it up to date unless `migrate` is off. Raises StoreError."""
    return Store.open(
        settings.url,
        password=settings.password,
        busy_timeout=settings.wait_seconds,
        connections=settings.connections,
        statement_timeout=settings.statement_seconds,
        migrate=migrate,
    )

"""What verbs work on: the settings as the command line changes them, the rules, a store that is kept or thrown away."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import TYPE_CHECKING

from careengine import logs
from careengine.app import App, open_store
from careengine.errors import StoreError
from careengine.settings import RulesSettings, Settings, StoreSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from careengine.cli.program import Program
    from careengine.store import Store

_SQLITE = "sqlite:///"


def settings_with(program: Program, rules: Sequence[Path] = ()) -> Settings:
    """The settings; `rules`, when there are any, stand in for the rules that the settings name."""
    logs.configure("warning", "console")
    settings = Settings.load(program.settings_file)
    if not rules:
        return settings
    chosen = RulesSettings(paths=tuple(rules), fields=settings.rules.fields, starter=False)
    return replace(settings, rules=chosen)


@dataclass(slots=True)
class TrialClock:
    """The clock by which events of some file are tried out: each comes in when it happens. It does not run back."""

    at: datetime = datetime(1970, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The present instant, in UTC."""
        return self.at

    def pass_to(self, at: datetime) -> None:
        """Let the time of the next event come."""
        self.at = max(self.at, at)


@contextmanager
def trial(settings: Settings, clock: TrialClock) -> Iterator[App]:
    """The whole application on a store that is thrown away, and without any CRM."""
    with TemporaryDirectory(prefix="careengine-") as folder:
        store = StoreSettings(url=f"{_SQLITE}{Path(folder, 'trial.db')}")
        with App.open(replace(settings, store=store, adapters=MappingProxyType({})), clock=clock) as app:
            yield app


@contextmanager
def kept(settings: Settings) -> Iterator[Store]:
    """The store of earlier decisions. Raises StoreError when there is none yet."""
    there_is_a_store(settings)
    store = open_store(settings.store)
    try:
        yield store
    finally:
        store.close()


def there_is_a_store(settings: Settings) -> None:
    """Raises StoreError when the file of the store was never made; a server's database is made by a person."""
    url = settings.store.url
    if url.startswith(_SQLITE) and not Path(url.removeprefix(_SQLITE)).is_file():
        raise StoreError(f"`{url}` holds nothing yet; `store.url` names where decisions are kept")

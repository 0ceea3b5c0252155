"""What `careengine doctor` looks at. Every finding says what to do, also when that is nothing."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from difflib import get_close_matches
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from careengine.app import open_store, rule_paths
from careengine.cli.deciders import examine_deciders
from careengine.cli.health import ask_adapters
from careengine.errors import PolicyError, SettingsError, StoreError
from careengine.host import DISABLED, QUARANTINED, Host, normalise
from careengine.model.finding import NOTHING, Finding
from careengine.policy import loader
from careengine.policy.fields import site_catalogue
from careengine.settings import DEFAULT_FILE, Settings
from careengine.store import queues

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.host import PluginInfo

_ENOUGH = 256 * 1024**2  # bytes free
_SQLITE = "sqlite:///"


def examine(file: Path | None, health_seconds: float) -> Iterator[Finding]:
    """Look at settings, plugins, rules, store and adapters, as far as the settings can be read."""
    try:
        settings = Settings.load(file)
    except SettingsError as error:
        for line in str(error).splitlines():
            yield Finding(check="settings", ok=False, found=line, do="mend it, then run `careengine doctor` again")
        yield from _plugins(Host.load())
        return
    read = file if file is not None else Path(DEFAULT_FILE)
    yield Finding(check="settings", ok=True, found=f"`{read}` is fine" if read.exists() else "no file: the defaults")
    host = Host.load(settings.plugins.disabled)
    yield from _plugins(host)
    yield from _disabled(settings, host)
    yield _rules(settings, host)
    yield _store(settings)
    yield from _refused(settings)
    yield from _deciders(settings, host)
    yield from _customers(settings)
    yield from ask_adapters(settings, host, health_seconds)


def _plugins(host: Host) -> Iterator[Finding]:
    for info in host.plugins:
        yield _plugin(info)


def _plugin(info: PluginInfo) -> Finding:
    check, found = f"plugin {info.name}", f"{info.distribution} {info.version} is {info.state}"
    if info.state == QUARANTINED:
        do = f"mend or update `{info.distribution}`, or name the plugin in `plugins.disabled`"
        return Finding(check=check, ok=False, found=f"{found}: {info.reason}", do=do)
    return Finding(check=check, ok=True, found=found, do="nothing, as you wish" if info.state == DISABLED else NOTHING)


def _disabled(settings: Settings, host: Host) -> Iterator[Finding]:
    """A misspelt name switches nothing off."""
    known = [info.name for info in host.plugins]
    for name in settings.plugins.disabled:
        if normalise(name) not in known:
            near = get_close_matches(normalise(name), known, n=1)
            do = f"write `{near[0]}`" if near else "take it out"
            found = f"`plugins.disabled` names `{name}`, which is not installed"
            yield Finding(check=f"plugin {name}", ok=False, found=found, do=do)


def _rules(settings: Settings, host: Host) -> Finding:
    paths = rule_paths(settings, host)
    if not paths:
        do = "name your rules in `rules.paths`, or set `rules.starter = true`"
        return Finding(check="rules", ok=False, found="there are no rules", do=do)
    try:
        catalogue = site_catalogue(settings.rules.fields).catalogue
        problems = loader.check(paths, catalogue, roles=settings.people.roles)
    except PolicyError as error:
        problems = list(error.problems)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        found = f"{_many(len(errors), 'mistake')}, the first at {errors[0]}"
        return Finding(check="rules", ok=False, found=found, do="run `careengine check` and mend them")
    warned = _many(len(problems), "warning") if problems else "no mistakes"
    do = "`careengine check` shows them" if problems else NOTHING
    return Finding(check="rules", ok=True, found=f"{warned} in {', '.join(map(str, paths))}", do=do)


def _deciders(settings: Settings, host: Host) -> Iterator[Finding]:
    try:
        catalogue = site_catalogue(settings.rules.fields).catalogue
    except PolicyError:
        return  # said already
    yield from examine_deciders(settings, rule_paths(settings, host), catalogue)


def _customers(settings: Settings) -> Iterator[Finding]:
    """Ids of customers are not told apart by CRM: whether two share them, only those who run them know."""
    if len(settings.adapters) > 1:
        names = " and ".join(f"`{name}`" for name in settings.adapters)
        found = f"{names} tell of customers; the same id is the same person in all of them"
        do = "nothing if they share their ids; else have each adapter put its name before them"
        yield Finding(check="customers", ok=True, found=found, do=do)


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _store(settings: Settings) -> Finding:
    """Open the database as the service does, which brings it up to date, and write."""
    try:
        with closing(open_store(settings.store)) as store:
            store.prove()
            place = store.place
    except StoreError as error:
        do = "mend what it names, or choose another place with `store.url`"
        return Finding(check="store", ok=False, found=str(error), do=do)
    fine = Finding(check="store", ok=True, found=f"`{place}` is up to date and can be written")
    return (_beside(Path(place)) or fine) if settings.store.url.startswith(_SQLITE) else fine


def _refused(settings: Settings) -> Iterator[Finding]:
    """What waits because a CRM let us in no more, whatever it says of its health."""
    try:
        with closing(open_store(settings.store)) as store, store.read() as reader:
            found = queues.refused(reader, settings.tenant)
    except StoreError:
        return  # said already
    for name, why in sorted(found.items()):
        do = f"renew the credentials in `[adapters.{name}]`; what waits for it then goes on by itself"
        yield Finding(check=f"waiting for {name}", ok=False, found=why, do=do)


def _beside(place: Path) -> Finding | None:
    """What is wrong with the folder of a file; None: nothing."""
    try:
        _write_beside(place)
        free = shutil.disk_usage(place.parent).free
    except OSError as error:
        found = f"the folder `{place.parent}` cannot be written: {(error.strerror or str(error)).lower()}"
        return Finding(check="store", ok=False, found=found, do="make room or mend its permissions")
    if free < _ENOUGH:
        found = f"only {free // 1024**2} MiB are free in `{place.parent}`"
        return Finding(check="store", ok=False, found=found, do="make room on that disk")
    return None


def _write_beside(place: Path) -> None:
    with TemporaryFile(dir=place.parent, prefix=".careengine-") as file:
        file.write(b"\0" * 4096)
        file.flush()
        os.fsync(file.fileno())

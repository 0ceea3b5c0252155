"""`careengine keys`: make, list and revoke the API keys that open the service."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from careengine.app import open_store
from careengine.cli.output import format_option, say, say_json, tell
from careengine.cli.program import pass_program
from careengine.cli.tables import say_table
from careengine.errors import ConfigError
from careengine.model.value import parse_duration, say_instant
from careengine.service.keys import DECISIONS_READ, INTERACTIONS_WRITE, SCOPES
from careengine.settings import Settings
from careengine.store import keys as kept

if TYPE_CHECKING:
    from careengine.cli.program import Program
    from careengine.store.keys import ApiKey


class Duration(click.ParamType[timedelta]):
    """A time such as `90d`."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read it. Fails for what is no time, or none at all."""
        try:
            length = parse_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if not length:
            self.fail(f"`{value}` is no time at all; write `90d`", param, ctx)
        return length


@click.group()
def keys() -> None:
    """Make, list and revoke the API keys that open the service."""


@keys.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
    default=(INTERACTIONS_WRITE, DECISIONS_READ),
    show_default=True,
    help="What the key allows; may be given several times.",
)
@click.option("--expires", type=Duration(), metavar="TIME", help="How long the key holds, such as `90d`.")
@format_option("text", "json")
@pass_program
def create(program: Program, name: str, scopes: tuple[str, ...], expires: timedelta | None, format_: str) -> None:
    """Make a key called NAME and print it. It is shown this once: only its hash is kept."""
    settings, now = Settings.load(program.settings_file), datetime.now(UTC)
    until = _until(now, expires)
    with closing(open_store(settings.store)) as store, store.write() as transaction:
        text = kept.make(transaction, settings.tenant, name, scopes, now, until)
    if format_ == "json":
        expiry = say_instant(until) if until else None
        say_json({"id": text.split("_")[1], "key": text, "name": name, "scopes": sorted(scopes), "expires_at": expiry})
        return
    tell("keep this key now; it cannot be shown again")
    say(text)


def _until(now: datetime, expires: timedelta | None) -> datetime | None:
    try:
        return None if expires is None else now + expires
    except OverflowError:
        raise ConfigError("a key cannot hold that long; leave `--expires` out for one that does not end") from None


@keys.command("list")
@format_option("text", "json")
@pass_program
def list_(program: Program, format_: str) -> None:
    """List the keys. What they read cannot be shown."""
    settings = Settings.load(program.settings_file)
    with closing(open_store(settings.store)) as store, store.read() as reader:
        found = kept.of_tenant(reader, settings.tenant)
    rows = [_row(key, datetime.now(UTC)) for key in found]
    if format_ == "json":
        say_json(rows)
    elif not rows:
        say("there are no keys; `careengine keys create NAME` makes one")
    else:
        heads = ("id", "name", "scopes", "state", "created_at", "expires_at", "last_used_at")
        cells = [[", ".join(row["scopes"]) if head == "scopes" else row[head] for head in heads] for row in rows]
        say_table([head.replace("_at", "").replace("_", " ") for head in heads], cells)


def _row(key: ApiKey, now: datetime) -> dict[str, Any]:
    state = "revoked" if key.revoked_at else "valid" if key.valid(now) else "expired"
    times = {name: getattr(key, name) for name in ("created_at", "expires_at", "last_used_at", "revoked_at")}
    said = {name: say_instant(at.replace(microsecond=0)) if at else None for name, at in times.items()}
    return {"id": key.id, "name": key.name, "scopes": sorted(key.scopes), "state": state, **said}


@keys.command()
@click.argument("key_id", metavar="ID")
@pass_program
def revoke(program: Program, key_id: str) -> None:
    """End the key with this ID, at once and for good."""
    settings = Settings.load(program.settings_file)
    with closing(open_store(settings.store)) as store, store.write() as transaction:
        ended = kept.revoke(transaction, settings.tenant, key_id, datetime.now(UTC))
    if not ended:
        raise ConfigError(f"no key `{key_id}` holds any more; `careengine keys list` shows them all")
    say(f"revoked `{key_id}`")

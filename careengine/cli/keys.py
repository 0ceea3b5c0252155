"""`careengine keys`: make, list, exchange and revoke the API keys that open the service."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from careengine.app import open_store
from careengine.cli.given import Duration, actor, reason_option
from careengine.cli.output import format_option, say, say_json, tell
from careengine.cli.program import pass_program
from careengine.cli.tables import say_table
from careengine.errors import ConfigError
from careengine.model.value import say_instant
from careengine.policy.suggest import did_you_mean
from careengine.service.roles import DECISIONS_READ, INTERACTIONS_WRITE, ROLES, SCOPES
from careengine.settings import Settings
from careengine.store import audit
from careengine.store import keys as kept

if TYPE_CHECKING:
    from datetime import timedelta

    from sqlalchemy import Connection

    from careengine.cli.program import Program
    from careengine.store.keys import ApiKey


_ROLE = re.compile("[a-z][a-z0-9-]{0,62}")


@click.group()
def keys() -> None:
    """Make, list, exchange and revoke the API keys that open the service."""


_EXPIRES = click.option("--expires", type=Duration(), metavar="TIME", help="How long the new key holds, such as `90d`.")


@keys.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(list(SCOPES)),
    help=f"What the key allows; may be given several times.  [default: {INTERACTIONS_WRITE}, {DECISIONS_READ}]",
)
@click.option("--role", type=click.Choice(list(ROLES)), help="Allow what this role of people may do.")
@click.option(
    "--as",
    "fills",
    multiple=True,
    metavar="ROLE",
    help="A role of policies that whoever has the key fills, such as `team-lead`; may be given several times.",
)
@_EXPIRES
@reason_option
@format_option("text", "json")
@pass_program
def create(
    program: Program,
    name: str,
    scopes: tuple[str, ...],
    role: str | None,
    fills: tuple[str, ...],
    expires: timedelta | None,
    reason: str,
    format_: str,
) -> None:
    """Make a key called NAME and print it. It is shown this once: only its hash is kept."""
    settings, now = Settings.load(program.settings_file), datetime.now(UTC)
    until = _from(now, expires)
    check_roles(settings, fills)
    allowed = {*scopes, *(ROLES[role] if role else ())} or {INTERACTIONS_WRITE, DECISIONS_READ}
    with closing(open_store(settings.store)) as store, store.write() as transaction:
        text = kept.make(transaction, settings.tenant, name, allowed, now, until, fills)
        made = _known(transaction, settings.tenant, text.split("_")[1])
        _note(transaction, "key created", made, reason, None, _state(made))
    _hand_over(text, made, format_)


@keys.command()
@click.argument("key_id", metavar="ID")
@click.option(
    "--overlap",
    type=Duration(zero=True),
    default="7d",
    show_default=True,
    metavar="TIME",
    help="How long the old key still holds, so that nobody is locked out meanwhile.",
)
@_EXPIRES
@reason_option
@format_option("text", "json")
@pass_program
def rotate(
    program: Program, key_id: str, overlap: timedelta, expires: timedelta | None, reason: str, format_: str
) -> None:
    """Print a new key that may do what the key with this ID may; that one ends when the overlap is over."""
    settings, now = Settings.load(program.settings_file), datetime.now(UTC)
    with closing(open_store(settings.store)) as store, store.write() as transaction:
        old = kept.get(transaction, settings.tenant, key_id)
        if old is None or not old.valid(now):
            raise _unknown(key_id)
        text = kept.rotate(transaction, old, now, _from(now, overlap) or now, _from(now, expires))
        ending = _known(transaction, settings.tenant, key_id)
        made = _known(transaction, settings.tenant, text.split("_")[1])
        _note(transaction, "key rotated", old, reason, _state(old), {**_state(ending), "followed_by": made.id})
        _note(transaction, "key created", made, reason, None, _state(made))
    tell(f"the key `{old.id}` holds until {_said(ending.expires_at)}")
    _hand_over(text, made, format_)


def check_roles(settings: Settings, fills: tuple[str, ...]) -> None:
    """Raises ConfigError for a role that no policy may name: whoever fills it would never be asked."""
    for role in fills:
        if not _ROLE.fullmatch(role):
            raise ConfigError(f"`{role}` is no role; write it in small letters, digits and `-`, such as `team-lead`")
        if settings.people.roles and role not in settings.people.roles:
            hint = did_you_mean(role, settings.people.roles) or "the setting names all that policies may name"
            raise ConfigError(f"`{role}` is not in `people.roles`; {hint}")


def _hand_over(text: str, made: ApiKey, format_: str) -> None:
    if format_ == "json":
        may = {"scopes": sorted(made.scopes), "fills": list(made.fills)}
        more = {"name": made.name, **may, "expires_at": _said(made.expires_at)}
        say_json({"id": made.id, "key": text, **more})
        return
    tell("keep this key now; it cannot be shown again")
    say(text)


def _known(transaction: Connection, tenant: str, key_id: str) -> ApiKey:
    key = kept.get(transaction, tenant, key_id)
    if key is None:
        raise _unknown(key_id)
    return key


def _unknown(key_id: str) -> ConfigError:
    return ConfigError(f"no key `{key_id}` holds any more; `careengine keys list` shows them all")


def _state(key: ApiKey) -> dict[str, Any]:
    times = {"expires_at": _said(key.expires_at), "revoked_at": _said(key.revoked_at)}
    fills = {"fills": list(key.fills)} if key.fills else {}
    return {"name": key.name, "scopes": sorted(key.scopes), **fills, **times}


def _note(
    transaction: Connection,
    did: str,
    key: ApiKey,
    reason: str,
    before: dict[str, Any] | None,
    after: dict[str, Any],
) -> None:
    deed = audit.Deed(actor=actor(), did=did, subject=f"key {key.id}", reason=reason, before=before, after=after)
    audit.add(transaction, key.tenant, deed, datetime.now(UTC))


def _said(at: datetime | None) -> str | None:
    return say_instant(at.replace(microsecond=0)) if at else None


def _from(now: datetime, length: timedelta | None) -> datetime | None:
    try:
        return None if length is None else now + length
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
        heads = ("id", "name", "scopes", "fills", "state", "created_at", "expires_at", "last_used_at")
        cells = [[", ".join(row[head]) if isinstance(row[head], list) else row[head] for head in heads] for row in rows]
        say_table([head.replace("_at", "").replace("_", " ") for head in heads], cells)


def _row(key: ApiKey, now: datetime) -> dict[str, Any]:
    state = "revoked" if key.revoked_at else "valid" if key.valid(now) else "expired"
    times = {name: getattr(key, name) for name in ("created_at", "expires_at", "last_used_at", "revoked_at")}
    said = {name: _said(at) for name, at in times.items()}
    may = {"scopes": sorted(key.scopes), "fills": list(key.fills)}
    return {"id": key.id, "name": key.name, **may, "state": state, **said}


@keys.command()
@click.argument("key_id", metavar="ID")
@reason_option
@pass_program
def revoke(program: Program, key_id: str, reason: str) -> None:
    """End the key with this ID, at once and for good."""
    settings = Settings.load(program.settings_file)
    with closing(open_store(settings.store)) as store, store.write() as transaction:
        before = kept.get(transaction, settings.tenant, key_id)
        if before is None or not kept.revoke(transaction, settings.tenant, key_id, datetime.now(UTC)):
            raise _unknown(key_id)
        after = _state(_known(transaction, settings.tenant, key_id))
        _note(transaction, "key revoked", before, reason, _state(before), after)
    say(f"revoked `{key_id}`")

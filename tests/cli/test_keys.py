from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from careengine.model.value import parse_instant
from careengine.service.roles import ROLES
from careengine.store import Store, keys

if TYPE_CHECKING:
    from tests.cli.conftest import Careengine

WHY = ("--reason", "the new shop")


pytestmark = pytest.mark.usefixtures("database")


def opens(database: str, text: str, later: timedelta = timedelta(0)) -> bool:
    with closing(Store.open(database)) as store, store.read() as reader:
        return keys.find(reader, text, datetime.now(UTC) + later) is not None


def test_a_new_key_is_printed_alone_and_opens_until_it_is_revoked(careengine: Careengine, database: str) -> None:
    made = careengine("keys", "create", "crm", *WHY)
    key = made.out.strip()
    assert made.code == 0
    assert "cannot be shown again" in made.err
    assert opens(database, key)
    identity = key.split("_")[1]
    assert careengine("keys", "revoke", identity, "--reason", "it leaked").code == 0
    assert not opens(database, key)
    assert careengine("keys", "revoke", identity, "--reason", "it leaked").code == 1


def test_keys_are_listed_without_what_they_read(careengine: Careengine) -> None:
    assert "there are no keys" in careengine("keys", "list").out
    made = careengine("keys", "create", "crm", *WHY, "--scope", "admin", "--format", "json").json
    (row,) = careengine("keys", "list", "--format", "json").json
    assert (row["id"], row["name"], row["scopes"], row["state"]) == (made["id"], "crm", ["admin"], "valid")
    text = careengine("keys", "list").out
    assert made["id"] in text
    assert made["key"] not in text


def test_a_key_without_scopes_of_its_own_reads_and_writes_but_is_no_admin(careengine: Careengine) -> None:
    careengine("keys", "create", "crm", *WHY)
    assert careengine("keys", "list", "--format", "json").json[0]["scopes"] == ["decisions:read", "interactions:write"]


def test_a_key_may_expire(careengine: Careengine, database: str) -> None:
    made = careengine("keys", "create", "crm", *WHY, "--expires", "30d", "--format", "json").json
    assert parse_instant(made["expires_at"]) - datetime.now(UTC) > timedelta(days=29)
    assert opens(database, made["key"], timedelta(days=29))
    assert not opens(database, made["key"], timedelta(days=31))


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("create",), 2, "missing argument"),
        (("create", "crm", "--scope", "all"), 2, "interactions:write"),
        (("create", "crm", "--expires", "soon"), 2, "`soon` is not a duration"),
        (("create", "crm", "--expires", "0d"), 2, "no time at all"),
        (("create", "crm", *WHY, "--expires", "9999999w"), 1, "leave `--expires` out"),
        (("revoke", "nobody", "--reason", "it leaked"), 1, "careengine keys list"),
        (("revoke", "nobody"), 2, "--reason"),
        (("rotate", "nobody", "--reason", "it is time"), 1, "careengine keys list"),
        (("create", "crm", "--role", "boss"), 2, "reviewer"),
        (("create", "crm"), 2, "--reason"),
        (("create", "crm", "--reason", " "), 2, "say why"),
    ],
)
def test_wrong_use_is_told_what_would_be_right(
    careengine: Careengine, arguments: tuple[str, ...], code: int, says: str
) -> None:
    ran = careengine("keys", *arguments)
    assert ran.code == code
    assert says in ran.err


def test_a_key_may_have_the_scopes_of_a_role(careengine: Careengine) -> None:
    made = careengine("keys", "create", "desk", *WHY, "--role", "reviewer", "--format", "json").json
    assert made["scopes"] == sorted(ROLES["reviewer"])


def test_a_rotated_key_and_its_follower_both_open_until_the_stated_time(careengine: Careengine, database: str) -> None:
    first = careengine("keys", "create", "crm", *WHY, "--role", "ops", "--format", "json").json
    ran = careengine("keys", "rotate", first["id"], "--overlap", "2d", "--reason", "it is time", "--format", "json")
    (old,) = [row for row in careengine("keys", "list", "--format", "json").json if row["id"] == first["id"]]
    assert f"holds until {old['expires_at']}" in ran.err
    assert ran.json["scopes"] == first["scopes"]
    for key, day, holds in ((first, 1, True), (first, 3, False), (ran.json, 3, True)):
        assert opens(database, key["key"], timedelta(days=day)) is holds
    careengine("keys", "rotate", ran.json["id"], "--overlap", "0d", "--expires", "90d", "--reason", "it leaked")
    assert not opens(database, ran.json["key"])
    again = careengine("keys", "rotate", ran.json["id"], "--reason", "it is time")
    assert (again.code, again.out) == (1, "")


def test_who_did_what_to_a_key_and_why_is_in_the_audit(careengine: Careengine) -> None:
    made = careengine("keys", "create", "crm", "--reason", "the new shop", "--format", "json").json
    careengine("keys", "rotate", made["id"], "--reason", "it is time")
    careengine("keys", "revoke", made["id"], "--reason", "it leaked")
    entries = careengine("audit", "--subject", f"key {made['id']}", "--format", "json").json
    assert [(one["did"], one["reason"]) for one in entries] == [
        ("key revoked", "it leaked"),
        ("key rotated", "it is time"),
        ("key created", "the new shop"),
    ]
    assert all(one["actor"].startswith("local:") for one in entries)
    assert (entries[0]["before"]["revoked_at"], entries[2]["before"]) == (None, None)
    assert entries[0]["after"]["revoked_at"]
    assert made["key"].split("_", 2)[2] not in careengine("audit").out

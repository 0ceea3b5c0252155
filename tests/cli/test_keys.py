from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from careengine.model.value import parse_instant
from careengine.store import Store, keys

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Careengine


def opens(folder: Path, text: str, later: timedelta = timedelta(0)) -> bool:
    store = Store.open(f"sqlite:///{folder / 'careengine.db'}")
    try:
        with store.read() as reader:
            return keys.find(reader, text, datetime.now(UTC) + later) is not None
    finally:
        store.close()


def test_a_new_key_is_printed_alone_and_opens_until_it_is_revoked(careengine: Careengine, tmp_path: Path) -> None:
    made = careengine("keys", "create", "crm")
    key = made.out.strip()
    assert made.code == 0
    assert "cannot be shown again" in made.err
    assert opens(tmp_path, key)
    identity = key.split("_")[1]
    assert careengine("keys", "revoke", identity).code == 0
    assert not opens(tmp_path, key)
    assert careengine("keys", "revoke", identity).code == 1


def test_keys_are_listed_without_what_they_read(careengine: Careengine) -> None:
    assert "there are no keys" in careengine("keys", "list").out
    made = careengine("keys", "create", "crm", "--scope", "admin", "--format", "json").json
    (row,) = careengine("keys", "list", "--format", "json").json
    assert (row["id"], row["name"], row["scopes"], row["state"]) == (made["id"], "crm", ["admin"], "valid")
    text = careengine("keys", "list").out
    assert made["id"] in text
    assert made["key"] not in text


def test_a_key_without_scopes_of_its_own_reads_and_writes_but_is_no_admin(careengine: Careengine) -> None:
    careengine("keys", "create", "crm")
    assert careengine("keys", "list", "--format", "json").json[0]["scopes"] == ["decisions:read", "interactions:write"]


def test_a_key_may_expire(careengine: Careengine, tmp_path: Path) -> None:
    made = careengine("keys", "create", "crm", "--expires", "30d", "--format", "json").json
    assert parse_instant(made["expires_at"]) - datetime.now(UTC) > timedelta(days=29)
    assert opens(tmp_path, made["key"], timedelta(days=29))
    assert not opens(tmp_path, made["key"], timedelta(days=31))


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("create",), 2, "missing argument"),
        (("create", "crm", "--scope", "all"), 2, "interactions:write"),
        (("create", "crm", "--expires", "soon"), 2, "`soon` is not a duration"),
        (("create", "crm", "--expires", "0d"), 2, "no time at all"),
        (("create", "crm", "--expires", "9999999w"), 1, "leave `--expires` out"),
        (("revoke", "nobody"), 1, "careengine keys list"),
    ],
)
def test_wrong_use_is_told_what_would_be_right(
    careengine: Careengine, arguments: tuple[str, ...], code: int, says: str
) -> None:
    ran = careengine("keys", *arguments)
    assert ran.code == code
    assert says in ran.err

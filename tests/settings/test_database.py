"""The settings of the store: a password comes from the environment or a file, and is shown nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from careengine.errors import SettingsError
from careengine.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

URL = "postgresql+psycopg://care@db.example.com:5433/careengine?sslmode=verify-full"
WITH_PASSWORD = URL.replace("care@", "care:s3%40cret@")
HOW = r"write `store.password` as `\{env = \"NAME\"\}` or `\{file = \"path\"\}`"


def _load(folder: Path, text: str = "", env: Mapping[str, str] | None = None) -> Settings:
    path = folder / "careengine.toml"
    path.write_text(text)
    return Settings.load(path, env or {})


def test_a_server_with_its_limits(tmp_path: Path) -> None:
    limits = "connections = 40\nwait_seconds = 2.5\nstatement_seconds = 10"
    store = _load(tmp_path, f'[store]\nurl = "{URL}"\n{limits}').store
    assert (store.url, store.password) == (URL, None)
    assert (store.connections, store.wait_seconds, store.statement_seconds) == (40, 2.5, 10)


@pytest.mark.parametrize("reference", ['{env = "CAREENGINE_DB_PASSWORD"}', '{file = "secret"}'])
def test_a_password_by_reference(tmp_path: Path, reference: str) -> None:
    (tmp_path / "secret").touch(0o600)
    (tmp_path / "secret").write_text("s3@cret\n")
    env = {"CAREENGINE_DB_PASSWORD": "s3@cret"} if "env" in reference else {}
    settings = _load(tmp_path, f'[store]\nurl = "{URL}"\npassword = {reference}', env)
    assert settings.store.password == "s3@cret"
    assert "s3" not in repr(settings)


def test_a_password_in_an_address_from_the_environment_is_taken_out_of_it(tmp_path: Path) -> None:
    settings = _load(tmp_path, env={"CAREENGINE_STORE__URL": WITH_PASSWORD})
    assert (settings.store.url, settings.store.password) == (URL, "s3@cret")
    assert "s3" not in repr(settings)


@pytest.mark.parametrize(
    ("url", "env", "says"),
    [
        (WITH_PASSWORD, {}, rf"careengine.toml: a password must not stand in `store.url`; {HOW}"),
        (f"{URL}&password=s3cret", {}, rf"careengine.toml: a password must not stand in `store.url`; {HOW}"),
        (URL, {"CAREENGINE_STORE__URL": f"{URL}&password=s3cret"}, r"variable `CAREENGINE_STORE__URL`: a password"),
        ("mysql://care:s3cret@db/care", {}, r"`store.url` must be `sqlite:///` and the path of a file, or `postgresql"),
        (URL, {"CAREENGINE_STORE__PASSWORD": "s3cret@"}, "`store.password` must be a table"),
    ],
)
def test_a_password_where_others_read_is_refused_and_not_repeated(
    tmp_path: Path, url: str, env: Mapping[str, str], says: str
) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        _load(tmp_path, f'[store]\nurl = "{url}"\n', env)
    assert "s3" not in str(caught.value)


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ('{env = "NOT_SET"}', "`store.password` cannot be read: environment variable `NOT_SET` is not set"),
        ('{file = "nowhere"}', "`store.password` cannot be read: file `.*nowhere`: no such file"),
    ],
)
def test_a_password_that_is_not_there(tmp_path: Path, reference: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        _load(tmp_path, f'[store]\nurl = "{URL}"\npassword = {reference}')

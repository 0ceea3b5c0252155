"""An adapter's options: held against its schema, secrets fetched from where they are kept and never shown."""

from __future__ import annotations

import os
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from careengine.errors import SettingsError
from careengine.model.adapter import AdapterSpec
from careengine.settings import Settings, adapter_options

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["base_url", "token"],
    "properties": {
        "base_url": {"type": "string", "description": "Where the CRM is."},
        "token": {"type": "string", "minLength": 6, "x-secret": True},
        "queue": {"type": "integer", "minimum": 1, "default": 1, "x-unit": "queues"},
        "since": {"type": "string", "format": "date"},
        "login": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"user": {"type": "string"}, "password": {"type": "string", "x-secret": True}},
        },
    },
}
BASE = '[adapters.desk]\nbase_url = "https://desk.example.com"\n'
GOOD = BASE + 'token = {env = "TOKEN"}\n'
ENV = {"TOKEN": "s3cret-token"}


def spec(schema: Mapping[str, Any] = MappingProxyType(SCHEMA)) -> AdapterSpec:
    return AdapterSpec(name="desk", create=lambda _: pytest.fail("not made here"), settings_schema=dict(schema))


def options(folder: Path, text: str, env: Mapping[str, str] = MappingProxyType(ENV)) -> Mapping[str, Any]:
    path = folder / "care.toml"
    path.write_text(text, encoding="utf-8")
    settings = Settings.load(path, env={}).adapters["desk"]
    before = repr(dict(settings.options))
    try:
        return adapter_options(settings, spec(), env)
    finally:
        assert repr(dict(settings.options)) == before  # no secret gets into the settings


def wrong(folder: Path, text: str, env: Mapping[str, str] = MappingProxyType(ENV)) -> str:
    with pytest.raises(SettingsError) as caught:
        options(folder, text, env)
    assert "s3cret" not in str(caught.value)
    return str(caught.value)


def test_secrets_come_from_the_environment_and_defaults_from_the_schema(tmp_path: Path) -> None:
    assert options(tmp_path, GOOD) == {"base_url": "https://desk.example.com", "token": "s3cret-token", "queue": 1}


def test_secrets_come_from_files_beside_the_settings(tmp_path: Path) -> None:
    (tmp_path / "token.txt").write_text("s3cret-file\n")
    (tmp_path / "token.txt").chmod(0o600)
    with capture_logs() as logs:
        found = options(tmp_path, BASE + 'token = {file = "token.txt"}\n')
    assert found["token"] == "s3cret-file"
    assert logs == []


@pytest.mark.skipif(os.name != "posix", reason="file modes are a POSIX idea")
def test_a_secret_that_everybody_can_read_is_warned_of(tmp_path: Path) -> None:
    (tmp_path / "token.txt").write_text("s3cret-file")
    (tmp_path / "token.txt").chmod(0o644)
    with capture_logs() as logs:
        options(tmp_path, BASE + 'token = {file = "token.txt"}\n')
    assert [entry["log_level"] for entry in logs] == ["warning"]
    assert "chmod 600" in logs[0]["event"]
    assert "s3cret" not in str(logs)


def test_a_nested_secret_is_fetched_and_masked(tmp_path: Path) -> None:
    found = options(tmp_path, GOOD + 'login = {user = "bot", password = {env = "TOKEN"}}\n')
    assert found["login"] == {"user": "bot", "password": "s3cret-token"}
    assert repr(found) == str(found) == f"{found}"
    assert "s3cret" not in repr(found)
    assert "'user': 'bot'" in repr(found)


WRONG = {
    'token = "s3cret-literal"': (
        "`adapters.desk.token` is a secret and must not stand in the settings; "
        'write `{env = "NAME"}` or `{file = "path"}`'
    ),
    'token = {env = "TOKEN", file = "x"}': "`adapters.desk.token` is a secret and must not stand in the settings",
    "token = 12345678": "`adapters.desk.token` is a secret and must not stand in the settings",
    'token = {env = "NONE"}': "`adapters.desk.token` cannot be read: environment variable `NONE` is not set",
    'token = {file = "none.txt"}': "none.txt`: no such file or directory",
    'token = {file = "."}': "is a directory",
    'token = {file = "empty.txt"}': "empty.txt` is empty",
    'token = {file = "binary.txt"}': "binary.txt` is not UTF-8 text",
    'token = {file = "a\\u0000b"}': "null",
    'token = {env = "SHORT"}': "`adapters.desk.token` must be at least 6 characters",
    'token = {env = "TOKEN"}\nqueue = "two"': '`adapters.desk.queue` must be a whole number, not `"two"`',
    'token = {env = "TOKEN"}\nqueue = 0': "`adapters.desk.queue` must be at least 1 queues, not `0`",
    'token = {env = "TOKEN"}\nqueu = 2': "unknown setting `adapters.desk.queu`; did you mean `adapters.desk.queue`?",
    'token = {env = "TOKEN"}\nlogin = "s3cret"': "`adapters.desk.login` must be a table",
    'token = {env = "TOKEN"}\nlogin = {password = "s3cret"}': "`adapters.desk.login.password` is a secret",
    "": "`adapters.desk.token` is missing",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_mistake_is_named_and_no_secret_with_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "empty.txt").write_text("\n")
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe")
    told = wrong(tmp_path, BASE + text, {**ENV, "SHORT": "s3cr"})
    assert WRONG[text] in told
    assert told.startswith(f"{tmp_path}/care.toml: ")
    assert len(told.splitlines()) == 1


def test_all_mistakes_are_told(tmp_path: Path) -> None:
    told = wrong(tmp_path, '[adapters.desk]\ntoken = "s3cret"\nqueue = 0\nother = 1\n').splitlines()
    assert len(told) == 4
    assert "`adapters.desk.base_url` is missing: Where the CRM is." in "\n".join(told)


@pytest.mark.parametrize(
    "address", ["ftp://x", "https://bot:s3cret@desk.example.com", "desk.example.com", "file:///etc"]
)
def test_addresses_are_plain_web_addresses_whatever_the_schema_says(tmp_path: Path, address: str) -> None:
    text = f'[adapters.desk]\nbase_url = "{address}"\ntoken = {{env = "TOKEN"}}\n'
    assert "`adapters.desk.base_url` must be an http or https address" in wrong(tmp_path, text)


def test_an_option_from_the_environment_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "care.toml"
    path.write_text(GOOD)
    found = Settings.load(path, env={"CAREENGINE_ADAPTERS__DESK__QUEUE": "none"}).adapters["desk"]
    with pytest.raises(SettingsError, match=r"^environment variable `CAREENGINE_ADAPTERS__DESK__QUEUE`: "):
        adapter_options(found, spec(), ENV)


def test_a_schema_that_points_elsewhere_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "care.toml"
    path.write_text(GOOD)
    elsewhere = {"type": "object", "properties": {"token": {"$ref": "http://127.0.0.1:9/schema"}}}
    with pytest.raises(SettingsError, match="the settings schema of adapter `desk` cannot be used"):
        adapter_options(Settings.load(path, env={}).adapters["desk"], spec(elsewhere), ENV)

"""Settings from the file, the environment and the command line; every mistake named where it was made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from careengine import resources
from careengine.errors import SettingsError
from careengine.settings import OidcSettings, Settings, is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator

FULL = """
tenant = "acme"
[rules]
paths = ["rules", "/etc/care/rules"]
fields = "own/fields.yaml"
starter = false
[store]
url = "sqlite:///data/care.db"
[service]
host = "0.0.0.0"
port = 9000
auth = "none"
public_url = "https://care.example.com/"
max_body_bytes = 2048
max_depth = 10
[privacy]
keep_text = "all"
[delivery]
max_attempts = 3
first_delay_seconds = 1
max_delay_seconds = 60.5
poll_seconds = 0.1
[adapters.helpdesk]
type = "django-helpdesk"
base_url = "https://helpdesk.example.com"
token = {env = "HELPDESK_TOKEN"}
[adapters.demo]
[plugins]
disabled = ["other"]
[log]
level = "debug"
format = "console"
"""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def load(text: str = "", env: Mapping[str, str] | None = None, flags: Mapping[str, Any] | None = None) -> Settings:
    Path("care.toml").write_text(text, encoding="utf-8")
    return Settings.load(Path("care.toml"), env=env or {}, flags=flags or {})


def wrong(text: str = "", env: Mapping[str, str] | None = None, flags: Mapping[str, Any] | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        load(text, env, flags)
    return str(caught.value)


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    found = Settings.load(env={})
    assert found.store.url == f"sqlite:///{tmp_path}/careengine.db"
    assert (found.tenant, found.service.host, found.service.port) == ("default", "127.0.0.1", 8080)
    assert (found.rules.starter, found.rules.paths, dict(found.adapters)) == (True, (), {})


def test_the_file_in_the_current_folder_is_found(tmp_path: Path) -> None:
    (tmp_path / "careengine.toml").write_text('tenant = "here"\n')
    assert Settings.load(env={}).tenant == "here"


def test_every_setting_can_be_written(tmp_path: Path) -> None:
    found = load(FULL)
    assert found.tenant == "acme"
    assert found.rules.paths == (tmp_path / "rules", Path("/etc/care/rules"))
    assert (found.rules.fields, found.rules.starter) == (tmp_path / "own/fields.yaml", False)
    assert found.store.url == f"sqlite:///{tmp_path}/data/care.db"
    service = found.service
    assert (service.host, service.port, service.max_body_bytes, service.max_depth) == ("0.0.0.0", 9000, 2048, 10)  # noqa: S104  only read
    assert service.auth == "none"
    assert service.public_url == "https://care.example.com"
    assert found.privacy.keep_text == "all"
    delivery = found.delivery
    assert (delivery.max_attempts, delivery.first_delay_seconds) == (3, 1)
    assert (delivery.max_delay_seconds, delivery.poll_seconds) == (60.5, 0.1)
    assert (found.plugins.disabled, found.log.level, found.log.format) == (("other",), "debug", "console")
    helpdesk = found.adapters["helpdesk"]
    assert (helpdesk.name, helpdesk.type) == ("helpdesk", "django-helpdesk")
    assert helpdesk.options == {"base_url": "https://helpdesk.example.com", "token": {"env": "HELPDESK_TOKEN"}}
    assert (found.adapters["demo"].type, dict(found.adapters["demo"].options)) == ("demo", {})


def test_relative_paths_count_from_the_folder_of_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "care.toml").write_text('[rules]\npaths = ["rules"]\n')
    found = Settings.load(Path("etc/care.toml"), env={})
    assert found.rules.paths == (folder / "rules",)
    assert found.store.url == f"sqlite:///{folder}/careengine.db"
    elsewhere = Settings.load(
        Path("etc/care.toml"), env={"CAREENGINE_STORE__URL": "sqlite:///x.db"}, flags={"rules.paths": (Path("mine"),)}
    )
    assert elsewhere.rules.paths == (tmp_path / "mine",)
    assert elsewhere.store.url == f"sqlite:///{tmp_path}/x.db"


def test_absolute_and_home_paths_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ops")
    assert load('[store]\nurl = "sqlite:////var/care.db"').store.url == "sqlite:////var/care.db"
    assert load('[store]\nurl = "sqlite:///~/care.db"').store.url == "sqlite:////home/ops/care.db"
    assert load('[store]\nurl = "sqlite:///:memory:"').store.url == "sqlite:///:memory:"


def test_environment_goes_over_file_and_flags_over_environment() -> None:
    text = '[service]\nport = 1\nhost = "a"\nmax_depth = 20\n'
    env = {"CAREENGINE_SERVICE__PORT": "2", "CAREENGINE_SERVICE__HOST": "b"}
    found = load(text, env, {"service.host": "c", "service.port": None, "log": {"level": "error"}})
    assert (found.service.port, found.service.host, found.service.max_depth) == (2, "c", 20)
    assert (found.log.level, found.log.format) == ("error", "json")


def test_environment_values_are_toml_or_else_text() -> None:
    env = {
        "CAREENGINE_TENANT": "42",  # the setting is text, so this is text
        "CAREENGINE_STORE__URL": '"sqlite:////quoted.db"',
        "CAREENGINE_RULES__STARTER": "false",
        "CAREENGINE_RULES__PATHS": '["/a", "/b"]',
        "CAREENGINE_ADAPTERS__DJANGO_HELPDESK__BASE_URL": "http://localhost:8000",
        "CAREENGINE_ADAPTERS__DJANGO_HELPDESK__TOKEN": '{env = "OTHER"}',
        "CAREENGINE_ADAPTERS__DJANGO_HELPDESK__QUEUE": "3",
        "CAREENGINE_LOG__LEVEL": "",  # empty is not set
        "OTHER": "not ours",
    }
    found = load(env=env)
    assert (found.tenant, found.store.url, found.rules.starter) == ("42", "sqlite:////quoted.db", False)
    assert found.rules.paths == (Path("/a"), Path("/b"))
    assert found.adapters["django-helpdesk"].options == {
        "base_url": "http://localhost:8000",
        "token": {"env": "OTHER"},
        "queue": 3,
    }
    assert found.log.level == "info"


def test_an_environment_value_cannot_smuggle_in_other_settings() -> None:
    assert "`tenant` must be small letters" in wrong(env={"CAREENGINE_TENANT": '"a"\nlog = 1'})


def test_a_secret_in_the_environment_takes_the_place_of_the_one_in_the_file() -> None:
    env = {"CAREENGINE_ADAPTERS__DEMO__TOKEN": '{file = "token.txt"}'}
    assert load('[adapters.demo]\ntoken = {env = "TOKEN"}', env).adapters["demo"].options == {
        "token": {"file": "token.txt"}
    }


def test_a_variable_that_holds_a_secret_is_no_setting() -> None:
    found = load('[adapters.demo]\ntoken = {env = "CAREENGINE_DEMO_TOKEN"}', {"CAREENGINE_DEMO_TOKEN": "s3cret"})
    assert found.adapters["demo"].options == {"token": {"env": "CAREENGINE_DEMO_TOKEN"}}


WRONG = {
    '[store]\nurll = "sqlite:///x.db"': "care.toml: unknown setting `store.urll`; did you mean `store.url`?",
    "[servce]\nport = 1": "care.toml: unknown setting `servce`; did you mean `service`?",
    "zzz = 1": "care.toml: unknown setting `zzz`; known here: `tenant`, `rules`, `store`",
    "tenant = 42": "care.toml: `tenant` must be text, not `42`; put it in quotes",
    'tenant = "Acme Ltd"': '`tenant` must be small letters, digits and hyphens, such as `acme`, not `"Acme Ltd"`',
    '[service]\nport = "80"': 'care.toml: `service.port` must be a whole number, not `"80"`',
    "[service]\nport = 80.0": "`service.port` must be a whole number, not `80.0`",
    "[service]\nport = true": "`service.port` must be a whole number, not `true`",
    "[service]\nport = 70000": "`service.port` must be at most 65535, not `70000`",
    "[service]\nmax_body_bytes = 3": "`service.max_body_bytes` must be at least 1024 bytes, not `3`",
    '[service]\nhost = ""': '`service.host` must be at least one character, not `""`',
    "[service]\nhost = 2026-01-01": "`service.host` must be text, not the date or time `2026-01-01`; put it in quotes",
    "[delivery]\npoll_seconds = nan": "`delivery.poll_seconds` must be a number, not `nan`",
    "[delivery]\npoll_seconds = inf": "`delivery.poll_seconds` must be a number, not `inf`",
    "[rules]\nstarter = 1": "`rules.starter` must be true or false, not `1`",
    '[rules]\npaths = "rules"': '`rules.paths` must be a list, not `"rules"`',
    "[rules]\npaths = [7]": "`rules.paths.0` must be text, not `7`; put it in quotes",
    "rules = 7": "`rules` must be a table, not `7`",
    "tenant = []": "`tenant` must be text, not a list",
    "[tenant]\na = 1": "`tenant` must be text, not a table",
    '[privacy]\nkeep_text = "some"': '`privacy.keep_text` must be one of `"none"`, `"evidence"`, `"all"`, not `"some"`',
    '[store]\nurl = "postgresql://x/y"': "`store.url` must be `sqlite:///` and the path of a file",
    '[adapters.Demo_CRM]\nurl = "x"': "`adapters.Demo_CRM` is not a name; write small letters, digits and hyphens",
    "[adapters]\ndemo = 1": "`adapters.demo` must be a table, not `1`",
    '[adapters.demo]\ntype = "Demo"': "`adapters.demo.type` must be small letters, digits and hyphens",
    "[delivery]\nmax_delay_seconds = 1": (
        "care.toml: `delivery.max_delay_seconds` (1) must not be less than `delivery.first_delay_seconds` (2)"
    ),
}


@pytest.mark.parametrize("text", WRONG)
def test_a_mistake_is_named_with_what_would_be_right(text: str) -> None:
    assert WRONG[text] in wrong(text)


@pytest.mark.parametrize(
    "address",
    [
        "ftp://care.example.com",
        "care.example.com",
        "https://",
        "https://user:pass@care.example.com",
        "https://care.example.com/?token=x",
        "https://care.example.com:99999",
        "https://care.example.com\\@evil.example",
        "https://care example.com",
        "javascript:alert(1)",
        "file:///etc/passwd",
    ],
)
def test_only_plain_web_addresses_are_taken(address: str) -> None:
    assert "`service.public_url` must be an http or https address" in wrong(flags={"service.public_url": address})


def test_all_mistakes_are_told_each_on_its_line_with_where_it_was_read() -> None:
    env = {"CAREENGINE_SERVICE__PORT": "many", "CAREENGINE_LOG__LEVL": "info"}
    told = wrong("tenant = 1\n[log]\nformat = 'xml'", env, {"rules.starter": "yes"}).splitlines()
    assert [line.split(": ")[0] for line in told] == [
        "environment variable `CAREENGINE_LOG__LEVL`",
        "care.toml",
        "the command line",
        "environment variable `CAREENGINE_SERVICE__PORT`",
        "care.toml",
    ]
    assert "unknown setting `log.levl`; did you mean `log.level`?" in "\n".join(told)


BROKEN = {
    "tenant = \n": "care.toml:1:10: not valid TOML: invalid value, near `tenant`",
    'a = 1\ntenant = "x': "care.toml:2:12: not valid TOML: ",
    "[store]\n[store]\n": "care.toml:2:7: not valid TOML: cannot declare `store` twice",
    "tenant": "care.toml:1:7: not valid TOML: expected `=` after a key in a key/value pair",
    'token = "s3cret" oops': "care.toml:1:18: not valid TOML: expected newline or end of document after a statement",
}


@pytest.mark.parametrize("text", BROKEN)
def test_broken_toml_is_shown_at_line_and_column(text: str) -> None:
    told = wrong(text)
    assert told.startswith(BROKEN[text])
    assert "s3cret" not in told


def test_files_that_cannot_be_read_are_told_apart(tmp_path: Path) -> None:
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'tenant = "caf\xe9"')
    for path, said in (
        (Path("none.toml"), "none.toml: there is no such settings file; `careengine init` writes one"),
        (latin, "is not UTF-8 text"),
        (tmp_path, "cannot be read: is a directory"),
    ):
        with pytest.raises(SettingsError) as caught:
            Settings.load(path, env={})
        assert said in str(caught.value)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "windows.toml"
    path.write_bytes(b'\xef\xbb\xbftenant = "acme"\r\n[service]\r\nport = 1\r\n')
    assert Settings.load(path, env={}).service.port == 1


def test_a_flood_of_brackets_is_an_error() -> None:
    assert "nested too deeply" in wrong("a = " + "[" * 50_000)


@given(st.dictionaries(st.sampled_from(["HOST", "PORT", "X"]), st.text(max_size=20)))
def test_no_environment_value_does_more_than_raise_a_settings_error(values: dict[str, str]) -> None:
    try:
        found = Settings.load(env={f"CAREENGINE_SERVICE__{name}": value for name, value in values.items()})
    except SettingsError as error:
        assert "CAREENGINE_SERVICE__" in str(error)  # noqa: PT017  both ways are right
    else:
        assert 0 <= found.service.port <= 65535


def test_no_secret_written_out_is_ever_printed() -> None:
    assert "s3cret" not in repr(load('[adapters.demo]\ntoken = "s3cret"'))


def leaves(
    schema: Mapping[str, Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    for name, part in schema.get("properties", {}).items():
        yield (*path, name), part
        yield from leaves(part, (*path, name))


def test_the_schema_is_valid_and_its_examples_fit_it() -> None:
    schema = resources.schema("settings")
    Draft202012Validator.check_schema(schema)
    for example in schema["examples"]:
        assert not list(Draft202012Validator(schema).iter_errors(example))
    for path, part in leaves(schema):
        for example in part.get("examples", ()):
            assert not list(Draft202012Validator(part).iter_errors(example)), path


def test_every_setting_is_described_and_its_default_is_the_real_one() -> None:
    for path, part in leaves(resources.schema("settings")):
        assert {"title", "description", "x-phrase"} <= set(part), path
        value: Any = Settings(oidc=OidcSettings(issuer="", audience=""))
        for name in path:
            value = getattr(value, name)
        if is_dataclass(value):
            assert {field.name for field in fields(value)} == set(part["properties"]), path
        else:
            plain = list(value) if isinstance(value, tuple) else dict(value) if isinstance(value, Mapping) else value
            assert (plain or None) == (part.get("default") or None), path


def test_what_the_schema_gives_as_an_example_is_read() -> None:
    [example] = resources.schema("settings")["examples"]
    found = Settings.load(env={}, flags=example)
    assert found.adapters["helpdesk"].type == "django-helpdesk"


OIDC = """
[oidc]
issuer = "https://login.example.com/staff"
audience = "careengine"
algorithms = ["ES256"]
roles = {care-ops = "ops"}
[service]
trusted_proxies = ["10.0.0.7", "2001:db8::/32"]
[retention]
events_days = 730
"""


def test_people_proxies_and_retention_are_read() -> None:
    found = load(OIDC)
    assert found.oidc is not None
    assert (found.oidc.algorithms, dict(found.oidc.roles)) == (("ES256",), {"care-ops": "ops"})
    assert found.service.trusted_proxies == ("10.0.0.7", "2001:db8::/32")
    assert (found.retention.events_days, found.retention.keys_days) == (730, 0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[oidc]\naudience = "x"', "`oidc.issuer` is missing"),
        ('[oidc]\nissuer = "http://login.example.com"\naudience = "x"', "`oidc.issuer` must begin with `https://`"),
        ('[oidc]\nissuer = "https://a.example"\naudience = "x"\nalgorithms = ["HS256"]', "must be one of"),
        ('[oidc]\nissuer = "https://a.example"\naudience = "x"\nalgorithms = ["none"]', "must be one of"),
        ('[oidc]\nissuer = "https://a.example"\naudience = "x"\nroles = {a = "boss"}', "must be one of"),
        ('[service]\ntrusted_proxies = ["proxy"]', "must be an IP address or a network"),
        ('[service]\ntrusted_proxies = ["10.0.0.7/24"]', "must be an IP address or a network"),
        ("[retention]\nevents_days = -1", "at least 0 days"),
    ],
)
def test_what_would_let_the_wrong_ones_in_is_refused(text: str, says: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(says)):
        load(text)


def test_an_issuer_on_this_machine_may_do_without_https() -> None:
    assert load('[oidc]\nissuer = "http://127.0.0.1:8000"\naudience = "x"').oidc is not None


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_is_this_machine(host: str) -> None:
    assert is_loopback(host)

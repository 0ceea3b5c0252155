"""The settings: schema, code and README say the same."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import careengine_django_helpdesk
import pytest
from careengine_django_helpdesk.options import Options, Place
from jsonschema import Draft202012Validator

SPEC = careengine_django_helpdesk.careengine_adapters()[0]
PROPERTIES = SPEC.settings_schema["properties"]
README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
LEAST: dict[str, Any] = {"base_url": "http://x/", "token": "12345678", "webhook_secret": "0123456789abcdef"}


def fits(settings: dict[str, Any]) -> bool:
    return Draft202012Validator(SPEC.settings_schema).is_valid(settings)


def test_every_setting_is_read_and_has_the_schemas_default() -> None:
    assert {field.name for field in fields(Options)} == set(PROPERTIES)
    assert SPEC.secrets == {("token",), ("webhook_secret",), ("previous_webhook_secret",)}
    options = Options.read(LEAST)
    for name, setting in PROPERTIES.items():
        if "default" in setting:
            assert getattr(options, name) == setting["default"], name


def test_secrets_are_not_printed() -> None:
    assert not {LEAST["token"], LEAST["webhook_secret"]} & set(re.findall(r"\w+", repr(Options.read(LEAST))))


def test_the_readmes_settings_fit() -> None:
    block = re.search(r"```toml\n(.*?)```", README, re.DOTALL)
    assert block
    given = tomllib.loads(block[1])["adapters"]["django-helpdesk"]
    assert fits(given | {"token": LEAST["token"], "webhook_secret": LEAST["webhook_secret"]})
    assert Options.read(given).roles["tier-2"] == Place(user=3, queue=2)


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": "ftp://x"},
        {"base_url": "https://user:word@x"},
        {"base_url": "https://x?a=1"},
        {"webhook_secret": "short"},
        {"webhook_secret": "with blanks in between"},
        {"roles": {"tier-2": {}}},
        {"roles": {"tier-2": {"usr": 3}}},
        {"priorities": {"important": 1}},
        {"statuses": {"6": "asleep"}},
        {"fields": {"text": "custom_x"}},
        {"fields": {"customer.tier": "submitter_email"}},
        {"customer_id": "title"},
        {"timeout_seconds": 0},
        {"colour": "red"},
    ],
)
def test_settings_that_are_refused(wrong: dict[str, Any]) -> None:
    assert fits(LEAST)
    assert not fits(LEAST | wrong)

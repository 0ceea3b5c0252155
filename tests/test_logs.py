"""Logs show neither secrets nor what people wrote."""

from __future__ import annotations

import json
import logging
import os
from contextlib import suppress
from typing import Any

import pytest
import structlog
from requests import ConnectionError  # noqa: A004  it is one of the system's family

from careengine import logs, resources
from careengine.errors import StoreError
from careengine.model.catalogue import Catalogue


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    out, err = capsys.readouterr()
    assert out == ""  # standard output belongs to reports
    return [json.loads(line) for line in err.splitlines()]


def test_json_lines_hold_level_time_and_facts(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    structlog.get_logger("x").info("hello", customer="C-1")
    [line] = lines(capsys)
    assert {"event": "hello", "customer": "C-1", "level": "info"}.items() <= line.items()
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("format_", ["json", "console"])
@pytest.mark.parametrize(
    "name",
    ["token", "access_token", "webhookSecret", "Authorization", "X-API-Key", "keys", "DB_PASSWORD", "text", "Text"],
)
def test_secrets_and_words_are_not_shown(capsys: pytest.CaptureFixture[str], name: str, format_: str) -> None:
    logs.configure("info", format_)
    structlog.get_logger("x").info("hello", **{name: "pl4nted"}, deep=[{"deeper": ({name: "pl4nted"},)}])
    logging.getLogger("library").warning("hello", extra={name: "pl4nted"})
    told = capsys.readouterr().err
    assert told.count("hello") == 2
    assert "pl4nted" not in told


def test_names_that_only_look_alike_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    structlog.get_logger("x").info("hello", monkey=1, context="c", tokenizer="t")
    [line] = lines(capsys)
    assert (line["monkey"], line["context"], line["tokenizer"]) == (1, "c", "t")


@pytest.mark.parametrize("format_", ["json", "console"])
def test_an_exception_is_told_without_what_it_may_quote(capsys: pytest.CaptureFixture[str], format_: str) -> None:
    logs.configure("info", format_)
    for logger in (structlog.get_logger("x"), logging.getLogger("library")):
        try:
            try:
                raise KeyError("what the customer wrote")  # noqa: TRY301
            except KeyError as error:
                raise StoreError("the disk is full") from error
        except StoreError:
            logger.exception("failed")
    told = capsys.readouterr().err
    assert "customer wrote" not in told.replace('raise KeyError("what the customer wrote")', "").replace(
        r"raise KeyError(\"what the customer wrote\")", ""
    )
    assert told.count("KeyError") >= 2
    assert told.count("StoreError: the disk is full") == 2
    assert "test_logs.py" in told


def test_a_fault_of_the_system_is_quoted_and_one_of_a_library_with_its_addresses_is_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("info", "json")
    for error in (ConnectionError("/customers/pl4nted"), PermissionError(13, "no right to it")):
        structlog.get_logger("x").warning("failed", exc_info=error)
    told = [line["exception"] for line in lines(capsys)]
    assert told == ["ConnectionError", "PermissionError: [Errno 13] no right to it"]


def test_the_level_counts_for_us_and_for_libraries(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("warning", "json")
    structlog.get_logger("x").info("quiet")
    logging.getLogger("library").info("quiet")
    logging.getLogger("uvicorn").warning("loud")
    structlog.get_logger("x").error("loud")
    assert [line["event"] for line in lines(capsys)] == ["loud", "loud"]


@pytest.mark.parametrize("format_", ["json", "console"])
def test_personal_fields_of_an_interaction_are_masked_wherever_it_stands(
    capsys: pytest.CaptureFixture[str], format_: str
) -> None:
    customer = {"id": "pl4nted", "name": "pl4nted", "tier": "gold", "adjustments": ["pl4nted"]}
    logs.configure("info", format_)
    log = structlog.get_logger("x")
    log.info("hello", customer=customer)
    log.info("hello", document={"customer": customer, "incident": {"target": "pl4nted"}})
    log.info("hello", batch=[{"customer": customer}], facts={"fields": {"customer.email": "pl4nted"}})
    logging.getLogger("library").warning("hello", extra={"interaction": {"customer": customer}})
    told = capsys.readouterr().err
    assert "pl4nted" not in told
    assert told.count("gold") == 4


def test_a_company_may_mark_its_own_fields(capsys: pytest.CaptureFixture[str]) -> None:
    schema = resources.schema("interaction")
    own = {"x-type": "text", "x-phrase": "the name at school", "title": "School", "x-pii": True}
    custom = {**schema["properties"]["custom"], "properties": {"school_name": own}}
    merged = {**schema, "properties": {**schema["properties"], "custom": custom}}
    logs.configure("info", "json", Catalogue.from_schema(merged))
    structlog.get_logger("x").info("hello", document={"custom": {"school_name": "pl4nted"}})
    assert "pl4nted" not in capsys.readouterr().err


def test_a_reader_that_went_away_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    logs.configure("info", "json")
    read, write = os.pipe()
    os.close(read)
    with open(write, "w", encoding="utf-8", buffering=1, closefd=False) as nobody:
        monkeypatch.setattr("sys.stderr", nobody)
        structlog.get_logger("x").info("hello")
        monkeypatch.undo()
        with suppress(BrokenPipeError):
            nobody.close()
    os.close(write)

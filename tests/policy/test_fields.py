from __future__ import annotations

from typing import TYPE_CHECKING

import jsonschema
import pytest

from careengine import resources
from careengine.errors import PolicyError
from careengine.model.catalogue import Catalogue
from careengine.policy import loader
from careengine.policy.fields import site_catalogue

if TYPE_CHECKING:
    from pathlib import Path

    from tests.policy.bench import Bench

OWN = """\
contract:
  title: Contract
  x-type: category
  x-phrase: the kind of contract
  enum: [rolling, fixed]
months_left: {title: Months left, x-type: integer, x-phrase: the time left, x-unit: months, minimum: 0, maximum: 60}
spend: {title: Spend, x-type: money, x-phrase: the spend}
renewed_at: {title: Renewed, x-type: instant, x-phrase: the renewal}
labels: {title: Labels, x-type: tags, x-phrase: the labels, x-pii: true}
remark: {title: Remark, x-type: text, x-phrase: the remark, x-text: true, maxLength: 20}
churning: {title: Churning, x-type: boolean, x-phrase: the customer may leave}
score: {title: Score, type: number, x-type: number, x-phrase: the score}
"""


def problems(path: Path) -> list[tuple[str, int, int]]:
    with pytest.raises(PolicyError) as caught:
        site_catalogue(path)
    return [(problem.code, problem.line, problem.column) for problem in caught.value.problems]


def test_without_a_fragment_there_are_the_shipped_fields() -> None:
    site = site_catalogue(None)
    assert site.schema == resources.schema("interaction")
    assert site.catalogue == Catalogue.from_schema(site.schema)


@pytest.mark.parametrize("wrapped", ["", "$schema: x\ntype: object\nproperties:\n"])
def test_own_fields_join_the_catalogue(bench: Bench, wrapped: str) -> None:
    text = wrapped + "".join(f"  {line}\n" for line in OWN.splitlines()) if wrapped else OWN
    site = site_catalogue(bench.write("fields.yaml", text))
    own = {path: field for path, field in site.catalogue.fields.items() if path.startswith("custom.")}
    types = {path.removeprefix("custom."): field.type for path, field in own.items()}
    assert types == {
        "contract": "category",
        "months_left": "integer",
        "spend": "money",
        "renewed_at": "instant",
        "labels": "tags",
        "remark": "text",
        "churning": "boolean",
        "score": "number",
    }
    assert own["custom.contract"].allowed == ("rolling", "fixed")
    assert (own["custom.months_left"].maximum, own["custom.months_left"].unit) == (60, "months")
    assert own["custom.remark"].words
    assert own["custom.labels"].pii
    assert site.catalogue.get("customer.tier") is not None
    assert resources.schema("interaction")["properties"]["custom"]["properties"] == {}


@pytest.mark.parametrize(
    ("custom", "good"),
    [
        ({}, True),
        ({"contract": "fixed", "months_left": 3, "spend": "1.00 GBP", "renewed_at": "2026-03-02T09:30:00Z"}, True),
        ({"labels": ["a"], "remark": "short", "churning": True, "score": 0.5}, True),
        ({"contract": "other"}, False),
        ({"months_left": 61}, False),
        ({"spend": "1 pound"}, False),
        ({"renewed_at": "yesterday"}, False),
        ({"labels": "a"}, False),
        ({"remark": "x" * 21}, False),
        ({"unknown": 1}, False),
    ],
)
def test_events_are_checked_for_own_fields(bench: Bench, custom: dict[str, object], good: object) -> None:
    site = site_catalogue(bench.write("fields.yaml", OWN))
    event = {"id": "e", "source": "s", "type": "case.opened", "occurred_at": "2026-03-02T09:30:00Z", "custom": custom}
    assert jsonschema.Draft202012Validator(site.schema).is_valid(event) is good


def test_rules_may_test_own_fields(bench: Bench) -> None:
    site = site_catalogue(bench.write("fields.json", '{"age": {"title": "Age", "x-type": "number", "x-phrase": "x"}}'))
    path = bench.policy("failure.days_late", "custom.age")
    assert loader.check([path], site.catalogue) == []
    (problem,) = bench.check(path)
    assert (problem.code, problem.suggestion) == ("CE302", "declare it in the site's own fields")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("age: {title: Age, x-type: number}", [("CE202", 1, 6)]),
        ("age: {title: Age, x-typ: number, x-phrase: x}", [("CE201", 1, 19)]),
        ("age: {title: Age, x-type: numbr, x-phrase: x}", [("CE204", 1, 27)]),
        ("age: {title: Age, x-type: signal, x-phrase: x}", [("CE204", 1, 27)]),
        ("age: {title: Age, x-type: category, x-phrase: x}", [("CE202", 1, 6)]),
        ("age: {title: Age, x-type: text, x-phrase: x, minimum: 3}", [("CE318", 1, 46)]),
        ("age: {title: Age, x-type: text, x-phrase: x, type: number}", [("CE318", 1, 46)]),
        ("The Age: {title: Age, x-type: text, x-phrase: x}", [("CE205", 1, 1)]),
        ("age: old", [("CE203", 1, 6)]),
        ("- age", [("CE203", 1, 1)]),
        ("age: {", [("CE110", 1, 7)]),
        ("", [("CE109", 0, 0)]),
        ("properties: {age: {title: Age, x-type: text, x-phrase: x}}\nprops: {}", [("CE201", 2, 1)]),
        (
            "a: {title: A}\nb: {title: 3, x-type: text, x-phrase: x}",
            [("CE202", 1, 4), ("CE202", 1, 4), ("CE203", 2, 12)],
        ),
    ],
)
def test_what_is_wrong_with_own_fields_is_told(bench: Bench, text: str, found: list[tuple[str, int, int]]) -> None:
    assert problems(bench.write("fields.yaml", text)) == found


def test_a_fragment_that_is_not_there_is_told(bench: Bench) -> None:
    assert problems(bench.folder / "none.yaml") == [("CE101", 0, 0)]

"""Whatever stands in a rule file: a valid set or problems, quickly, and nothing else."""

from __future__ import annotations

import copy
import json
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careengine import resources
from careengine.errors import PolicyError
from careengine.policy import grammar_words, loader
from careengine.policy.codes import CODES
from careengine.policy.document import parse
from careengine.policy.fields import site_catalogue
from careengine.policy.grammar import grammar
from careengine.policy.report import render
from careengine.policy.source import Source
from tests.policy.bench import AS_OF, BASES, IDS

if TYPE_CHECKING:
    from pathlib import Path

    from careengine.errors import Problem

CATALOGUE = site_catalogue(None).catalogue
quick = settings(deadline=timedelta(seconds=5), max_examples=150)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


def read(content: bytes, path: Path) -> list[Problem]:
    """All problems of one file; when there are none, a set of one policy that is built again to the same hash."""
    path.write_bytes(content)
    problems = loader.check([path], CATALOGUE, as_of=AS_OF)
    assert all(problem.code in CODES for problem in problems)
    said = [text for problem in problems for text in (problem.message, problem.suggestion)]
    assert all(text.isprintable() and len(text) < 600 for text in said)
    render(problems, "text", color=True)
    if any(problem.severity == "error" for problem in problems):
        with pytest.raises(PolicyError):
            loader.load([path], CATALOGUE)
    else:
        found = loader.load([path], CATALOGUE)
        assert len(found.policies) == 1
        assert loader.build_set(json.loads(json.dumps(found.documents())), CATALOGUE).hash == found.hash
    return problems


@quick
@given(content=st.binary(max_size=200), ending=st.sampled_from(["yaml", "json", "test.yaml"]))
def test_any_bytes(folder: Path, content: bytes, ending: str) -> None:
    path = folder / f"bytes.{ending}"
    path.write_bytes(content)
    assert loader.check([path], CATALOGUE, as_of=AS_OF)


@quick
@given(text=st.text(st.sampled_from("abci:- \n\t{}[],&*!|>'\"%#@?~<0129.xé\u00a0\u2028"), max_size=120))
def test_any_text_that_looks_like_yaml(folder: Path, text: str) -> None:
    assert read(text.encode(), folder / "text.yaml")


@quick
@given(
    kind=st.sampled_from(list(BASES)),
    cuts=st.lists(
        st.tuples(st.integers(0, 800), st.integers(0, 6), st.text("ab:-{}[]\"'\n 09&*", max_size=4)), max_size=3
    ),
)
def test_a_policy_with_characters_changed(folder: Path, kind: str, cuts: list[tuple[int, int, str]]) -> None:
    text = BASES[kind]
    for start, length, new in cuts:
        text = text[:start] + new + text[start + length :]
    read(text.encode(), folder / f"{IDS[kind]}.yaml")


LEAVES: list[Any] = [
    *(None, True, 0, -1, 2, 2.5, 10**15, "", "x", "gold", "7d", "0d", "7d\n", "now-2d", "2026-02-30", "5.00 GBP", "("),
    *("failure.severity", "incident.category", "customer", "signals.a.b", "interactions", "incidents", [], {}),
    *(["a", "a"], {"all": []}, {"field": "failure.type", "is": "x"}, {"count": "offers", "at_least": 1}),
    {"by": "case.tags", "a": "1.00 GBP"},
    *("-", "< 3", "[3..7)", "not (gold)", "escalate.to", "first", {"count": "offers"}, ["-", "> 3"], [["x", "y"]]),
]
leaves = st.sampled_from(LEAVES)
keys = st.sampled_from(
    ["field", "count", "sum", "all", "any", "not", "is", "in", "between", "matches", "within", "by", "x", "offer"]
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a document that can be written to."""
    found: list[tuple[Any, Any]] = []
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        found += [(value, key), *places(part)]
    return found


def value_of(text: str) -> Any:
    document, _ = parse(Source("", text), is_json=False)
    assert document is not None
    return document.value


DOCUMENTS = [value_of(text) for text in BASES.values()]


@st.composite
def spoilt(draw: st.DrawFn) -> dict[str, Any]:
    document: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(DOCUMENTS)))
    for _ in range(draw(st.integers(1, 3))):
        group, key = draw(st.sampled_from(places(document)))
        what = draw(st.sampled_from(["replace", "delete", "add"]))
        if what == "replace":
            group[key] = copy.deepcopy(draw(leaves))
        elif what == "delete":
            del group[key]
        elif isinstance(group, dict):
            group[draw(keys)] = copy.deepcopy(draw(leaves))
        if not places(document):
            break
    return document


@quick
@given(document=spoilt())
def test_a_policy_with_values_changed(folder: Path, document: dict[str, Any]) -> None:
    name = document.get("id") if document.get("id") in IDS.values() else "abuse"
    problems = read(json.dumps(document).encode(), folder / f"{name}.json")
    pointers = [(problem.code, problem.pointer) for problem in problems]
    assert len(set(pointers)) == len(pointers)  # no mistake is told twice


@quick
@given(document=spoilt())
def test_the_quick_and_the_exact_reading_of_the_schema_agree(document: dict[str, Any]) -> None:
    both = grammar("policy")
    without_line_breaks = json.loads(json.dumps(document).replace("\\n", ""))
    assert both.quick.is_valid(without_line_breaks) == both.exact.is_valid(without_line_breaks)


STRUCTURE = {"properties", "additionalProperties", "items", "$ref", "$defs", "required", "if", "then", "allOf", "const"}
STRUCTURE |= {"not"}  # of an `if` only
NOTES = {"$schema", "$id", "title", "description", "default", "examples", "format"}


def keywords(schema: Any) -> set[str]:
    """The keywords of a schema and of all schemas in it."""
    if isinstance(schema, list):
        return set().union(*map(keywords, schema))
    if not isinstance(schema, dict):
        return set()
    found = {key for key in schema if not key.startswith("x-")}
    for key, part in schema.items():
        if key not in NOTES:
            found |= keywords(list(part.values()) if key in ("properties", "$defs") else part)
    return found


@pytest.mark.parametrize("name", ["policy", "fields", "policy-test"])
def test_every_keyword_of_the_schemas_has_words_of_its_own(name: str) -> None:
    assert keywords(resources.schema(name)) - STRUCTURE - NOTES <= set(grammar_words._SAY)


def test_many_mistakes_take_no_longer_each(folder: Path) -> None:
    path = folder / "many.yaml"
    path.write_text("kind: recovery\n" + "".join(f"key{number}: 1\n" for number in range(10_000)))
    start = time.process_time()
    problems = loader.check([path], CATALOGUE, as_of=AS_OF)
    assert sum(problem.code == "CE201" for problem in problems) == 10_000
    assert time.process_time() - start < 6.0  # looking at every earlier mistake for each one took twenty seconds


def test_a_long_list_of_texts_and_numbers_is_looked_through_once(folder: Path) -> None:
    path = folder / "mixed.yaml"
    items = ", ".join(f"w{number}, {number}" for number in range(4_999))
    path.write_text(f"kind: recovery\nwhen: {{field: order.product, in: [{items}, w7, 7.0]}}\n")
    start = time.process_time()
    problems = loader.check([path], CATALOGUE, as_of=AS_OF)
    assert [problem.pointer for problem in problems if problem.code == "CE208"] == ["/when/in/9998", "/when/in/9999"]
    assert time.process_time() - start < 3.0  # comparing each with each took fifteen seconds

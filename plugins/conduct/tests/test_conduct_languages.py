"""The language data keeps its schema, and a language that is added works like those that came with the plugin."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import careengine_conduct
import pytest
from careengine_conduct import read
from careengine_conduct.forms import FormError, read_form
from careengine_conduct.language import CORE, FILES, LanguageError, core, read_language
from jsonschema import Draft202012Validator

HERE = Path(careengine_conduct.__file__).parent
SCHEMA = json.loads((HERE / "language.schema.json").read_text(encoding="utf-8"))

ITALIAN: dict[str, Any] = {
    "words": {
        "title": "Italiano",
        "hints": ["il che non sei un una di mi per"],
        "disguised": ["insult"],
        "masks": ["idiota"],
        "words": {
            "you_are": ["sei siete"],
            "det": ["un una"],
            "insult": ["idiot-/a/i/e cretin-/o/a/i"],
            "say": ["detto"],
        },
    },
    "conduct": {
        "rules": [
            {
                "id": "insult.you-are",
                "category": "targeted_insult",
                "kind": "insult",
                "severity": 2,
                "target": "addressee",
                "confidence": 0.9,
                "forms": ["@you_are @det? !@insult"],
            }
        ],
        "guards": [{"id": "reported", "where": "before", "within": 8, "factor": 0.4, "forms": ["mi ~2 !@say"]}],
    },
    "signals": {"signals": []},
}


def merged(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in FILES:
        found |= json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return found


def written(folder: Path, data: dict[str, Any]) -> Path:
    for name, part in data.items():
        (folder / f"{name}.json").write_text(json.dumps(part), encoding="utf-8")
    return folder


@pytest.mark.parametrize("code", CORE)
def test_the_data_keeps_the_schema(code: str) -> None:
    data = merged(HERE / "languages" / code)
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(data)] == []
    ids = [one["id"] for one in [*data["rules"], *data["guards"], *data["signals"]]]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("code", CORE)
def test_every_conduct_category_and_every_vulnerability_is_known(code: str) -> None:
    data = merged(HERE / "languages" / code)
    assert {one["category"] for one in data["rules"]} == set(SCHEMA["$defs"]["rule"]["properties"]["category"]["enum"])
    assert {one["kind"] for one in data["signals"]} == set(SCHEMA["$defs"]["signal"]["properties"]["kind"]["enum"])


def test_a_language_can_be_added(tmp_path: Path) -> None:
    italian = read_language("it", written(tmp_path, ITALIAN))
    assert [*Draft202012Validator(SCHEMA).iter_errors(merged(tmp_path))] == []
    known = [*(core(code) for code in CORE), italian]
    found = read("non mi ascolti, sei un idiota", languages=known)
    assert (found.category, found.languages[0], found.spans[0].text) == ("targeted_insult", "it", "idiota")
    assert read("sei un 1diota", languages=known).severity == 2
    assert read("mi hanno detto che sei un cretino", languages=known).severity == 0


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ("@you_are @insult", "exactly one anchor"),
        ("!@you_are !@insult", "exactly one anchor"),
        ("!@insult ~x", "a number after `~`"),
        ("!@insult{0,2}", "not repeated"),
        ("!@insult ?", "no piece of a form"),
    ],
)
def test_a_form_that_cannot_be_read_says_why(form: str, why: str) -> None:
    with pytest.raises(FormError, match=why):
        read_form(form)


def test_faults_name_the_rule_and_the_file(tmp_path: Path) -> None:
    data = json.loads(json.dumps(ITALIAN))
    data["conduct"]["rules"][0]["forms"] = ["!@nobody"]
    with pytest.raises(LanguageError, match=r"`it\.insult\.you-are` names the class `nobody`"):
        read_language("it", written(tmp_path, data))
    (tmp_path / "signals.json").write_text("{", encoding="utf-8")
    with pytest.raises(LanguageError, match=r"`signals.json` of language `it` cannot be read"):
        read_language("it", tmp_path)

"""The language data keeps its schema, and a language that is added works like those that came with the plugin."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import careengine_conduct
import pytest
from careengine_conduct import read
from careengine_conduct.added import read_language
from careengine_conduct.forms import FormError, read_form
from careengine_conduct.language import CORE, FILES, HARD, LanguageError, core
from careengine_conduct.report import conduct
from careengine_conduct.settings import languages
from click.testing import CliRunner
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


def folder_of(made: Path, data: dict[str, Any]) -> Path:
    folder = made / "it"
    folder.mkdir()
    return written(folder, data)


def put(data: dict[str, Any], pointer: str, value: Any) -> None:
    """Set what stands at a pointer, or take it away where the value is `...`."""
    *above, last = [int(part) if part.isdigit() else part for part in pointer.split("/")[1:]]
    for part in above:
        data = data[part]  # type: ignore[index]
    if value is ...:
        del data[last]  # type: ignore[arg-type]
    else:
        data[last] = value  # type: ignore[index]


@pytest.mark.parametrize(
    ("file", "pointer", "value", "told"),
    [
        ("conduct", "/rules/0/severity", 40, "`40` does not fit: maximum `4`; a whole number from 0 to 4"),
        ("conduct", "/rules/0/severity", 1, "`1` does not fit: minimum `2`; conduct has 2 to 4"),
        ("conduct", "/rules/0/severity", "3", '`"3"` is no integer'),
        ("conduct", "/rules/0/confidence", 0, "above 0 and at most 1"),
        ("conduct", "/rules/0/target", "adressee", "did you mean `addressee`?"),
        ("conduct", "/rules/0/catgory", "x", "there is no such key; did you mean `category`?"),
        ("conduct", "/rules/0/kind", ..., "it is missing"),
        ("conduct", "/rules/0/forms/0", "@you_are", "a form has one piece that begins with `!`"),
        ("conduct", "/rules/0/forms/0", "!@nobody", "names the class `nobody`, of which there are no words"),
        ("conduct", "/rules/0/forms/0", "!a !b", "needs exactly one anchor"),
        ("conduct", "/guards/0/factor", 1.5, "above 0 and below 1"),
        ("conduct", "/guards/0/id", "quoted", "`quoted` is taken"),
        ("conduct", "/people", {"staff": ["@agnet"]}, "/people/staff: there are no words `agnet`"),
        ("words", "/words/det", "un una", '`"un una"` is no array; a list of texts'),
        ("words", "/hintz", ["il"], "did you mean `hints`?"),
        ("words", "/hints", ..., "it is missing"),
        (
            "words",
            "/without",
            {"x": ["insults", "det"]},
            "/without/x: there are no words `insults`; did you mean `insult`?",
        ),
        (
            "words",
            "/compounds",
            [{"classes": ["x"], "first": "a", "then": "b"}],
            "there are no words `x`; choose one of",
        ),
        ("signals", "/signals", ..., "it is missing"),
    ],
)
def test_each_fault_is_told_with_its_file_its_place_and_what_to_do(
    tmp_path: Path, file: str, pointer: str, value: Any, told: str
) -> None:
    data = deepcopy(ITALIAN)
    put(data[file], pointer, value)
    folder = folder_of(tmp_path, data)
    with pytest.raises(LanguageError) as raised:
        read_language("it", folder)
    [line] = str(raised.value).splitlines()
    assert line.startswith(f"{folder / file}.json: {pointer}")
    assert told in line


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"{", "cannot be read: expecting property name enclosed in double quotes at line 1, column 2"),
        (b"", "cannot be read: expecting value at line 1, column 1"),
        (b"\xff", "cannot be read: it is not UTF-8; save it as UTF-8"),
        (b"[1]", "cannot be read: it must be one object in braces"),
        (b'{"signals": NaN}', "cannot be read: `NaN` is no number of JSON"),
        (b"[" * 100_000, "cannot be read: "),
        (None, "cannot be read: no such file or directory"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, content: bytes | None, told: str) -> None:
    folder = folder_of(tmp_path, ITALIAN)
    if content is None:
        (folder / "signals.json").unlink()
    else:
        (folder / "signals.json").write_bytes(content)
    with pytest.raises(LanguageError) as raised:
        read_language("it", folder)
    assert str(raised.value).startswith(f"{folder / 'signals.json'}: {told}")


def test_all_faults_are_told_at_once_but_not_thousands(tmp_path: Path) -> None:
    data = deepcopy(ITALIAN)
    data["words"]["words"] |= {f"class{number}": number for number in range(50)}
    with pytest.raises(LanguageError) as raised:
        read_language("it", folder_of(tmp_path, data))
    assert len(str(raised.value).splitlines()) == 21
    assert str(raised.value).endswith("and 30 more")


@pytest.mark.parametrize("code", CORE)
def test_the_languages_that_come_along_pass_as_added_ones(tmp_path: Path, code: str) -> None:
    shutil.copytree(HERE / "languages" / code, tmp_path / code)
    assert read_language(code, tmp_path / code).rules == core(code).rules
    (tmp_path / code / f"{HARD}.json").unlink()
    assert read_language(code, tmp_path / code).hard == frozenset()


def test_the_verb_checks_a_folder(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, ITALIAN)
    fine = CliRunner().invoke(conduct, ["check", str(folder)])
    assert (fine.exit_code, fine.stdout) == (0, "it: words 11, rules 1, forms 2, guards 1, signals 0\n")
    data = deepcopy(ITALIAN)
    data["conduct"]["rules"][0]["severity"] = 40
    wrong = CliRunner().invoke(conduct, ["check", str(written(folder, data))])
    assert (wrong.exit_code, wrong.exception.__class__) == (1, SystemExit)
    assert "conduct.json: /rules/0/severity: `40`" in wrong.stdout
    named = CliRunner().invoke(conduct, ["check", str(tmp_path)])
    assert named.exit_code == 1
    assert "the folder of a language is named after it" in named.stdout


def test_a_language_with_faults_is_left_out_and_the_start_says_why(tmp_path: Path) -> None:
    data = deepcopy(ITALIAN)
    data["conduct"]["rules"][0]["severity"] = 40
    folder = folder_of(tmp_path, data)

    def ran(*arguments: str, heard: str = "") -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "careengine", *arguments],
            check=False,
            capture_output=True,
            text=True,
            input=heard,
            cwd=tmp_path,
            env={**os.environ, "CONDUCT_LANGUAGES": str(folder)},
        )
        return done.returncode, done.stdout + done.stderr

    code, told = ran("conduct", "read", heard="You are an idiot")
    assert code == 0
    assert '"targeted_insult"' in told
    assert f"{folder / 'conduct.json'}: /rules/0/severity: `40`" in told
    assert "Traceback" not in told
    written(folder, ITALIAN)
    assert ran("conduct", "check", "it") == (0, "it: words 11, rules 1, forms 2, guards 1, signals 0\n")


def changed(folder: Path, code: str, **words: str) -> Path:
    """A copy of a language that comes along, with further words in some classes."""
    shutil.copytree(HERE / "languages" / code, folder / code)
    data = json.loads((folder / code / "words.json").read_text(encoding="utf-8"))
    for name, more in words.items():
        data["words"][name].append(more)
    (folder / code / "words.json").write_text(json.dumps(data), encoding="utf-8")
    return folder / code


def test_an_added_language_takes_the_place_of_the_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("CONDUCT_LANGUAGES", raising=False)
    assert languages() == tuple(core(code) for code in CORE)
    folder = changed(tmp_path, "en", insult="quibbler")
    monkeypatch.setenv("CONDUCT_LANGUAGES", str(folder))
    assert [one.code for one in languages()] == [*CORE]
    assert caplog.messages == [f"{folder} is read instead of the `en` that comes along"]
    for text in ("You are an idiot", "I paid twice. Where is my parcel?", "Sie sind ein Idiot"):
        assert read(text, languages=languages()) == read(text)
    assert read("You are a quibbler", languages=languages()).category == "targeted_insult"
    assert read("You are a quibbler").category == ""
    shown = CliRunner().invoke(conduct, ["check", str(folder)])
    assert shown.exit_code == 0
    assert shown.stdout.endswith("it takes the place of the `en` that comes along, with all that stands in that\n")


@pytest.mark.parametrize("code", ["it", "fr"])
def test_a_language_that_is_named_twice_is_added_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, code: str
) -> None:
    folders = [tmp_path / name / code for name in ("first", "second")]
    for folder in folders:
        if code in CORE:
            changed(folder.parent, code)
        else:
            folder.mkdir(parents=True)
            written(folder, ITALIAN)
    monkeypatch.setenv("CONDUCT_LANGUAGES", os.pathsep.join(map(str, folders)))
    assert sorted(one.code for one in languages()) == sorted({*CORE, code})
    why = f"{folders[1]} is left out: CONDUCT_LANGUAGES names `{code}` before; take one of the two out"
    assert [one.getMessage() for one in caplog.records if one.levelname == "ERROR"] == [why]


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Good morning, I have been waiting for my refund. Ich bringe dich um.", "threat"),
        ("Hola, llevo tres semanas esperando mi pedido. Ich bringe dich um, du Schlampe.", "threat"),
        ("Good morning, I have been waiting for my refund. Te voy a matar, hija de puta.", "threat"),
        ("Guten Tag, ich warte seit Wochen auf mein Paket. You fucking cunt, I will kill you.", "threat"),
        ("Good morning, I am still waiting for my parcel!\nVa te faire foutre, connard", "targeted_insult"),
        ("Hello, my order is late. Fick dich.", "targeted_insult"),
        ("Good morning, I have been waiting for my refund. " * 40 + "Ich bringe dich um.", "threat"),
    ],
)
def test_every_sentence_is_read_in_its_own_language(text: str, category: str) -> None:
    assert read(text).category == category


@pytest.mark.parametrize(
    "text",
    [
        "Good morning, I have been waiting for my refund. It is late, and nobody writes to me.",
        "Guten Tag, ich warte auf mein Paket. Die App ist down. Was soll das?",
        "Ich bringe dich um",
    ],
)
def test_a_message_in_one_language_is_read_in_that_alone(text: str) -> None:
    assert len(read(text).languages) == 1


def test_a_passage_in_a_language_that_the_heads_have_not_learnt_is_read_by_its_rules_alone(tmp_path: Path) -> None:
    known = [*(core(code) for code in CORE), read_language("it", written(tmp_path, ITALIAN))]
    found = read(
        "Good morning, I have been waiting for my refund for weeks. Il che non mi sei un idiota.", languages=known
    )
    assert (found.languages, found.severity, found.confidence) == (("en", "it"), 2, 0.9)


@pytest.mark.parametrize("tag", ["de", "DE", "de-DE", "de_DE", "de_AT.UTF-8"])
def test_a_tag_may_be_written_with_either_line(tag: str) -> None:
    assert "de" in read("you are an idiot", language=tag).languages


def small(hints: str, are: str, det: str, insult: str) -> dict[str, Any]:
    """A language with one rule, all of its words in its own letters."""
    data = deepcopy(ITALIAN)
    first = insult.split(maxsplit=1)[0]
    data["words"] |= {"hints": [hints], "masks": [first], "splits": {f"{are}{det}": f"{are} {det}"}}
    data["words"]["words"] = {"you_are": [are], "det": [det], "insult": insult.split(), "say": [are]}
    data["conduct"] |= {"people": {"addressee": [are]}, "titles": [first]}
    data["conduct"]["guards"][0]["forms"] = [f"{first} ~2 !@say"]
    data["hard"] = {"hard": [insult]}
    return data


CYRILLIC = small("ти ви не ми", "си", "един", "идиот кретен копеле")
GREEK = small("και δεν μου το", "είσαι", "ένας", "ηλίθιος βλάκας κορόιδο")
ACCENTED = small("perché così più già", "sèi", "ùn", "babbèo baccàlà idìota")


@pytest.mark.parametrize("data", [CYRILLIC, GREEK, ACCENTED], ids=["Cyrillic", "Greek", "accents"])
def test_a_language_may_be_written_in_any_letters(tmp_path: Path, data: dict[str, Any]) -> None:
    added = read_language("xx", written(tmp_path, data))
    words = data["words"]
    [are], [det], insults = words["words"]["you_are"], words["words"]["det"], words["words"]["insult"]
    hints = words["hints"][0]
    known = [*(core(code) for code in CORE), added]
    assert {len(added.hints), len(added.hard)} == {4, 3}
    assert {one for those in added.disguised.values() for one in those} == added.rude == added.hard
    assert added.titles < added.hard
    for insult in insults:
        for text in (f"{hints} {are} {det} {insult}", f"{hints}, {are}{det} {insult}".upper()):
            found = read(text, languages=known)
            assert (found.category, found.languages[0]) == ("targeted_insult", "xx")
        assert read(f"{insult}, {hints} {are} {det} {insult}", languages=known).findings

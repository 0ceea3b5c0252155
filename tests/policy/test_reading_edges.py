"""Where exactly a mistake in a file is said to be, and where exactly reading stops."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from careengine.errors import PolicyError
from careengine.policy import loader
from careengine.policy.document import parse
from careengine.policy.fields import site_catalogue
from careengine.policy.source import Source, read_source
from tests.policy.bench import BASES, IDS

if TYPE_CHECKING:
    from pathlib import Path


def _problems(text: str, *, is_json: bool = False) -> list[tuple[str, str, int, int]]:
    _, problems = parse(Source("rule", text), is_json=is_json)
    return [(one.code, one.pointer, one.line, one.column) for one in problems]


@pytest.mark.parametrize(
    ("text", "pointer", "column"),
    [
        ("!x 1", "", 1),
        ("[!x 1]", "/0", 2),
        ("{a: [1, !x 2]}", "/a/1", 9),
        ("[[0, {b: {c: !x 1}}], 3]", "/0/1/b/c", 14),
        ("{a: {b: 1}, c: [[!x 2]]}", "/c/0/0", 18),
        ("{a/b: {c~d: !x 2}}", "/a~1b/c~0d", 13),
    ],
)
def test_a_problem_points_at_its_value(text: str, pointer: str, column: int) -> None:
    assert _problems(text) == [("CE116", pointer, 1, column)]


@pytest.mark.parametrize(
    ("text", "pointer"), [('{"a": ["\\u200b"]}', "/a/0"), ('{"a": {"\\u200b": 1}}', "/a/\u200b"), ('["\\u200b"]', "/0")]
)
def test_a_hidden_sign_in_json_is_found_in_keys_and_values(text: str, pointer: str) -> None:
    assert [(code, at) for code, at, *_ in _problems(text, is_json=True)] == [("CE108", pointer)]


def test_a_list_is_no_key() -> None:
    assert _problems("a: 1\n? [b]\n: 2") == [("CE119", "", 2, 3)]


@pytest.mark.parametrize(("digits", "codes"), [(398, []), (399, ["CE121"])])
def test_a_number_has_at_most_400_signs(digits: int, codes: list[str]) -> None:
    number = "0." + "1" * digits
    assert [code for code, *_ in _problems(number)] == codes
    assert [code for code, *_ in _problems(number, is_json=True)] == codes


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        (b"\xff", 1, 1),
        (b"a: 1\nb: \xff", 2, 4),
        (b"\xef\xbb\xbfa: \xff", 1, 4),
        (b"\xef\xbb\xbf\xff", 1, 1),
    ],
)
def test_a_byte_that_is_no_text_is_shown_at_its_place(content: bytes, line: int, column: int, tmp_path: Path) -> None:
    (tmp_path / "rule.yaml").write_bytes(content)
    with pytest.raises(PolicyError) as refused:
        read_source(tmp_path / "rule.yaml")
    [problem] = refused.value.problems
    assert (problem.code, problem.line, problem.column) == ("CE107", line, column)


def test_what_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as refused:
        read_source(tmp_path / "rule.yaml")
    assert [problem.code for problem in refused.value.problems] == ["CE101"]


@pytest.mark.parametrize("word", ["false", "False", "FALSE"])
def test_every_spelling_of_false_is_false(word: str) -> None:
    document, _ = parse(Source("rule", word), is_json=False)
    assert document is not None
    assert document.value is False


@pytest.mark.parametrize(("key", "hint"), [("5", '`"5"`'), ("TRUE", '`"true"`'), ("~", "write a key")])
def test_a_key_that_is_no_text_goes_nowhere_with_its_value(key: str, hint: str) -> None:
    document, [problem] = parse(Source("rule", f"a: 1\n{key}: {{b: 2}}\nc: 3"), is_json=False)
    assert document is not None
    assert document.value == {"a": 1, "c": 3}
    assert (problem.code, problem.line, hint in problem.suggestion) == ("CE119", 2, True)
    said = {"5": "`5`", "TRUE": "`true`", "~": "`null`"}[key]
    assert said in problem.message


def test_a_line_that_is_not_there_is_empty() -> None:
    source = Source("rule", "a\nb")
    assert [source.line(number) for number in (-1, 0, 1, 2, 3)] == ["", "", "a", "b", ""]


def test_a_hidden_sign_and_an_odd_indent_each_have_their_hint(tmp_path: Path) -> None:
    (tmp_path / "rule.yaml").write_text("a:\n\u00a0 b: \u200b1\n")
    with pytest.raises(PolicyError) as refused:
        read_source(tmp_path / "rule.yaml")
    told = [(one.suggestion, one.line, one.column) for one in refused.value.problems]
    assert told == [("delete it", 2, 6), ("use ordinary blanks", 2, 1)]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as refused:
        read_source(tmp_path)
    assert [problem.code for problem in refused.value.problems] == ["CE103"]


@pytest.mark.parametrize("kinds", [[], ["recovery"], ["escalation", "recovery"]])
def test_a_set_is_named_by_the_hash_of_its_documents_as_one_list(kinds: list[str], tmp_path: Path) -> None:
    catalogue = site_catalogue(None).catalogue
    (tmp_path / "README.md").touch()
    for kind in kinds:
        (tmp_path / f"{IDS[kind]}.yaml").write_text(BASES[kind])
    found = loader.load([tmp_path], catalogue) if kinds else loader.build_set([], catalogue)
    written = json.dumps(found.documents(), sort_keys=True, separators=(",", ":")).encode()
    assert found.hash == sha256(written).hexdigest()

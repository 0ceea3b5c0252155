from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yaml import SafeLoader

from careengine.errors import PolicyError
from careengine.policy import yaml_reader
from careengine.policy.document import parse, read_document
from careengine.policy.source import HIDDEN, Source
from tests.policy.bench import BASES

if TYPE_CHECKING:
    from tests.policy.bench import Bench


def yaml(text: str) -> Any:
    document, problems = parse(Source("rule.yaml", text), is_json=False)
    assert problems == []
    assert document is not None
    return document.value


def read_json(text: str) -> Any:
    document, problems = parse(Source("rule.json", text), is_json=True)
    assert problems == []
    assert document is not None
    return document.value


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("NO", "NO"),
        ("on", "on"),
        ("yes", "yes"),
        ("y", "y"),
        ("Off", "Off"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("nil", "nil"),
        ("22:30:00", "22:30:00"),
        ("1:30", "1:30"),
        ("20.00", 20.0),
        ("-3", -3),
        ("+3", 3),
        ("0", 0),
        ("-0", 0),
        ("0.5", 0.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("0x1F", 31),
        ("0o17", 15),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("9223372036854775807", 2**63 - 1),
        ("2026-01-01", "2026-01-01"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("5.00 GBP", "5.00 GBP"),
        ("=", "="),
        ("<<", "<<"),
        ("-", [None]),
        ("'0010'", "0010"),
        ('"true"', "true"),
        ("12e03x", "12e03x"),
        ("٣", "٣"),
    ],
)
def test_plain_scalars_follow_yaml_1_2(written: str, value: object) -> None:
    found = yaml(f"a:\n  {written}\n")["a"]
    assert found == value
    assert type(found) is type(value)


def test_block_text_and_nesting() -> None:
    text = "a: >-\n  one\n  two\nb: |\n  x\n  y\nc: {d: [1, {e: f}], g: }\nh:\n- i\n-\n  - j\n"
    assert yaml(text) == {"a": "one two", "b": "x\ny\n", "c": {"d": [1, {"e": "f"}], "g": None}, "h": ["i", ["j"]]}


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(bench: Bench) -> None:
    path = bench.write("bom.yaml", b"\xef\xbb\xbfa: 1\r\nb:\r\n  c: x\r\n")
    document = read_document(path)
    assert document.value == {"a": 1, "b": {"c": "x"}}
    assert document.place("/b/c") == (3, 6)
    assert document.excerpt(3) == "  c: x"


def test_every_value_has_its_place(bench: Bench) -> None:
    path = bench.write("ü.yaml", "title: Wörter\nwhen:\n  all:\n    - {field: é, is: 'x'}\n    - not: [a, b]\n")
    document = read_document(path)
    assert document.path.endswith("ü.yaml")
    places = {"": (1, 1), "/title": (1, 8), "/when": (3, 3), "/when/all": (4, 5), "/when/all/0/is": (4, 22)}
    assert {pointer: document.place(pointer) for pointer in places} == places
    assert document.place("/when/all/1/not/1") == (5, 16)
    assert document.key_place("/when/all/0/is") == (4, 18)
    assert document.place("/when/nothing/here") == (3, 3)
    assert document.excerpt(99) == ""


def test_json_values_have_their_places(bench: Bench) -> None:
    path = bench.write("rule.json", '{\n\t"a/b": [1, -2.50, true, null, "\\u00e9\\n"],\r\n  "c": {"d": {}}}\n')
    document = read_document(path)
    assert document.value == {"a/b": [1, -2.5, True, None, "é\n"], "c": {"d": {}}}
    assert document.place("/a~1b/1") == (2, 13)
    assert document.key_place("/c/d") == (3, 9)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('{"a": 1,}', (1, 9), "a key in double quotes"),
        ("[1 2]", (1, 4), "`,` or `]`"),
        ('{"a" 1}', (1, 6), "`:` should be"),
        ("{a: 1}", (1, 2), "`a` stands where"),
        ("{'a': 1}", (1, 2), "use double quotes"),
        ('{"a": 1', (1, 8), "the file ends"),
        ("// note\n{}", (1, 1), "JSON has no comments"),
        ("{} {}", (1, 4), "the end of the file"),
        ("[01]", (1, 2), "`01` stands"),
        ("[1.]", (1, 2), "`1.` stands"),
        ("[nul]", (1, 2), "`nul` stands"),
        ("[+1]", (1, 2), "`+1` stands"),
        ("[NaN]", (1, 2), "`NaN` stands"),
        ('["a\nb"]', (1, 2), "stands where"),
        ('["\\x"]', (1, 2), "stands where"),
        ("[[1]", (1, 5), "the file ends"),
        ("]", (1, 1), "a value should be"),
        ("[1}", (1, 3), "`,` or `]`"),
        ('\n{"a":\n  ,}', (3, 3), "a value should be"),
    ],
)
def test_json_is_read_strictly(text: str, place: tuple[int, int], words: str) -> None:
    document, (problem,) = parse(Source("rule.json", text), is_json=True)
    assert document is None
    assert problem.code == "CE112"
    assert (problem.line, problem.column) == place
    assert words in f"{problem.message}; {problem.suggestion}"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('["\\ud800"]', "CE108"),
        ('["\\u0000"]', "CE108"),
        ('{"\\u001b[2J": 1}', "CE108"),
        ("[1e999]", "CE121"),
        ("[9223372036854775808]", "CE121"),
        ('{"a": 1, "a": 2}', "CE113"),
        ("[" * 41 + "]" * 41, "CE118"),
    ],
)
def test_json_values_that_are_refused(text: str, code: str) -> None:
    _, (problem,) = parse(Source("rule.json", text), is_json=True)
    assert problem.code == code


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8").filter(lambda char: not HIDDEN.search(char)), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab/~é😀 ", max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(value=json_values.filter(lambda value: value is not None), escaped=st.booleans(), indent=st.none() | st.just(2))
def test_json_means_what_the_library_says(*, value: object, escaped: bool, indent: int | None) -> None:
    assert read_json(json.dumps(value, ensure_ascii=escaped, indent=indent)) == value


@given(text=st.text('[]{},:"\\ \n\t01-.eE+truefalsn/u', max_size=24))
def test_json_is_accepted_exactly_when_the_library_accepts_it(text: str) -> None:
    document, problems = parse(Source("rule.json", text), is_json=True)
    if problems and problems[0].code not in ("CE112", "CE109"):
        return  # valid JSON that is refused for another reason
    try:
        value = json.loads(text, parse_constant=pytest.fail)
    except ValueError:
        assert document is None
    else:
        assert document is None if value is None else (document is not None and document.value == value)


def test_reading_raises_with_every_mistake(bench: Bench) -> None:
    path = bench.write("bad.yaml", "a: 0010\nb: &x 1\nc: *x\nd: !t 1\na: 2\n1: 2\n<<: {}\ne: .nan\n")
    with pytest.raises(PolicyError) as caught:
        read_document(path)
    found = [(problem.code, problem.line) for problem in caught.value.problems]
    assert found == [
        ("CE120", 1),
        ("CE114", 2),
        ("CE114", 3),
        ("CE116", 4),
        ("CE113", 5),
        ("CE119", 6),
        ("CE115", 7),
        ("CE121", 8),
    ]


BOMBS = {
    "brackets": "[" * 50_000,
    "braces": "{" * 50_000,
    "flow in flow": "[a," * 60_000,
    "dashes": "- " * 60_000,
    "keys": "? " * 60_000,
    "laughs": 'a: &a ["lol","lol"]\n'
    + "".join(f"{c}: &{c} [*{b}, *{b}]\n" for b, c in zip("abcdef", "bcdefg", strict=True)),
    "merges": "a: &a {x: 1}\n" + "b: {<<: [" + "*a, " * 9 + "*a]}\n",
    "long line": "a: " + "x" * 200_000,
    "colons": "a: " * 50_000,
    "quotes": "'" * 100_001,
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.parametrize("is_json", [False, True])
def test_bombs_do_not_go_off(*, name: str, is_json: bool) -> None:
    document, problems = parse(Source("bomb.yaml", BOMBS[name]), is_json=is_json)
    assert problems or name == "long line"
    assert len(problems) <= 40
    assert document is None or len(str(document.value)) < 300_000


@pytest.mark.parametrize("kind", BASES)
def test_the_parser_in_python_reads_the_same(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    quick, _ = parse(Source("rule.yaml", BASES[kind]), is_json=False)
    monkeypatch.setattr(yaml_reader, "_Parser", SafeLoader)
    slow, problems = parse(Source("rule.yaml", BASES[kind]), is_json=False)
    assert quick is not None
    assert slow is not None
    assert (slow.root, problems) == (quick.root, [])

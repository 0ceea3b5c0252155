from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careengine.service.bodies import parse_json
from careengine.service.problems import HttpProblem

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_whatever_is_json_is_read_as_it_is(value: Any) -> None:
    assert parse_json(json.dumps(value).encode(), 100) == value


@given(st.binary())
def test_any_bytes_are_read_or_refused_with_a_problem(body: bytes) -> None:
    with suppress(HttpProblem):  # whatever else it raises would reach the caller as our fault
        parse_json(body, 10)


@pytest.mark.parametrize(
    ("body", "kind", "says"),
    [
        (b"", "malformed-json", "the body is empty"),
        (b" \n", "malformed-json", "the body is empty"),
        (b'{"a": NaN}', "malformed-json", "line 1 column 7"),
        (b'{"a": 1e999}', "malformed-json", "infinity"),
        (b'{"a":\n 1,}', "malformed-json", "line 2 column"),
        (b'{"a": "\xff"}', "malformed-json", "not UTF-8: byte 8"),
        (b'"\\ud800"', "malformed-json", "surrogate"),
        (b"\xef\xbb\xbf{}", "malformed-json", "BOM"),
        (b'{"a": "\x00"}', "malformed-json", "control character"),
        (b'{"a": 1, "b": 2, "a": 3}', "duplicate-member", "`a`"),
        (b'{"a": {"\\u0062": 1, "b": 2}}', "duplicate-member", "`b`"),
        (b'{"a:": 1, "a:": "x:y"}', "duplicate-member", "`a:`"),
        (b"[-9223372036854775809]", "invalid", "1 fault"),
        (b"[18446744073709551616]", "invalid", "1 fault"),
        (b"[" + b"9" * 300 + b"]", "invalid", "1 fault"),
        (b"[" * 50_000, "too-deep", "at most 40 deep"),
        (b'{"a":' * 41 + b"1" + b"}" * 41, "too-deep", "at most 40 deep"),
    ],
)
def test_what_is_no_plain_json_is_refused_by_kind(body: bytes, kind: str, says: str) -> None:
    with pytest.raises(HttpProblem) as refused:
        parse_json(body, 40)
    assert refused.value.kind == kind
    assert says in refused.value.detail


@given(st.integers(-(2**70), 2**70))
def test_a_whole_number_is_read_to_its_last_digit_or_refused(number: int) -> None:
    body = b'{"n": %d}' % number
    if -(2**63) <= number < 2**64:  # beyond 63 bits the next check refuses it, at its place
        assert parse_json(body, 40) == {"n": number}
    else:
        with pytest.raises(HttpProblem, match="1 fault"):
            parse_json(body, 40)


def test_depth_counts_brackets_but_not_those_in_words() -> None:
    assert parse_json(b"[" * 40 + b"]" * 40, 40)
    assert parse_json(b'{"a\\"[[[": "]]]{{{"}', 1) == {'a"[[[': "]]]{{{"}


@pytest.mark.parametrize("body", [b'"\\' * 130_000, b'"' + b'\\"' * 130_000 + b"\\", b'"a' * 130_000, b'"' * 262_143])
def test_the_scan_for_strings_takes_linear_time(body: bytes) -> None:
    start = time.process_time()
    with pytest.raises(HttpProblem):
        parse_json(body, 40)
    assert time.process_time() - start < 1  # a quadratic scan takes minutes

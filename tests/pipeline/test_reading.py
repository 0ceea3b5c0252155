"""Events are read strictly, every fault is told at its place, and both validators agree."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.validators import extend

from careengine.errors import PayloadError
from careengine.model.interaction import without_nulls
from careengine.pipeline import Reader
from tests.decide.worlds import NOW
from tests.pipeline.house import READER, SCHEMA, contact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# --- the reference: jsonschema, with patterns as ECMA 262 has them and instants as RFC 3339 has them

_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date-time")
def _is_instant(value: object) -> bool:
    if not isinstance(value, str):
        return True
    found = _INSTANT.fullmatch(value)
    if found is None:
        return False
    day, minute, second, _, zone = found.groups()
    hours, minutes = (0, 0) if zone in "Zz" else (int(zone[1:3]), int(zone[4:]))
    if hours > 23 or minutes > 59 or int(second) > 60:
        return False
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)
    try:
        # The year 0 is a year to RFC 3339; 2000 has the same days.
        at = datetime.fromisoformat(f"{day.replace('0000-', '2000-', 1)}T{minute}:00").replace(tzinfo=timezone(offset))
    except ValueError:
        return False
    return int(second) < 60 or (at + timedelta(days=400)).astimezone(UTC).strftime("%H:%M") == "23:59"


def _pattern(_: object, pattern: str, instance: object, __: object) -> Iterator[Any]:
    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance, re.ASCII):
        yield from Draft202012Validator({"pattern": "(?!)"}).iter_errors("x")


REFERENCE = extend(Draft202012Validator, {"pattern": _pattern})(SCHEMA, format_checker=_FORMATS)  # type: ignore[no-untyped-call]

# --- events from the schema, valid and spoiled

_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        [1.0, -0.0, 2, 5, "", "gold", "x" * 400, "email", "25.00 GBP", "25.00 GBP\n", "٢5.00 GBP", "\u2028"]
    ),
    st.sampled_from(
        [
            "2026-03-02T09:30:00Z",
            "2026-02-30T09:30:00Z",
            "2026-03-02T09:30Z",
            "0000-02-29T00:00:00Z",
            "0001-01-01T00:00:00+00:01",
        ]
    ),
    st.sampled_from(["2016-12-31T23:59:60Z", "2016-12-31T23:58:60Z", "2026-03-02T09:30:00+24:00", "2026-03-02"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5),
)
_JUNK = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "a", "b/c~"]), inner, max_size=3)
    ),
    max_leaves=4,
)


_BY_TYPE: dict[str, Callable[[Mapping[str, Any]], st.SearchStrategy[Any]]] = {
    "object": lambda node: _valid_object(node),  # noqa: PLW0108  it is defined below
    "array": lambda node: st.lists(_valid(node["items"]), max_size=3),
    "integer": lambda node: st.integers(node.get("minimum", 0), node.get("maximum", 50)),
    "number": lambda node: st.floats(node.get("minimum"), node.get("maximum"), allow_nan=False, allow_infinity=False),
    "boolean": lambda _: st.booleans(),
    "string": lambda node: st.sampled_from(["x", "é", "😀", "two words"][: 4 if node.get("maxLength", 9) > 8 else 1]),
}


def _valid(node: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    if "enum" in node:
        return st.sampled_from(node["enum"])
    if node.get("x-type") == "instant":
        return st.sampled_from(
            ["2026-03-02T09:30:00Z", "2024-02-29T23:59:59.123456+05:30", "1999-12-31T00:00:00-00:00"]
        )
    if node.get("x-type") == "money":
        return st.sampled_from(["25.00 GBP", "-3 EUR", "999999999999.9999 USD"])
    return _BY_TYPE[node["type"]](node)


def _valid_object(node: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    parts = {name: _valid(part) for name, part in node.get("properties", {}).items() if name != "signals"}
    required = node.get("required", [])
    if "signals" in node.get("properties", {}):
        names = st.sampled_from(["mood", "a.b"])
        scalars = st.sampled_from(["x", 1.5, True])
        parts["signals"] = st.dictionaries(names, st.dictionaries(names, scalars, max_size=2), max_size=2)
    optional = {name: part for name, part in parts.items() if name not in required}
    return st.fixed_dictionaries({name: parts[name] for name in required}, optional=optional)


def _with_both(event: dict[str, Any]) -> dict[str, Any]:
    """A merge names two ids."""
    if event["type"] in ("customer.merged", "customer.unmerged"):
        event["customer"] = {**event.get("customer", {}), "id": "C-1"}
        event["merged"] = {"id": "C-2"}
    return event


EVENTS = _valid(SCHEMA).map(_with_both)


@st.composite
def _spoiled(draw: st.DrawFn) -> Any:
    event = draw(EVENTS)
    for _ in range(draw(st.integers(1, 3))):
        node = event
        while below := [value for value in node.values() if isinstance(value, dict)]:
            if draw(st.booleans()):
                break
            node = draw(st.sampled_from(below))
        name = draw(st.sampled_from([*sorted(node), "id", "extra"]))
        if draw(st.booleans()):
            node[name] = draw(_JUNK)
        else:
            node.pop(name, None)
    return event


@given(EVENTS)
def test_what_the_schema_describes_is_read(event: dict[str, Any]) -> None:
    assert REFERENCE.is_valid(event)
    interaction = READER.read(event)
    assert (interaction.id, interaction.source, interaction.type) == (event["id"], event["source"], event["type"])


@given(st.one_of(_spoiled(), _JUNK))
def test_both_validators_agree(event: Any) -> None:
    present = without_nulls(event)
    expected = {_place(error) for error in REFERENCE.iter_errors(present)}
    try:
        READER.read(event)
        found = set()
    except PayloadError as error:
        found = {_owner(present, problem.pointer) for problem in error.problems}
    if expected:
        assert found == expected
    else:  # what no schema can refuse: an instant that in UTC is before the first year or after the last, and a
        # merge of an id with itself
        assert found <= {_place_of_instant(present, pointer) for pointer in found} | {"/merged/id"}


def _place(error: Any) -> str:
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in error.absolute_path)


def _owner(document: Any, pointer: str) -> str:
    """A missing or unknown member is told at its own place; the validators name the object that it belongs to."""
    node, above = document, ""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        known = isinstance(node, list) or (isinstance(node, dict) and name in node and _known(above, name))
        if not known:
            return above
        node = node[int(name)] if isinstance(node, list) else node[name]
        above = f"{above}/{part}"
    return pointer


def _known(above: str, name: str) -> bool:
    schema: Any = SCHEMA
    for part in above.split("/")[1:]:
        schema = schema.get("properties", {}).get(part) or schema.get("additionalProperties", {})
    return name in schema.get("properties", {}) or isinstance(schema.get("additionalProperties"), dict)


def _place_of_instant(document: Any, pointer: str) -> str:
    node = document
    for part in pointer.split("/")[1:]:
        node = node[part]
    return pointer if isinstance(node, str) and _is_instant(node) else "not an instant"


# --- messages


@pytest.mark.parametrize(
    ("change", "pointer", "message"),
    [
        ({"custmer": {}}, "/custmer", "unknown field; did you mean `customer`?"),
        ({"zzz": 1}, "/zzz", "unknown field; the company's own fields go into `custom`"),
        (
            {"custom": {"size": 1}},
            "/custom/size",
            "unknown field; describe it in the file that the setting `rules.fields` names",
        ),
        ({"a/b~c": 1}, "/a~1b~0c", "unknown field; the company's own fields go into `custom`"),
        ({"id": None}, "/id", "is missing; expected a value such as `evt-10293`"),
        (
            {"occurred_at": None},
            "/occurred_at",
            "is missing; expected an instant with its offset from UTC, such as `2026-03-02T09:30:00Z`",
        ),
        (
            {"occurred_at": "yesterday"},
            "/occurred_at",
            "expected an instant with its offset from UTC, such as `2026-03-02T09:30:00Z`",
        ),
        ({"customer": {"lifetime_value": "£5"}}, "/customer/lifetime_value", "expected money, such as `25.00 GBP`"),
        ({"customer": "C-1"}, "/customer", "expected an object"),
        ({"customer": {"open_cases": "two"}}, "/customer/open_cases", "expected a whole number"),
        ({"failure": {"days_late": -1}}, "/failure/days_late", "expected at least 0 days"),
        ({"failure": {"severity": 9}}, "/failure/severity", "expected at most 4"),
        ({"failure": {"safety": "yes"}}, "/failure/safety", "expected true or false"),
        ({"id": ""}, "/id", "expected text that is not empty"),
        ({"id": "x" * 201}, "/id", "expected text of at most 200 characters"),
        ({"incident": {"evidence": "call 7"}}, "/incident/evidence", "expected a list"),
        ({"incident": {"evidence": ["ok", 7]}}, "/incident/evidence/1", "expected text"),
        ({"signals": {"mood": {"score": []}}}, "/signals/mood/score", "expected true or false or a number or text"),
        (
            {"direction": "inbuond"},
            "/direction",
            "expected one of `inbound`, `outbound`, `internal`; did you mean `inbound`?",
        ),
        ({"direction": 7}, "/direction", "expected one of `inbound`, `outbound`, `internal`"),
        ({"text": "a\0b"}, "/text", "expected text without the character U+0000"),
        ({"text": "\ud83d"}, "/text", "expected text in Unicode, without half of a surrogate pair"),
        ({"failure": {"days_late": float("nan")}}, "/failure/days_late", "expected a number, not infinity or nothing"),
        ({"failure": {"days_late": 2**63}}, "/failure/days_late", "expected a whole number of at most 64 bits"),
        ({"text": b"bytes"}, "/text", "expected JSON: text, a number, true, false, null, a list or an object"),
        ({"custom": {"a\0": 1}}, "/custom", "expected member names of plain text"),
        (
            {"occurred_at": "0001-01-01T00:00:00+00:01"},
            "/occurred_at",
            "expected an instant with its offset from UTC, such as `2026-03-02T09:30:00Z`",
        ),
        (
            {"occurred_at": "2016-12-31T23:59:60Z"},
            "/occurred_at",
            "expected an instant with its offset from UTC, such as `2026-03-02T09:30:00Z`",
        ),
    ],
)
def test_each_fault_is_told_once_at_its_place(change: dict[str, Any], pointer: str, message: str) -> None:
    with pytest.raises(PayloadError) as caught:
        READER.read(contact(**change))
    assert [(problem.pointer, problem.message) for problem in caught.value.problems] == [(pointer, message)]


def test_all_faults_are_told_together() -> None:
    with pytest.raises(PayloadError) as caught:
        READER.read({"id": 7, "channel": "fax", "colour": "red"})
    pointers = [problem.pointer for problem in caught.value.problems]
    assert sorted(pointers) == ["/channel", "/colour", "/id", "/occurred_at", "/source", "/type"]


def test_what_was_found_is_not_repeated() -> None:
    secret = "my mother's maiden name"
    with pytest.raises(PayloadError) as caught:
        READER.read(contact(channel=secret, survey={"csat": secret}, customer={"country": secret}, text=[secret]))
    assert len(caught.value.problems) == 4
    assert "maiden" not in str(caught.value)


def test_a_whole_number_is_one_however_it_is_written() -> None:
    severity = READER.read(contact(failure={"severity": 2.0})).fields["failure.severity"]
    assert (severity, type(severity)) == (2, int)


def test_null_means_missing() -> None:
    interaction = READER.read(contact(channel=None, failure={"type": None, "severity": 2}))
    assert "channel" not in interaction.fields
    assert interaction.document["failure"] == {"severity": 2}


def test_nesting_has_an_end() -> None:
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(PayloadError, match="expected at most 40 levels of nesting"):
        READER.read(contact(custom=deep))
    endless: dict[str, Any] = {}
    endless["custom"] = endless
    with pytest.raises(PayloadError, match="expected at most 40 levels"):
        READER.read(endless)


def test_a_flood_of_faults_has_an_end() -> None:
    with pytest.raises(PayloadError) as caught:
        READER.read({f"x{number}": 1 for number in range(5000)})
    assert len(caught.value.problems) == 100


def test_a_sites_own_fields_are_read_and_unknown_ones_get_a_hint() -> None:
    own = {"plan": {"type": "string", "title": "Plan", "x-type": "text", "x-phrase": "the plan"}}
    custom = {**SCHEMA["properties"]["custom"], "properties": own}
    schema = {**SCHEMA, "properties": {**SCHEMA["properties"], "custom": custom}}
    reader = Reader.of(schema, READER.catalogue.from_schema(schema))
    assert reader.read(contact(custom={"plan": "pro"})).fields["custom.plan"] == "pro"
    with pytest.raises(PayloadError, match=r"/custom: unknown field; did you mean `plan`\?"):
        reader.read(contact(custom={"plna": "pro"}))


@pytest.mark.parametrize(
    ("change", "pointer"),
    [({"type": "clock.due"}, "/type"), ({"id": "careengine:clock:1"}, "/id"), ({"id": "careengine:"}, "/id")],
)
def test_nobody_sends_events_in_our_name(change: dict[str, Any], pointer: str) -> None:
    READER.read(contact() | change)
    with pytest.raises(PayloadError) as caught:
        READER.read_outside(contact() | change)
    assert [problem.pointer for problem in caught.value.problems] == [pointer]


@pytest.mark.parametrize("amount", ["0.005 GBP", "1.50 JPY", "10.00 XYZ"])
def test_an_offer_that_nobody_can_be_paid_is_refused_where_it_stands(amount: str) -> None:
    told = contact("e-1", type="offer.accepted", offer={"id": "X-1", "family": "goodwill", "amount": amount})
    with pytest.raises(PayloadError) as error:
        READER.read_outside(told)
    assert [(problem.pointer, amount in problem.message) for problem in error.value.problems] == [
        ("/offer/amount", False)
    ]
    assert READER.read(told).fields["offer.amount"]  # what was kept before is read still


def test_what_is_only_measured_may_be_finer_than_money_that_is_paid() -> None:
    kept = READER.read_outside(contact("e-1", order={"total": "10.3333 GBP"}))
    assert str(kept.fields["order.total"]) == "10.3333 GBP"


def test_what_is_told_as_it_happens_has_happened_but_for_the_difference_of_two_clocks() -> None:
    ahead = NOW + timedelta(minutes=5)
    assert READER.read_live(contact(at=ahead), NOW).occurred_at == ahead
    with pytest.raises(PayloadError, match="/occurred_at: expected an instant that has come"):
        READER.read_live(contact(at=ahead + timedelta(seconds=1)), NOW)
    READER.read_outside(contact(at=NOW + timedelta(days=365)))

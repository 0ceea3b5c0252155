"""Reading interactions: one object, an array, JSON Lines, and everything that is none of these."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from careengine.cli import events as events_module
from careengine.cli.events import UnreadableError, read_events

if TYPE_CHECKING:
    from tests.cli.conftest import Careengine


def event(number: int, at: str = "2026-03-02T09:30:00Z") -> dict[str, object]:
    return {"id": f"e{number}", "occurred_at": at}


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "events"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        orjson.dumps(event(1)),
        orjson.dumps(event(1), option=orjson.OPT_INDENT_2),
        orjson.dumps([event(1)]),
        orjson.dumps([event(1)], option=orjson.OPT_INDENT_2),
        b"\xef\xbb\xbf" + orjson.dumps(event(1)) + b"\r\n",
        b"\n\n  \n" + orjson.dumps(event(1)) + b"\n\n",
    ],
)
def test_one_event_in_every_shape(tmp_path: Path, content: bytes) -> None:
    batch = read_events(written(tmp_path, content))
    assert [one.document for one in batch.events] == [event(1)]
    assert not batch.bad


@given(st.lists(st.integers(0, 59), min_size=1))
def test_events_come_in_time_order_and_keep_their_order_within_a_minute(
    tmp_path_factory: pytest.TempPathFactory, minutes: list[int]
) -> None:
    documents = [event(n, f"2026-03-02T09:{minute:02}:00Z") for n, minute in enumerate(minutes)]
    path = written(tmp_path_factory.mktemp("order"), b"\n".join(orjson.dumps(one) for one in documents))
    expected = sorted(documents, key=lambda one: str(one["occurred_at"]))
    assert [one.document for one in read_events(path).events] == expected


def test_time_order_knows_offsets(tmp_path: Path) -> None:
    later, earlier = event(1, "2026-03-02T09:30:00Z"), event(2, "2026-03-02T10:00:00+01:00")
    path = written(tmp_path, orjson.dumps([later, earlier]))
    assert [one.place for one in read_events(path).events] == ["item 2", "item 1"]


def test_what_has_no_readable_time_is_still_there_to_be_refused(tmp_path: Path) -> None:
    odd = [{"id": "x"}, 7, None, event(1, "soon"), {"occurred_at": 5}]
    assert len(read_events(written(tmp_path, orjson.dumps(odd))).events) == 5


def test_a_broken_line_loses_only_itself(tmp_path: Path) -> None:
    lines = [orjson.dumps(event(1)), b'{"id": ', b"nonsense}", orjson.dumps(event(4)), b"\xff\xfe"]
    batch = read_events(written(tmp_path, b"\n".join(lines)))
    assert [one.place for one in batch.events] == ["line 1", "line 4"]
    assert [bad.place for bad in batch.bad] == ["line 2", "line 3", "line 5"]
    assert all(bad.why.startswith("not JSON: ") for bad in batch.bad)


def test_an_item_that_is_nested_too_deeply_loses_only_itself(tmp_path: Path) -> None:
    deep = b"[" * 300 + b"]" * 300
    batch = read_events(written(tmp_path, b"[" + orjson.dumps(event(1)) + b"," + deep + b"]"))
    assert [one.place for one in batch.events] == ["item 1"]
    assert [(bad.place, bad.why) for bad in batch.bad] == [("item 2", "nested too deeply")]


def test_an_endless_line_loses_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events_module, "_MAX_LINE", 100)
    long = orjson.dumps({"id": "x" * 950})
    batch = read_events(written(tmp_path, b"\n".join([orjson.dumps(event(1)), long, orjson.dumps(event(3))])))
    assert [one.place for one in batch.events] == ["line 1", "line 3"]
    assert [bad.place for bad in batch.bad] == ["line 2"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "holds no interaction"),
        (b"   \n \n", "holds no interaction"),
        (b"[]", "holds no interaction"),
        (b"\x7fELF\0\0\0", "is not text"),
        (b"hello\n", "is not JSON"),
        (b"[" * 5000, "is not JSON: "),
        (b'[{"id": 1},\n{"id": ]', "at line 2"),
        (b'{\n "id": NaN\n}', "is not JSON"),
    ],
)
def test_what_is_no_json_is_refused_as_a_whole(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(UnreadableError, match=says):
        read_events(written(tmp_path, content))


def test_a_document_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events_module, "_MAX_DOCUMENT", 1000)
    with pytest.raises(UnreadableError, match="write it as JSON Lines"):
        read_events(written(tmp_path, orjson.dumps([event(n) for n in range(100)])))


def test_a_missing_file_is_left_to_the_program(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_events(tmp_path / "none")
    with pytest.raises(IsADirectoryError):
        read_events(Path(tmp_path))


def test_standard_input_is_named_in_words(careengine: Careengine) -> None:
    assert "standard input holds no interaction" in careengine("decide", "-", stdin=b"").err
    assert "standard input is not JSON" in careengine("decide", "-", stdin=b"hello\n").err

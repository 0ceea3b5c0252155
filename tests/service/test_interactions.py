from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import Connection
from sqlalchemy import event as sql_event

from careengine import resources
from careengine.host import Host
from careengine.service.interactions import BATCH_LIMIT
from careengine.store import rejects
from tests.service.conftest import Running, event, run, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.service.conftest import Start

DECISION = Draft202012Validator(resources.schema("decision"))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service that the tests of this module share, on each kind of database in turn."""
    with ExitStack() as stack:
        on_server = request.param == "postgresql"
        url = stack.enter_context(request.getfixturevalue("cluster").database()) if on_server else None
        yield stack.enter_context(run(settings_in(tmp_path_factory.mktemp("service"), url), Host()))


def kept(service: Running) -> list[Any]:
    return service.get("/v1/decisions", params={"limit": 200}).json()["decisions"]  # type: ignore[no-any-return]


def rejected(service: Running) -> int:
    with service.app.store.read() as reader:
        return rejects.count(reader, service.app.settings.tenant)


def test_an_interaction_is_answered_with_its_decision_and_kept(service: Running) -> None:
    answer = service.post("/v1/interactions", event())
    decision = answer.json()
    assert answer.status_code == 200
    DECISION.validate(decision)
    assert [match["policy"] for match in decision["matched"]] == ["late"]
    assert "escalate" in [action["type"] for action in decision["actions"]]
    assert service.get(f"/v1/decisions/{decision['id']}").json() == decision


def test_the_same_event_again_gives_the_same_bytes_and_no_second_effect(service: Running) -> None:
    sent = event()
    first = service.post("/v1/interactions", sent)
    again = service.post("/v1/interactions", sent)
    assert again.content == first.content
    assert "Careengine-Duplicate" not in first.headers
    assert again.headers["Careengine-Duplicate"] == "true"
    assert [decision["interaction"] for decision in kept(service)].count(sent["id"]) == 1


def test_the_same_event_many_times_at_once_is_decided_once(service: Running) -> None:
    sent, together = event(), Barrier(12)

    def send(_: int) -> tuple[bytes, bool]:
        together.wait(10)
        answer = Running(service.app, service.server, service.url)
        with answer.session:
            got = answer.post("/v1/interactions", sent)
        return got.content, got.headers.get("Careengine-Duplicate") == "true"

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(send, range(12)))
    assert len({content for content, _ in answers}) == 1
    assert [duplicate for _, duplicate in answers].count(False) == 1


def test_a_dry_run_decides_the_same_and_keeps_nothing(service: Running) -> None:
    sent = event()
    dry = service.post("/v1/decide", sent)
    assert dry.status_code == 200
    assert service.post("/v1/decide", {**sent, "channel": "no such"}).status_code == 422
    assert sent["id"] not in [decision["interaction"] for decision in kept(service)]
    assert service.post("/v1/interactions", sent).json() == dry.json()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"type": "clock.due"}, "/type"),
        ({"id": "careengine:t_1:confirm:x"}, "/id"),
        ({"occurred_at": "2999-01-01T00:00:00Z"}, "/occurred_at"),
    ],
)
def test_nobody_sends_events_in_our_name_nor_of_what_is_to_come(
    service: Running, change: dict[str, Any], pointer: str
) -> None:
    answers = [service.post("/v1/interactions", {**event(), **change})]
    [item] = service.post("/v1/interactions", [{**event(), **change}]).json()["results"]
    for status, problem in [(answers[0].status_code, answers[0].json()), (item["status"], item["problem"])]:
        assert (status, [fault["pointer"] for fault in problem["errors"]]) == (422, [pointer])


@pytest.mark.parametrize("wrap", [lambda items: items, lambda items: {"interactions": items}])
def test_a_batch_keeps_its_good_part_and_says_what_became_of_each(service: Running, wrap: Any) -> None:
    known, new = event(), event()
    service.post("/v1/interactions", known)
    before = rejected(service)
    answer = service.post("/v1/interactions", wrap([known, {"id": 1}, new, 7, event(channel="pigeon")]))
    results = answer.json()["results"]
    assert answer.status_code == 207
    assert [result["status"] for result in results] == [200, 422, 200, 422, 422]
    assert [results[place]["duplicate"] for place in (0, 2)] == [True, False]
    assert "/channel" in [fault["pointer"] for fault in results[4]["problem"]["errors"]]
    assert new["id"] in [decision["interaction"] for decision in kept(service)]
    assert rejected(service) == before + 3


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([], ""),
        ([{}] * (BATCH_LIMIT + 1), ""),
        ({"interactions": {}}, "/interactions"),
        ({"interactions": [{}], "also/this": 1}, "/also~1this"),
    ],
)
def test_what_is_no_proper_batch_is_refused_as_a_whole(service: Running, body: Any, pointer: str) -> None:
    answer = service.post("/v1/interactions", body)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


def test_an_invalid_event_is_told_every_fault_and_counted_but_not_kept(service: Running) -> None:
    before = rejected(service), kept(service)
    answer = service.post("/v1/interactions", {**event(channel="pigeon"), "source": 5, "surprise": 1})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {"/channel", "/source", "/surprise"}
    assert (rejected(service), kept(service)) == (before[0] + 1, before[1])


def test_a_body_that_is_no_json_counts_as_refused(service: Running) -> None:
    before = rejected(service)
    answer = service.post("/v1/interactions", data=b"{", headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert rejected(service) == before + 1


def fill_the_disk(service: Running, room: int = 0) -> None:
    """Let every later connection find no room for more than so many pages."""
    engine = service.app.store.engine
    with service.app.store.read() as reader:
        most = reader.exec_driver_sql("PRAGMA page_count").scalar_one() + room

    @sql_event.listens_for(engine, "begin")
    def _full(connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {most}")


def test_a_full_disk_is_said_and_nothing_is_half_written(start: Start) -> None:
    service = start()
    sent = event()
    before = service.post("/v1/interactions", event()).json()
    fill_the_disk(service)
    for _ in range(200):  # until the last free page is used
        answer = service.post("/v1/interactions", event(text="x"))
        if answer.status_code != 200:
            break
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    why = "nothing of this was kept: the disk of the database is full; make room on it and try again"
    assert answer.json()["detail"] == why
    assert service.post("/v1/interactions", [sent, event()]).status_code == 503
    assert service.get(f"/v1/decisions/{before['id']}").json() == before
    assert sent["id"] not in [decision["interaction"] for decision in kept(service)]


def test_a_batch_whose_database_dies_half_way_tells_which_part_was_kept(start: Start) -> None:
    service = start()
    service.post("/v1/interactions", event())
    fill_the_disk(service, room=100)
    sent = [event() for _ in range(300)]
    answer = service.post("/v1/interactions", sent)
    results = answer.json()["results"]
    good = [result for result in results if result["status"] == 200]
    assert answer.status_code == 207
    assert 0 < len(good) < 300
    assert {result["status"] for result in results} == {200, 503}
    assert [result["status"] for result in results] == [200] * len(good) + [503] * (300 - len(good))
    found = {decision["interaction"] for decision in kept(service)}
    assert not {item["id"] for item in sent[len(good) :]} & found
    assert all(service.get(f"/v1/decisions/{result['decision']['id']}").status_code == 200 for result in good)

"""The helpdesk guards its records: who may ask, what may be changed, and that nothing is half done."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import requests
from careengine_demo.records import Records, RefusedError
from careengine_demo.testing import WAIT, StagedCrm

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def running() -> Iterator[StagedCrm]:
    with StagedCrm() as crm:
        yield crm


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer wrong-token", "Basic token-of-the-shop", "Bearer \u00fc"]
)
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "me"), ("GET", "customers/C-1"), ("POST", "tickets"), ("GET", "events")]
)
def test_without_a_token_there_is_no_answer(running: StagedCrm, header: str | None, method: str, path: str) -> None:
    headers = {} if header is None else {"authorization": header.encode()}
    answer = requests.request(method, f"{running.url}/api/{path}", headers=headers, json={}, timeout=WAIT)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"\xff", 400),
        (b"[" * 100_000, 400),
        (b"{}", 422),
        (b'{"customer": "C-1", "x": 1}', 422),
        (b" " * 300_000, 413),
    ],
)
def test_a_bad_body_opens_no_ticket(running: StagedCrm, body: bytes, status: int) -> None:
    before = len(running.records.tickets)
    assert running.ask("POST", "tickets", data=body).status_code == status
    assert len(running.records.tickets) == before


@pytest.mark.parametrize(
    "change", [{"number": "T-2"}, {"version": 1}, {"notes": []}, {"priority": "urgent"}, {"state": 7}, {"state": []}]
)
def test_what_must_not_be_changed_is_not(running: StagedCrm, change: dict[str, Any]) -> None:
    case = running.make_case()
    before = running.ticket(case)
    answer = running.ask("PATCH", f"tickets/{case}", json=change, headers={"if-match": '"1"'})
    assert answer.status_code == 422
    assert running.ticket(case) == before


def test_a_change_says_which_version_it_means(running: StagedCrm) -> None:
    case = running.make_case()
    etag = running.ask("GET", f"tickets/{case}").headers["etag"]
    assert etag == '"1"'
    statuses = [
        running.ask("PATCH", f"tickets/{case}", json={"level": 1}, headers=headers).status_code
        for headers in ({}, {"if-match": '"7"'}, {"if-match": etag}, {"if-match": etag})
    ]
    assert statuses == [428, 412, 200, 412]


def test_an_offer_under_the_same_id_is_the_same_offer(running: StagedCrm) -> None:
    path = f"tickets/{running.make_case()}/offers/o-1"
    offers: list[dict[str, Any]] = [{"amount": "5.00 GBP"}, {"amount": "5.00 GBP"}, {"amount": "9.00 GBP"}]
    assert [running.ask("PUT", path, json=offer).status_code for offer in offers] == [201, 200, 409]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "orders/1"), ("GET", "tickets/T-404"), ("PUT", "tickets/T-404/tasks/1"), ("PUT", "customers/C-1/notes/1")],
)
def test_what_is_not_there_is_not_found(running: StagedCrm, method: str, path: str) -> None:
    assert running.ask(method, path, json={}).status_code == 404


def test_two_writers_cannot_both_win(running: StagedCrm) -> None:
    case = running.make_case()

    def raise_level(_: int) -> int:
        headers = {"if-match": '"1"'}
        return running.ask("PATCH", f"tickets/{case}", json={"level": 1}, headers=headers).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(raise_level, range(8)))
    assert sorted(answers) == [200] + [412] * 7


def test_a_customer_is_kept_as_it_was_first() -> None:
    records = Records()
    records.add_customer("C-1", {"name": "Ada"})
    assert records.add_customer("C-1", {"name": "Bela"})["name"] == "Ada"
    records.add_ticket({"customer": "C-1"}, "shop", "T-1")
    with pytest.raises(RefusedError) as taken:
        records.add_ticket({"customer": "C-1"}, "shop", "T-1")
    assert taken.value.status == 409


def test_event_ids_differ_from_one_start_to_the_next() -> None:
    ids = set()
    for _ in range(2):
        records = Records()
        records.add_customer("C-1", {})
        records.add_ticket({"customer": "C-1"}, "shop")
        ids |= {event["id"] for event in records.events}
    assert len(ids) == 2

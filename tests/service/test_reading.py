from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.service.conftest import event, policy

if TYPE_CHECKING:
    from tests.service.conftest import Running, Start


@pytest.fixture
def own(start: Start, store_url: str) -> Running:
    return start(database=store_url)


def send(service: Running, count: int, **fields: Any) -> list[str]:
    sent = [event(**fields) for _ in range(count)]
    answer = service.post("/v1/interactions", sent)
    return [result["decision"]["id"] for result in answer.json()["results"]]


def ids(answer: Any) -> list[str]:
    return [decision["id"] for decision in answer.json()["decisions"]]


def test_pages_hold_every_decision_once_the_newest_first(own: Running) -> None:
    made = send(own, 7)
    found: list[str] = []
    after: dict[str, str] = {}
    pages = 0
    while True:
        page = own.get("/v1/decisions", params={"limit": 3, **after})
        found, pages = found + ids(page), pages + 1
        if page.json()["next"] is None:
            break
        after = {"after": page.json()["next"]}
    assert found == made[::-1]
    assert pages == 3


def test_a_last_page_that_is_just_full_names_no_next(own: Running) -> None:
    send(own, 3)
    assert own.get("/v1/decisions", params={"limit": 3}).json()["next"] is None


def test_filters_keep_what_fits(own: Running) -> None:
    other = send(own, 1, customer={"id": "C-2"})
    quiet = send(own, 1, failure={"days_late": 0})
    rest = send(own, 2)
    assert ids(own.get("/v1/decisions", params={"customer": "C-2"})) == other
    assert ids(own.get("/v1/decisions", params={"kind": "escalation"})) == rest[::-1] + other
    assert ids(own.get("/v1/decisions", params={"kind": "protection"})) == []
    assert quiet[0] not in ids(own.get("/v1/decisions", params={"status": "execute"}))
    assert len(ids(own.get("/v1/decisions", params={"since": "2020-01-01"}))) == 4
    late = own.get("/v1/decisions", params={"since": "2999-01-01T00:00:00Z", "limit": 2})
    assert late.json() == {"decisions": [], "next": None}


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"limit": "0"}, "1 to 200"),
        ({"limit": "201"}, "1 to 200"),
        ({"limit": "ten"}, "`limit`"),
        ({"kind": "recovry"}, "`recovery`"),
        ({"status": "waiting"}, "`await_approval`"),
        ({"since": "yesterday"}, "`since`"),
        ({"colour": "red"}, "unknown parameter `colour`"),
        ({"customer": ""}, "1 to 200 characters"),
    ],
)
def test_a_query_that_makes_no_sense_is_told_what_would(service: Running, query: dict[str, str], says: str) -> None:
    answer = service.get("/v1/decisions", params=query)
    assert answer.status_code == 400
    assert says in answer.json()["detail"]


def test_an_unknown_decision_is_not_found(service: Running) -> None:
    assert service.get("/v1/decisions/d_none").status_code == 404
    assert service.get("/v1/decisions", params={"after": "d_none"}).status_code == 404


def test_actions_are_listed_by_state_with_what_became_of_them(own: Running) -> None:
    (decision,) = send(own, 1)
    told = own.get("/v1/actions", params={"state": "told"}).json()["actions"]
    assert {action["decision"] for action in told} == {decision}
    assert {action["type"] for action in told} == {"escalate", "note"}
    assert own.get("/v1/actions").json() == {"actions": [], "next": None}
    assert own.get("/v1/actions", params={"state": "lost"}).status_code == 400


def test_what_awaits_a_person_is_listed(own: Running) -> None:
    folder = own.app.settings.rules.paths[0]
    text = (
        policy("offered")
        .replace("kind: escalation", "kind: recovery")
        .replace(
            "escalate: {to: team-lead, level: 1}",
            "steps: [apologise, offer]\noffer: {family: goodwill, amount: 10.00 GBP, approver: team-lead}",
        )
    )
    (folder / "offered.yaml").write_text(text)
    assert own.app.reload() == []
    (decision,) = send(own, 1)
    waiting = own.get("/v1/actions").json()["actions"]
    assert [(action["decision"], action["type"], action["status"]) for action in waiting] == [
        (decision, "offer", "await_approval")
    ]


@pytest.mark.parametrize(
    "address",
    [
        "/v1/tasks?customer=%00",
        "/v1/incidents?employee=a%00b",
        "/v1/decisions?customer=%00",
        "/v1/tasks?after=%00",
        "/v1/incidents/a%00b",
        "/v1/decisions/%00",
        "/v1/authority/%00?role=agent",
    ],
)
def test_what_no_database_can_be_asked_for_is_told_so(own: Running, address: str) -> None:
    told = own.get(address)
    assert (told.status_code, "U+0000" in told.text or "nothing of that name" in told.text) in [
        (400, True),
        (404, True),
    ]

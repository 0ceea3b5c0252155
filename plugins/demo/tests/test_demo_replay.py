"""What goes wrong during the replay is counted or said, never passed over."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from careengine_demo.day import Day
from careengine_demo.replay import Answers, Api, drain, replay
from careengine_demo.stage import DemoError
from careengine_demo.summary import show, sum_up
from rich.console import Console

from careengine.testing import dead_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_httpserver import HTTPServer

DAY = Day(
    customers=({"id": "C-1"},),
    tickets=(),
    interactions=tuple({"id": f"e-{n}", "occurred_at": "2026-03-03T09:00:00Z"} for n in (1, 2, 1, 3)),
)
QUIET: dict[str, Any] = {"matched": [], "actions": [], "withheld": [], "unknown": []}


class FakeStage:
    """A stage with nothing on it but an address."""

    key = "key-of-the-demo"
    service: Any

    def __init__(self, address: str, *, alive: bool = True) -> None:
        self.service = type(
            "Service", (), {"address": address, "alive": alive, "last_words": lambda _: "  | out of memory"}
        )()


@pytest.fixture
def api_at() -> Iterator[Callable[..., Api]]:
    opened: list[Api] = []

    def make(address: str, *, alive: bool = True) -> Api:
        opened.append(Api(FakeStage(address, alive=alive)))  # type: ignore[arg-type]  # all of a stage that it needs
        return opened[-1]

    yield make
    for api in opened:
        api.close()


def test_refusals_and_repeats_are_told_apart(httpserver: HTTPServer, api_at: Callable[..., Api]) -> None:
    say = httpserver.expect_ordered_request
    say("/v1/interactions", headers={"authorization": "Bearer key-of-the-demo"}).respond_with_json(QUIET)
    say("/v1/interactions").respond_with_data("out of order", status=500)
    say("/v1/interactions").respond_with_json(QUIET, headers={"Careengine-Duplicate": "true"})
    say("/v1/interactions").respond_with_json(QUIET)
    steps: list[None] = []
    answers = replay(api_at(httpserver.url_for("").rstrip("/")), DAY, lambda: steps.append(None))
    httpserver.check()
    assert [one["id"] for one, _ in answers.decided] == ["e-1", "e-3"]
    assert (answers.repeated, answers.refused, len(steps)) == (1, ["e-2: 500 out of order"], 4)


@pytest.mark.parametrize(("alive", "said"), [(False, "has stopped"), (True, "does not answer")])
def test_a_service_that_dies_is_quoted(api_at: Callable[..., Api], said: str, alive: bool) -> None:  # noqa: FBT001  a table
    with pytest.raises(DemoError, match=f"(?s){said}.*out of memory"):
        replay(api_at(dead_url(), alive=alive), DAY, lambda: None)


def test_draining_waits_for_what_is_under_way(httpserver: HTTPServer, api_at: Callable[..., Api]) -> None:
    for due, sending in ((3, 0), (0, 1), (0, 0)):
        for state, count in (("due", due), ("sending", sending)):
            query = {"state": state, "limit": "200"}
            httpserver.expect_ordered_request("/v1/actions", query_string=query).respond_with_json(
                {"actions": [{}] * count, "next": None}
            )
    drain(api_at(httpserver.url_for("").rstrip("/")))
    httpserver.check()
    assert len(httpserver.log) == 6


def test_every_page_of_actions_is_read(httpserver: HTTPServer, api_at: Callable[..., Api]) -> None:
    query = {"state": "waiting", "limit": "200"}
    say = httpserver.expect_ordered_request
    say("/v1/actions", query_string=query).respond_with_json({"actions": [{"id": "a-1"}], "next": "a-1"})
    say("/v1/actions", query_string={**query, "after": "a-1"}).respond_with_json(
        {"actions": [{"id": "a-2"}], "next": None}
    )
    assert [one["id"] for one in api_at(httpserver.url_for("").rstrip("/")).actions("waiting")] == ["a-1", "a-2"]


def test_a_service_that_cannot_list_its_actions_stops_the_demo(
    httpserver: HTTPServer, api_at: Callable[..., Api]
) -> None:
    httpserver.expect_request("/v1/actions").respond_with_data("no", status=503)
    with pytest.raises(DemoError, match="503"):
        drain(api_at(httpserver.url_for("").rstrip("/")))


def action(kind: str, status: str = "execute", **params: Any) -> dict[str, Any]:
    params = {"text": f"do {kind}", **params}
    return {
        "type": kind,
        "status": status,
        "target": "case:T-1",
        "params": params,
        "because": "of a rule",
        "reason": "gone",
    }


def summed(**parts: Any) -> Any:
    decision = QUIET | {
        "matched": [{"kind": "recovery"}, {"kind": "protection"}],
        "actions": [action("note"), action("offer"), action("restrict", "propose"), action("offer", "await_approval")],
        "unknown": [{"policy": "p", "missing": ["count(incidents same=employee)", "failure.fault"]}],
        "withheld": [{"policy": "q"}],
    }
    person = {"id": "C-1", "name": "[bold]Ada[/bold]"}
    told = {"id": "e-1", "type": "interaction.received", "occurred_at": "2026-03-03T09:00:00Z", "customer": person}
    answers = Answers(decided=[(told | {"text": "[red]Hello[/red]"}, decision), ({"id": "e-2"}, QUIET)], repeated=1)
    answers.refused += parts.pop("refused", [])
    given = {
        "waiting": [],
        "parked": [],
        "written": {"notes": 1, "offers": 1},
        "sent": frozenset({"note", "offer"}),
        **parts,
    }
    return sum_up(DAY, answers, **given)


def test_the_figures_add_up() -> None:
    summary = summed()
    assert (summary.interactions, summary.matched, summary.withheld) == (2, 1, 1)
    assert summary.kinds == {"recovery": 1, "escalation": 0, "protection": 1}
    # Only what may be carried out, and only what this CRM carries out, was sent.
    assert (summary.actions, summary.delivered) == ({"note": 1, "offer": 1}, 2)
    assert summary.unknown == [
        {"policy": "p", "times": 1, "missing": ["count(incidents same=employee)", "failure.fault"]}
    ]
    assert [one["kind"] for one in summary.explained] == ["recovery", "protection"]
    assert summary.fine


@pytest.mark.parametrize("trouble", [{"refused": ["e-2: 500"]}, {"parked": [action("offer")]}])
def test_trouble_is_not_fine_and_is_shown(trouble: dict[str, Any]) -> None:
    summary = summed(**trouble)
    assert not summary.fine
    assert ("Refused: e-2" if "refused" in trouble else "Not delivered: offer to case:T-1: gone") in shown(summary)


def test_what_awaits_a_person_says_who_and_why() -> None:
    waiting = [
        action("offer", "await_approval", approver="team-lead"),
        *[action("restrict", "propose", to="director")] * 2,
    ]
    said = shown(summed(waiting=waiting))
    assert "- team-lead must approve: do offer\n  for case:T-1; why: of a rule" in said
    assert "- director must decide: do restrict\n  for case:T-1, case:T-1; why: of a rule" in said
    assert "p, once, for want of what the incidents have in common, failure.fault" in said


def test_words_from_outside_are_printed_as_they_are() -> None:
    said = shown(summed())
    assert "[red]Hello[/red]" in said
    assert "[bold]Ada[/bold]" in said


def shown(summary: Any) -> str:
    out = io.StringIO()
    show(summary, Console(file=out, width=200))
    return out.getvalue()

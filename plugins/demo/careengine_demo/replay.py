"""Sends the day through the real service, one interaction after the other, and gathers what it answers."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests

from careengine_demo.stage import DemoError

if TYPE_CHECKING:
    from collections.abc import Callable

    from careengine_demo.day import Day
    from careengine_demo.stage import Stage

Json = dict[str, Any]

_ANSWER_SECONDS = 30
_DELIVERY_SECONDS = 120
_PAUSE = 0.1
_PAGE = 200


@dataclass(slots=True)
class Answers:
    """What came of it: one (interaction, decision) for each that was sent, repeats apart, and what went wrong."""

    decided: list[tuple[Json, Json]] = field(default_factory=list)
    repeated: int = 0
    refused: list[str] = field(default_factory=list)


class Api:
    """The service as a client sees it."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["authorization"] = f"Bearer {stage.key}"

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def send(self, interaction: Json) -> requests.Response:
        """One interaction. Raises DemoError when the service is gone."""
        return self._ask("POST", "/v1/interactions", json=interaction)

    def actions(self, state: str) -> list[Json]:
        """The actions in a state. Raises DemoError."""
        found: list[Json] = []
        after: dict[str, str] = {}
        while True:
            answer = self._ask("GET", "/v1/actions", params={"state": state, "limit": str(_PAGE), **after})
            if not answer.ok:
                raise DemoError(
                    f"the service answered {answer.status_code} when asked for its actions: {answer.text[:300]}"
                )
            page = answer.json()
            found += page["actions"]
            if page["next"] is None:
                return found
            after = {"after": page["next"]}

    def _ask(self, method: str, path: str, **request: Any) -> requests.Response:
        service = self._stage.service
        try:
            return self._session.request(method, f"{service.address}{path}", timeout=_ANSWER_SECONDS, **request)
        except requests.RequestException as error:
            state = "does not answer" if service.alive else "has stopped"
            raise DemoError(f"the service {state}\n{service.last_words()}") from error


def replay(api: Api, day: Day, advance: Callable[[], None]) -> Answers:
    """Send every interaction in its order; `advance` is called after each. Raises DemoError when the service dies."""
    answers = Answers()
    for interaction in day.interactions:
        answer = api.send(interaction)
        if not answer.ok:
            answers.refused.append(f"{interaction['id']}: {answer.status_code} {answer.text[:300]}")
        elif answer.headers.get("Careengine-Duplicate") == "true":
            answers.repeated += 1
        else:
            answers.decided.append((interaction, answer.json()))
        advance()
    return answers


def drain(api: Api) -> None:
    """Wait until everything is written back or parked. Raises DemoError when that takes too long."""
    until = time.monotonic() + _DELIVERY_SECONDS
    pause = threading.Event()
    while under_way := len(api.actions("due")) + len(api.actions("sending")):
        if time.monotonic() > until:
            raise DemoError(f"{under_way} actions are still not delivered after {_DELIVERY_SECONDS} seconds")
        pause.wait(_PAUSE)

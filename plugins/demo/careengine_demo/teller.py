"""Tells one customer's part of the day, event by event, and keeps the case, the issue and the time as it goes."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from careengine_demo.people import TEAMS

if TYPE_CHECKING:
    from random import Random

Json = dict[str, Any]

TODAY = datetime(2026, 3, 3, tzinfo=UTC)
_CHANNELS = ("email",) * 4 + ("phone",) * 3 + ("chat",) * 2 + ("web",)


class Teller:
    """One customer's storyteller. `events` are interactions without ids; `tell` adds the next one."""

    def __init__(self, rng: Random, customer: Json, number: int) -> None:
        self.rng, self.customer, self.number = rng, customer, number
        self.events: list[tuple[datetime, Json]] = []
        self.case: Json = {}
        self.issue: Json = {}
        self.agent = ""
        self._things = 0
        self.today()

    def today(self) -> None:
        """Go to some time this morning."""
        self.now = TODAY + timedelta(minutes=self.rng.randint(7 * 60 + 30, 12 * 60), seconds=self.rng.randint(0, 59))

    def ago(self, days: float) -> None:
        """Go to so many days before today's noon."""
        self.now = TODAY + timedelta(hours=12) - timedelta(days=days) + timedelta(minutes=self.rng.randint(-90, 90))

    def after(self, least: int, most: int) -> None:
        """Let some minutes go by."""
        self.now += timedelta(minutes=self.rng.randint(least, most), seconds=self.rng.randint(0, 59))

    def thing(self, letter: str) -> str:
        """A new id, such as `F-12-1` for a failure."""
        self._things += 1
        return f"{letter}-{self.customer['id'][2:]}-{self._things}"

    def tell(self, event: str, **parts: Any) -> None:
        """Something happens now."""
        document = {"type": event, "customer": self.customer, "case": self.case, "issue": self.issue, **parts}
        self.events.append((self.now, deepcopy({name: part for name, part in document.items() if part})))

    def open(self, team: str, subject: str, issue: str, category: str, **parts: Any) -> None:
        """A case is opened about an issue."""
        self.agent = self.rng.choice(TEAMS[team])
        self.issue = {"id": issue, "category": category}
        self.case = {
            "id": f"T-{5001 + self.number}",
            "status": "new",
            "priority": "normal",
            "owner": self.agent,
            "team": team,
            "opened_at": self.moment(),
            "reassignments": 0,
            "reopens": 0,
            "subject": subject,
        }
        self.tell("case.opened", **parts)
        self.case["status"] = "open"

    def asks(self, text: str, **parts: Any) -> None:
        """The customer gets in touch."""
        channel = parts.pop("channel", None) or self.rng.choice(_CHANNELS)
        actor = {"type": "customer"}
        self.tell("interaction.received", direction="inbound", channel=channel, text=text, actor=actor, **parts)

    def answers(self, text: str, **parts: Any) -> None:
        """The agent gets back to the customer."""
        self.after(4, 35)
        actor, employee = {"type": "agent", "id": self.agent}, {"id": self.agent, "role": "agent"}
        parts = {"channel": "email", "direction": "outbound", "actor": actor, "employee": employee, **parts}
        self.tell("interaction.received", text=text, **parts)

    def resolves(self) -> None:
        """The case is solved, as far as we can see."""
        self.after(10, 60)
        self.case["status"] = "resolved"
        self.tell("case.resolved")

    def survey(self, csat: int, comment: str = "") -> None:
        """The customer answers our question how it was."""
        self.after(20, 90)
        survey = {"csat": csat} | ({"comment": comment} if comment else {})
        self.tell("survey.answered", survey=survey, direction="inbound", channel="email")

    def failure(self, kind: str, severity: int, **details: Any) -> Json:
        """What went wrong, as the systems behind us report it."""
        found = {"id": self.thing("F"), "type": kind, "severity": severity, "fault": "company", **details}
        return {"failure": found | {"occurred_at": self.moment()}}

    def incident(self, category: str, severity: int, evidence: str, **details: Any) -> Json:
        """What somebody did to our colleague, as the colleague reports it."""
        return {
            "incident": {
                "id": self.thing("I"),
                "category": category,
                "severity": severity,
                "target": self.agent,
                "reporter": self.agent,
                "evidence": [evidence],
                **details,
            },
            "employee": {"id": self.agent, "role": "agent"},
            "channel": "phone",
            "direction": "inbound",
        }

    def moment(self) -> str:
        """The present instant, as interactions write it."""
        return self.now.isoformat().replace("+00:00", "Z")

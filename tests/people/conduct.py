"""A house where conduct is reported, confirmed, answered step by step and contested; the test owns the clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from careengine import resources
from careengine.delivery.timekeeper import Timekeeper
from careengine.model.restrictions import Standing
from careengine.people import Actor, People
from careengine.policy import loader
from careengine.store import outbox, restrictions, tasks
from tests.decide.worlds import CATALOGUE, NOW
from tests.pipeline.house import contact, pipeline

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from careengine.model.policy import PolicySet
    from careengine.store import Store
    from careengine.store.outbox import StoredAction
    from careengine.store.tasks import Task

DAY = timedelta(days=1)
TENANT = "acme"
REPORTER = Actor(name="person:sam", roles=frozenset({"team-lead", "director", "ops-manager"}))
LEAD = Actor(name="person:lee", roles=frozenset({"team-lead"}), employees=frozenset({"E-1"}))
DIRECTOR = Actor(name="person:dana", roles=frozenset({"director", "ops-manager"}), employees=frozenset({"E-2"}))
MANAGER = Actor(
    name="person:mo", roles=frozenset({"ops-manager", "director", "team-lead"}), employees=frozenset({"E-3"})
)
TOLD = {"behaviour": "you shouted at our colleague", "evidence_summary": "the recording of 2 March"}
DOES = ("note", "restrict", "lift", "notice", "support")


@cache
def rules(*ids: str) -> PolicySet:
    """Starter policies."""
    folder = resources.rules_folder() / "protection"
    return loader.load([folder / f"{name}.yaml" for name in ids or ("abuse-ladder", "abuse-reported")], CATALOGUE)


@dataclass
class House:
    """Rules, people and a clock on one store; a second house on the same store is the program after a restart."""

    store: Store
    policies: PolicySet = field(default_factory=rules)
    does: Collection[str] = DOES
    now: datetime = NOW
    case: Mapping[str, Any] = field(default_factory=lambda: {"id": "T-1"})
    people: People = field(init=False)

    def __post_init__(self) -> None:
        line = pipeline(self.store, self.policies, clock=lambda: self.now, deliverable=self.does)
        self.people = People(pipeline=line)

    def wait(self, length: timedelta) -> None:
        """Time passes; what falls due happens."""
        end = self.now + length
        line = self.people.pipeline
        keeper = Timekeeper(store=self.store, tenant=TENANT, handle=line.handle_any, clock=lambda: self.now)
        self.now = end
        keeper.run_once()

    def tell(self, kind: str, event: str, **more: Any) -> dict[str, Any]:
        document = contact(event, at=self.now, type=kind, case=dict(self.case), **more)
        return self.people.pipeline.handle(document, TENANT).decision

    def report(self, incident: str, customer: str = "C-1", **more: Any) -> dict[str, Any]:
        about = {"id": incident, "category": "insult", "severity": 2, "reporter": "sam", "target": "sam"}
        about |= {"evidence": [f"call-{incident}"], "in_distress": False, "complaint_itself": False}
        about |= {"disability_related": False, **more}
        return self.tell("incident.reported", f"report-{incident}", customer={"id": customer}, incident=about)

    def confirmed(self, incident: str, **more: Any) -> None:
        """It is reported, and a team lead who had no part in it confirms it."""
        self.report(incident, **more)
        self.decide(self.open("incident")[0], "confirm", LEAD)

    def open(self, kind: str) -> Sequence[Task]:
        return self.people.page(TENANT, kind=kind)

    def decide(self, task: Task, outcome: str, by: Actor, **given: Any) -> Task:
        answer = {"outcome": outcome, "reason": "it is right", **given}
        return self.people.decide(TENANT, task.id, answer, by)

    def impose(self, by: Actor = DIRECTOR, given: Mapping[str, Any] | None = None) -> Task:
        return self.decide(self.open("restriction")[0], "impose", by, **{**TOLD, **(given or {})})

    def standing(self, customer: str = "C-1") -> list[Standing]:
        with self.store.read() as reader:
            return [Standing.read(told) for _, told in restrictions.standing_of(reader, TENANT, customer)]

    def steps(self, customer: str = "C-1") -> list[tuple[str, str, str]]:
        """Which incident led to which step, and how that stands."""
        return [(one.incident, one.step, one.state_at(self.now)) for one in self.standing(customer)]

    def outbox(self, *kinds: str) -> list[StoredAction]:
        """What is to be carried out in the CRM, of these types."""
        with self.store.read() as reader:
            found = outbox.in_state(reader, TENANT, "due", 1000)
        return [one for one in found if one.action.type in kinds]

    def task(self, name: str) -> Task:
        with self.store.read() as reader:
            found = tasks.get(reader, TENANT, name)
        assert found is not None
        return found

"""The examples by which care is described: each is a starter policy of its kind that says, and does, what it should.

What it says are the words of the policy read aloud. What it does is played through the whole pipeline, on both sides of
each figure: the stories are in domain.yaml.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from careengine import resources
from careengine.backtest.review_case import judge_review
from careengine.decide.render import render
from careengine.delivery.timekeeper import Timekeeper
from careengine.errors import NotYoursError
from careengine.model.policy import Recovery
from careengine.model.value import parse_duration, say_instant
from careengine.model.watch import Watch
from careengine.people import Actor, People
from careengine.policy.loader import load
from careengine.store import Store
from tests.decide.worlds import CATALOGUE, NOW, policy_set
from tests.people.house import of_kind, say
from tests.pipeline.house import Hooks, pipeline
from tests.pipeline.limits import offering

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from careengine.model.decision import Decision
    from careengine.model.policy import Policy

RULES = resources.rules_folder()
STORIES: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("domain.yaml").read_text())
PLAYED = [name for name, story in STORIES.items() if "steps" in story]
ANYTHING = {"source": "demo", "customer": {"id": "C-1"}, "case": {"id": "T-1"}}
DELIVERED = ("offer", "escalate", "contact", "alert", "assign", "support", "note")

EXAMPLES = {
    "recovery/double-deviation": (
        "at least 2 failures on the same issue within 30 days",
        "recovery-lead owns the recovery",
    ),
    "entitlement/missed-appointment": ("30.00 GBP as entitlement",),
    "entitlement/delayed-repair": ("10.00 GBP for 1, 20.00 GBP for 2", "working days"),
    "arbitration/one-offer": (
        "all that is owed adds up",
        "of several goodwill offers, make the largest one",
        "at most 1 offer that is not owed",
        "priority, then whether the policy looks at how severe the failure is",
        "the lower cost, then the policy's id",
    ),
    "limit/goodwill-once-60d": (
        "each person may have at most 1 goodwill offer within 60 days",
        "beyond it, team-lead decides",
        "Unless there are at least 2 failures on the same issue within 30 days",
    ),
    "limit/goodwill-value-year": (
        "each household may have at most 250.00 GBP in goodwill offers within 365 days",
        "beyond it, serial-claims-desk decides",
    ),
    "budget/goodwill-monthly": (
        "at most 20000.00 GBP in goodwill offers in a calendar month (Europe/London)",
        "keep room for what has not reached the customer for 2 days",
        "when 80% of it are used",
        "beyond it, ops-manager decides",
    ),
    "authority/frontline": (
        "whoever is agent may give 50.00 GBP for each case without asking",
        "whoever is agent may give 300.00 GBP a day",
        "above that, team-lead decides within 1 hour by the hours of uk-support",
        "when nobody answered in time, ops-manager decides",
        "nobody decides on what they asked for themselves",
    ),
    "escalation/three-contacts-same-issue": (
        "at least 3 inbound contacts on the same issue within 7 days, at least 30 minutes apart",
        "escalate to tier-2",
        "the customer hears again within 4 hours by the hours of uk-support",
        "At most once for the same case within 7 days",
    ),
    "standard/first-response": (
        "done within 4 hours by the hours of uk-support",
        "the kind of actor is agent",
        "stands still while the case's status is waiting_customer",
        "50% of the time has passed",
        "30 minutes before the time is over",
        "the time is over: escalate to team-lead",
        "2 hours after the time was over: escalate to ops-manager",
    ),
    "escalation/no-not-my-problem": (
        "at least 2 transfers in the same case within 30 days",
        "escalate to resolution-owner",
        "the present owner introduces the next one",
    ),
    "anti_deflection/human-within-reach": (
        "the customer asked for a human",
        "bot turns that led nowhere is at least 2",
        "the severity of the failure is at least 3",
        "hand over to live-agent with what was said so far",
        "outside the hours of uk-support, live-agent calls back",
    ),
    "protection/abuse-ladder": (
        "at least 1 confirmed incident of severity 2 or more within 90 days, the employee",
        "at least 2 confirmed incidents of severity 2 or more within 90 days",
        "team-lead decides on a written warning",
        "at least 3 confirmed incidents of severity 2 or more within 180 days",
        "director decides on a restricted channel that ends after 90 days, looked at again every 30 days",
        "the threat is credible",
        "decides on a suspension",
        "the customer may appeal within",
    ),
    "protection/immediate-threat": (
        "the employee may end the contact",
        "tell duty-manager at once, who looks within 5 minutes",
        "need not serve this customer again for 7 days",
    ),
    "protection/repeat-target": ("with the same employee", "need not serve this customer again, may use an alias"),
    "contact_cap/outreach-week": (
        "2 times within 7 days for survey, celebration and marketing",
        "within 20:00-09:00 by the customer's clock, or by any clock that may be theirs",
        "without the customer's consent",
        "of severity 3 or more",
        "bereavement",
    ),
    "outreach/unvoiced-failure": (
        "the party at fault is company and the severity of the failure is at least 2",
        "look again 3 days later",
        "inbound contact within 6 days",
        "apologise first",
    ),
    "outreach/detractor-loop": (
        "the likelihood to recommend is at most 6",
        "the satisfaction score is at most 2",
        "the effort score is at least 6",
        "call back within 8 hours by the hours of uk-support",
    ),
    "standard/promise-keeper": (
        "it is done by promise.due_at",
        "1 hour before the time is over",
        "the time is over: escalate",
        "until it ends the case is not to be closed",
    ),
    "review/dumb-rule-detector": (
        "over 90 days",
        "of 50 or more times that it matched, people did otherwise in 25 % or more",
        "95 % or more were granted as they were",
        "the same exception was made 10 or more times",
        "it has done nothing for 180 days",
        "put it to its owner, once until that is closed",
    ),
    "recognition/above-and-beyond": (
        "praises somebody",
        "the satisfaction score is 5",
        "team-lead confirms it with the quote",
        "never the employee",
        "at most 4 within 30 days for each employee",
    ),
}


@pytest.fixture(scope="module")
def starters() -> Mapping[str, Policy]:
    return {one.id: one for one in load([RULES], CATALOGUE).policies}


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_a_policy_that_says_so(example: str, starters: Mapping[str, Policy]) -> None:
    kind, _, name = example.partition("/")
    policy = starters[name]
    assert (policy.kind, policy.status) == (kind, "live")
    text = render(policy, CATALOGUE).text()
    assert [words for words in EXAMPLES[example] if words not in text] == []


def test_each_example_is_played() -> None:
    assert {name.partition(",")[0] for name in STORIES} == {example.partition("/")[2] for example in EXAMPLES}


@pytest.mark.parametrize("name", PLAYED)
def test_an_example_does_so(name: str, starters: Mapping[str, Policy], tmp_path: Path) -> None:
    story = STORIES[name]
    chosen = [starters[name.partition(",")[0]], *(starters[one] for one in story.get("rules", ()))]
    chosen += [replace(starters[one], once_per=None) for one in story.get("often", ())]
    calendars = [one for one in starters.values() if one.kind == "calendar"]
    giving = [_giving(story["giving"], story.get("approver"))] if "giving" in story else []
    with closing(Store.open(f"sqlite:///{tmp_path / 'care.db'}")) as store:
        stage = Stage(store=store, rules=[*chosen, *calendars, *giving])
        wrong = [said for number, step in enumerate(story["steps"]) for said in stage.play(number, step, story)]
    assert wrong == []


@pytest.mark.parametrize("number", range(len(STORIES["dumb-rule-detector"]["counts"])))
def test_a_review_asks_from_its_figures_on(number: int, starters: Mapping[str, Policy]) -> None:
    watch = starters["dumb-rule-detector"].outcome
    assert isinstance(watch, Watch)
    assert judge_review(STORIES["dumb-rule-detector"]["counts"][number], watch) == ()


def test_whoever_asked_for_it_does_not_decide_on_it(starters: Mapping[str, Policy], tmp_path: Path) -> None:
    story = STORIES["frontline"]
    with closing(Store.open(f"sqlite:///{tmp_path / 'care.db'}")) as store:
        stage = Stage(store=store, rules=[starters["frontline"], starters["uk-support"], offering("50.01")])
        assert list(stage.play(0, {"at": "0h", "asked": ["team-lead"]}, story)) == []
        people = People(pipeline=stage.line)
        [task] = of_kind(people, "approval")
        themselves = Actor(name="person:sam", roles=frozenset({"team-lead"}), employees=frozenset({"E-7"}))
        with pytest.raises(NotYoursError):
            people.decide("acme", task.id, say("approve"), themselves)


def _giving(amount: str, approver: str | None) -> Policy:
    policy = offering(amount.removesuffix(" GBP"))
    assert isinstance(policy.outcome, Recovery)
    assert policy.outcome.offer is not None
    return replace(policy, outcome=replace(policy.outcome, offer=replace(policy.outcome.offer, approver=approver)))


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """One JSON object over another; null takes away."""
    both = {key: _laid_over(below.get(key) or {}, new) if isinstance(new, dict) else new for key, new in above.items()}
    return {key: value for key, value in {**below, **both}.items() if value is not None}


def _is_like(wanted: Mapping[str, Any], action: Mapping[str, Any]) -> bool:
    found = {**action["params"], "type": action["type"], "status": action["status"]}
    return all(found.get(key) == value for key, value in wanted.items())


@dataclass
class Stage:
    """A pipeline with a clock of its own, on which a story is played."""

    store: Store
    rules: Sequence[Policy]
    now: datetime = NOW
    hooks: Hooks = field(default_factory=Hooks)

    def __post_init__(self) -> None:
        rules = policy_set(self.rules)
        self.line = pipeline(self.store, rules, hooks=self.hooks, deliverable=DELIVERED, clock=lambda: self.now)
        self.keeper = Timekeeper(store=self.store, tenant="acme", handle=self.line.handle_any, clock=lambda: self.now)

    def play(self, number: int, step: Mapping[str, Any], story: Mapping[str, Any]) -> Iterator[str]:
        """Let the time of a step come and its event happen; gives what is otherwise than the step says."""
        self.now = NOW + parse_duration(step.get("at") or step["wait"])
        before = len(self.hooks.told)
        self.keeper.run_once()
        if "at" in step:
            start = {"id": f"e-{number}", "occurred_at": say_instant(self.now)}
            self.line.handle(_laid_over(_laid_over(ANYTHING, story["event"]), step.get("with", {})) | start, "acme")
        made = self.hooks.told[before:]
        yield from (f"step {number}: {said}" for said in self._wrong(step, made))

    def _wrong(self, step: Mapping[str, Any], made: Sequence[Decision]) -> Iterator[str]:
        found = [action for decision in made for action in decision.to_json()["actions"]]
        shown = [(one["type"], one["status"], one["params"]) for one in found]
        for wanted in step.get("acts", ()):
            if not any(_is_like(wanted, one) for one in found):
                yield f"nothing is like {wanted} in {shown}"
        for kind in step.get("not", ()):
            if any(one["type"] == kind for one in found):
                yield f"there is `{kind}` in {shown}"
        if (kind := step.get("once")) and sum(one["type"] == kind for one in found) != 1:
            yield f"not one `{kind}` in {shown}"
        if (loser := step.get("loses")) and not any(one.policy == loser for all_ in made for one in all_.withheld):
            yield f"`{loser}` is not said to have lost"
        asked = sorted(task.role for task in of_kind(People(pipeline=self.line), "approval"))
        if step.get("asked", asked) != asked:
            yield f"{asked} are asked"

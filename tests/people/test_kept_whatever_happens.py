"""What a customer is owed and their way to a human stay, whatever is reported, decided and imposed: the whole way.

Two customers live side by side under all starter policies. One is reported, confirmed, restricted, contested, in any
order; nothing is ever said of the other. Whenever both miss an appointment and ask for a human, they get the same.
"""

from __future__ import annotations

from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from careengine import resources
from careengine.errors import SettledError
from careengine.model.policy import ENTITLEMENT
from careengine.model.value import say_instant
from careengine.people import Actor
from careengine.policy import loader
from careengine.store import Store
from tests.decide.worlds import CATALOGUE
from tests.people.conduct import DAY, TENANT, TOLD, House

if TYPE_CHECKING:
    from careengine.model.policy import PolicySet

DEEDS = ("insult", "threat", "confirm", "reject", "impose", "impose later", "decline", "vulnerable", "appeal")
AFTERWARDS = ("uphold", "overturn", "lift", "keep", "wait")
# So that sequences go far: those that shrink to nothing would prove nothing.
WAYS = st.lists(st.sampled_from(DEEDS + AFTERWARDS), max_size=4).map(
    lambda more: ["threat", "confirm", "impose", *more]
)


@cache
def starters() -> PolicySet:
    return loader.load([resources.rules_folder()], CATALOGUE)


def answer(house: House, kind: str, outcome: str, **said: Any) -> None:
    """Somebody who had no part in it decides the first open task of a kind, if there is one and it can be."""
    mine = [task for task in house.open(kind) if task.customer == "C-1"]
    if mine:
        by = Actor(name=f"person:{kind}", roles=frozenset({mine[0].role}), employees=frozenset({f"E-{kind}"}))
        with suppress(SettledError):
            house.decide(mine[0], outcome, by, **said)


def do(house: House, deed: str, number: int) -> None:
    """One more thing that happens to the first customer."""
    if deed in ("insult", "threat"):
        house.report(f"I-{number}", category=deed, credible=deed == "threat", target="kim")
    elif deed in ("confirm", "reject"):
        answer(house, "flag", deed)
    elif deed in ("impose", "decline"):
        answer(house, "restriction", deed, **(TOLD if deed == "impose" else {}))
    elif deed == "impose later":
        answer(house, "restriction", "impose", **TOLD, start=say_instant(house.now + 2 * DAY))
    elif deed == "vulnerable":
        house.tell("case.updated", f"v-{number}", customer={"id": "C-1", "vulnerability": ["illness"]})
    elif deed == "appeal":
        house.tell("appeal.made", f"appeal-{number}", customer={"id": "C-1"})
    elif deed in ("uphold", "overturn"):
        answer(house, "appeal", deed)
    elif deed in ("lift", "keep"):
        answer(house, "measure", deed)
    else:
        house.wait(10 * DAY)


def given_to(house: House, customer: str, number: int) -> list[tuple[Any, ...]]:
    """What a customer gets who missed an appointment through us, and then asks a bot for a human."""
    who, house.case = {"id": customer}, {"id": f"T-{customer}-{number}"}
    name = f"{customer}-{number}"
    failure = {"id": f"F-{name}", "type": "missed_appointment", "fault": "company", "severity": 2}
    owed = house.tell("failure.recorded", f"f-{name}", customer=who, failure=failure)
    asked = {"human_requested": True, "unresolved_turns": 3}
    human = house.tell("bot.turn", f"b-{name}", customer=who, actor={"type": "bot"}, channel="chat", bot=asked)
    entitlements = {policy.id for policy in starters().of_kind(ENTITLEMENT)}
    found = [one for one in owed["actions"] if entitlements & set(one["policies"]) and one["type"] != "note"]
    found += [one for one in human["actions"] if one["type"] == "escalate"]
    apart = ("case", "customer")
    return [
        (one["type"], one["status"], {name: value for name, value in one["params"].items() if name not in apart})
        for one in found
    ]


@settings(max_examples=7)
@given(WAYS)
def test_no_way_through_conduct_lowers_what_is_owed_or_closes_the_way_to_a_human(way: list[str]) -> None:
    with TemporaryDirectory() as folder, closing(Store.open(f"sqlite:///{Path(folder) / 'a.db'}")) as store:
        house = House(store, starters())
        restricted = False
        for number, deed in enumerate(way):
            house.case = {"id": "T-1"}
            do(house, deed, number)
            house.wait(2 * DAY)
            restricted = restricted or any(one.binds(house.now) for one in house.standing())
            spotless = given_to(house, "C-2", number)
            assert [one[0] for one in spotless][-2:] == ["offer", "escalate"]
            assert given_to(house, "C-1", number) == spotless
        assert restricted
        assert house.people.page(TENANT, kind="restriction", state=None, customer="C-2") == []

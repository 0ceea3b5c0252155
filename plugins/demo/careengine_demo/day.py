"""The demo day: 60 customers, more than 300 interactions, the same for the same seed."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from careengine_demo.people import customers
from careengine_demo.stories import STORIES
from careengine_demo.teller import TODAY, Teller

Json = dict[str, Any]

CUSTOMERS = 60
_SENT_TWICE = 6
_NAMELESS = 4
DEFAULT_SEED = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """All that happens, in the order in which it is sent.

    `interactions` fit the interaction schema; some are sent twice, as real senders do, and a few from the days
    before come first, so that customers have a past. `customers` and `tickets` are what the CRM knows.
    """

    customers: tuple[Json, ...]
    tickets: tuple[Json, ...]
    interactions: tuple[Json, ...]

    @property
    def today(self) -> int:
        """How many different interactions fall on the day itself."""
        return len({one["id"] for one in self.interactions if one["occurred_at"] >= TODAY.isoformat()[:10]})

    @property
    def repeated(self) -> int:
        """How many are sent a second time."""
        return len(self.interactions) - len({one["id"] for one in self.interactions})


def make_day(seed: int = DEFAULT_SEED) -> Day:
    """Make the day from its seed."""
    # A seeded generator is the point: the same day every time.
    rng = Random(seed)  # noqa: S311
    people = customers(rng, CUSTOMERS)
    stories = [story for story, times in STORIES for _ in range(times)]
    rng.shuffle(stories)
    tellers = [Teller(rng, person, number) for number, person in enumerate(people)]
    for teller, story in zip(tellers, stories, strict=True):
        story(teller)
    told = [event for teller in tellers for event in teller.events] + _nameless(rng)
    interactions = [
        {"id": f"evt-{number:04}", "source": "demo", "occurred_at": at.isoformat().replace("+00:00", "Z"), **document}
        for number, (at, document) in enumerate(sorted(told, key=lambda one: one[0]), start=1)
    ]
    tickets = tuple(_ticket(teller) for teller in tellers if teller.case)
    return Day(customers=tuple(people), tickets=tickets, interactions=tuple(_with_repeats(rng, interactions)))


def _nameless(rng: Random) -> list[tuple[Any, Json]]:
    """Contacts of people whom nobody has recognised."""
    events = []
    for _ in range(_NAMELESS):
        teller = Teller(rng, {}, 0)
        teller.asks("Hello, is this the right number for orders?", channel="phone")
        events += teller.events
    return events


def _with_repeats(rng: Random, interactions: list[Json]) -> list[Json]:
    """Send a few again a little later, as senders do that did not see our answer."""
    twice = set(rng.sample(range(len(interactions) // 2, len(interactions) - 5), _SENT_TWICE))
    sent: list[Json] = []
    for place, one in enumerate(interactions):
        sent.append(one)
        if place - 3 in twice:
            sent.append(interactions[place - 3])
    return sent


def _ticket(teller: Teller) -> Json:
    case = teller.case
    return {"number": case["id"], "customer": teller.customer["id"], "subject": case["subject"], "group": case["team"]}

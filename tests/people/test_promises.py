"""A promise waits for whoever keeps it, with its time, until somebody says that it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from careengine.errors import PayloadError
from careengine.people import Actor, People
from careengine.store import history
from tests.decide.worlds import NOW
from tests.people.house import of_kind, people, say
from tests.pipeline.authorities import HOUR
from tests.pipeline.house import contact

if TYPE_CHECKING:
    from careengine.store import Store
    from careengine.store.tasks import Task

SAM = Actor(name="person:sam", roles=frozenset({"agent"}))


@pytest.fixture
def house(file_store: Store) -> People:
    return people(file_store)


def promise(house: People, event: str = "e-1", **more: Any) -> Task:
    made = {"id": "P-7", "owner": "sam", "due_at": (NOW + HOUR).isoformat()}
    document = {"type": "promise.made", "promise": made, "employee": {"id": "sam", "role": "agent"}, **more}
    house.pipeline.handle(contact(event, **document), "acme")
    [task] = of_kind(house, "promise")
    return task


def states(house: People) -> list[str]:
    with house.pipeline.store.read() as reader:
        found = history.entries(reader, "acme", "C-1", NOW, {"promises": None})
    return [entry.status for entry in found]


def test_whoever_keeps_it_says_so(house: People) -> None:
    task = promise(house)
    assert (task.role, task.due_at) == ("agent", NOW + HOUR)
    assert task.document["asks"] == "keep the promise P-7 by sam until 2026-03-02T10:30:00Z"
    assert house.decide("acme", task.id, say("keep"), SAM).state == "kept"
    assert states(house) == ["open", "kept"]
    assert of_kind(house, "promise") == []


def test_what_the_crm_tells_needs_no_saying(house: People) -> None:
    task = promise(house)
    house.pipeline.handle(contact("e-2", type="promise.kept", promise={"id": "P-8"}), "acme")
    assert house.one("acme", task.id)[0].state == "open"
    house.pipeline.handle(contact("e-3", type="promise.kept", promise={"id": "P-7"}), "acme")
    done = house.one("acme", task.id)[0]
    assert done.state == "kept"
    assert done.document["decided"]["by"] == "source:demo"


def test_a_later_time_is_a_promise_of_its_own(house: People) -> None:
    task = promise(house)
    later = (NOW + 3 * HOUR).isoformat()
    assert house.decide("acme", task.id, say("extend", due_at=later), SAM).state == "extended"
    [other] = of_kind(house, "promise")
    assert (other.due_at, other.document["promise"], other.role) == (NOW + 3 * HOUR, "P-7", "agent")
    assert house.decide("acme", other.id, say("keep"), SAM).state == "kept"


@pytest.mark.parametrize("due_at", [NOW.isoformat(), "tomorrow", "2026-13-01T00:00:00Z", 7])
def test_an_earlier_time_is_none(house: People, due_at: Any) -> None:
    task = promise(house)
    with pytest.raises(PayloadError, match="/due_at: expected an instant after now"):
        house.decide("acme", task.id, say("extend", due_at=due_at), SAM)
    assert house.one("acme", task.id)[0].state == "open"


def test_without_a_role_it_is_the_frontlines(house: People) -> None:
    made = promise(house, employee=None)
    assert (made.role, made.employee) == ("agent", made.document["owner"])


def told(house: People, event: str, type_: str = "promise.made", due: Any = None, **more: Any) -> None:
    about = {"id": "P-7", "owner": "sam", **({"due_at": due.isoformat()} if due else {})}
    house.pipeline.handle(contact(event, type=type_, promise=about, **more), "acme")


def test_it_is_closed_whichever_id_of_the_customer_it_is_told_under(store: Store) -> None:
    house = people(store)
    house.pipeline.handle(contact("m-1", type="customer.merged", merged={"id": "C-2"}), "acme")
    promise(house)
    told(house, "e-2", "promise.kept", customer={"id": "C-2"})
    assert of_kind(house, "promise") == []


def test_what_is_kept_needs_no_customer(house: People) -> None:
    promise(house)
    told(house, "e-2", "promise.kept", customer={})
    assert of_kind(house, "promise") == []


def test_another_crms_promise_of_the_same_id_is_another(house: People) -> None:
    promise(house)
    told(house, "e-2", due=NOW + HOUR, source="other")
    assert len(of_kind(house, "promise")) == 2
    told(house, "e-3", "promise.kept", source="other")
    assert [task.source for task in of_kind(house, "promise")] == ["demo"]


def test_the_crm_moves_it(house: People) -> None:
    task = promise(house)
    told(house, "e-2", due=NOW + 3 * HOUR)
    [moved] = of_kind(house, "promise")
    assert (moved.id, moved.due_at) == (task.id, NOW + 3 * HOUR)
    assert moved.document["asks"] == "keep the promise P-7 by sam until 2026-03-02T12:30:00Z"
    told(house, "e-3", due=NOW + 2 * HOUR, at=NOW - HOUR)  # it was told before, and comes late
    told(house, "e-4")
    assert of_kind(house, "promise")[0].due_at == NOW + 3 * HOUR


def test_it_is_extended_there_and_back(house: People) -> None:
    task = promise(house)
    for hours in (20, 1, 20, 1):
        house.decide("acme", task.id, say("extend", due_at=(NOW + hours * HOUR).isoformat()), SAM)
        [task] = of_kind(house, "promise")
        assert task.due_at == NOW + hours * HOUR
    told(house, "e-2", "promise.kept")
    told(house, "e-3", due=NOW + HOUR, at=NOW + HOUR / 2)  # and promised once more
    assert len(of_kind(house, "promise")) == 1


def test_what_was_kept_before_it_was_told_of_waits_for_nobody(house: People) -> None:
    told(house, "e-1", "promise.kept", at=NOW + HOUR)
    told(house, "e-2", due=NOW + 3 * HOUR)
    assert of_kind(house, "promise") == []
    told(house, "e-3", due=NOW + 5 * HOUR, at=NOW + 2 * HOUR)  # made anew
    told(house, "e-4", "promise.kept", at=NOW + HOUR)
    assert [task.due_at for task in of_kind(house, "promise")] == [NOW + 5 * HOUR]


def test_what_is_kept_is_not_opened_by_what_was_told_before(house: People) -> None:
    task = promise(house)
    house.decide("acme", task.id, say("keep"), SAM)
    told(house, "e-2", due=NOW + 3 * HOUR, at=NOW - HOUR)
    assert of_kind(house, "promise") == []

"""What an employee may give now without asking, and who is asked above that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from careengine.decide.authority import left, scope_of
from careengine.model.authority import Authority
from careengine.model.facts import Facts, RecordedHistory
from careengine.model.policy import AUTHORITY
from careengine.model.value import say_instant
from careengine.pipeline.state import StoredState
from careengine.store import events, identities

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from careengine.model.authority import RoomLeft
    from careengine.model.policy import Policy, PolicySet


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whose authority is asked for, at an instant.

    Without a `role` it is the one that the latest event says, without a `case` or `customer` what is left of a new one.
    """

    employee: str
    at: datetime
    role: str | None = None
    case: str | None = None
    customer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class May:
    """What somebody in a role may give, each room with the authority that it is of; none: no authority binds them."""

    asked: Asked
    role: str
    rooms: Sequence[tuple[RoomLeft, Authority]]

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        rooms = [{**room.to_json(), "above": [step.ask for step in of.above]} for room, of in self.rooms]
        told = {"employee": self.asked.employee, "role": self.role, "as_of": say_instant(self.asked.at)}
        return {**told, "may": rooms}


def may(reader: Connection, tenant: str, policies: PolicySet, asked: Asked) -> May | None:
    """What the employee may give; None where it is not known which role they have."""
    role = asked.role or events.role_of(reader, tenant, asked.employee)
    if role is None:
        return None
    about = {"employee.id": asked.employee, "employee.role": role}
    about |= {"case.id": asked.case or "", "customer.id": asked.customer or ""}
    known = {name: value for name, value in about.items() if value}
    state, person = StoredState(reader, tenant, asked.at), identities.of(reader, tenant, asked.customer or "").id
    facts = Facts(fields=known, as_of=asked.at, history=RecordedHistory({}), state=state, person=person)
    return May(asked=asked, role=role, rooms=list(_rooms(policies, role, facts)))


def _rooms(policies: PolicySet, role: str, facts: Facts) -> Iterator[tuple[RoomLeft, Authority]]:
    for policy, mine in _of_role(policies, role, facts.as_of):
        for room in mine.may:
            scope = scope_of(room, facts)
            stands = left(policy, room, facts, scope, Decimal(0))
            yield (stands if scope else replace(stands, left=room.amount)), mine


def _of_role(policies: PolicySet, role: str, at: datetime) -> Iterator[tuple[Policy, Authority]]:
    for policy in policies.of_kind(AUTHORITY):
        mine = policy.outcome
        if isinstance(mine, Authority) and mine.role == role and policy.in_effect(at):
            yield policy, mine

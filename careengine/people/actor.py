"""Who decides: a name for the audit, and the roles that one fills in the company."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from careengine.settings import PeopleSettings

GROUP = "group:"
ANYBODY = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody at work. `name` is as the audit has it, such as `person:sam` or `local:sam`.

    `roles` are those that policies name, such as `team-lead`; with `*` among them it is every role. `employees` are the
    ids under which CRMs know the same person.
    """

    name: str
    roles: frozenset[str] = frozenset()
    employees: frozenset[str] = frozenset()

    def fills(self, role: str) -> bool:
        """Whether this one may decide what the role decides."""
        return role in self.roles or ANYBODY in self.roles

    def is_one_of(self, names: Iterable[str]) -> bool:
        """Whether one of these is this one: as the audit has it, without what stands before the colon, or in a CRM."""
        mine = {name.casefold() for name in (self.name, self.name.partition(":")[2], *self.employees)}
        return any(name.casefold() in mine for name in names)


def actor_of(settings: PeopleSettings, name: str, groups: Iterable[str] = (), roles: Collection[str] = ()) -> Actor:
    """Who this is by the settings: `groups` are those of the identity provider, `roles` those that a key gives."""
    known = {name, *(f"{GROUP}{group}" for group in groups)}
    filled = {role for role, who in settings.roles.items() if known.intersection(who)}
    employees = (employee for employee, who in settings.employees.items() if name in who)
    return Actor(name=name, roles=frozenset({*filled, *roles}), employees=frozenset(employees))

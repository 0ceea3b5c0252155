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
    ids under which CRMs know the same person, `names` those under which the audit does: a login, a key, a local user.
    """

    name: str
    roles: frozenset[str] = frozenset()
    employees: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    @property
    def known(self) -> bool:
        """Whether it can be told what this one had a part in; where everybody is everybody, nobody asks."""
        return bool(self.employees) or ANYBODY in self.roles

    def fills(self, role: str) -> bool:
        """Whether this one may decide what the role decides."""
        return role in self.roles or ANYBODY in self.roles

    def is_one_of(self, names: Iterable[str]) -> bool:
        """Whether one of these is this one: as the audit has it, without what stands before the colon, or in a CRM."""
        logins = {self.name, *self.names}
        mine = {*logins, *(name.partition(":")[2] for name in logins), *self.employees} - {""}
        folded = {name.casefold() for name in mine}
        return any(name.casefold() in folded for name in names)


def actor_of(settings: PeopleSettings, name: str, groups: Iterable[str] = (), roles: Collection[str] = ()) -> Actor:
    """Who this is by the settings: `groups` are those of the identity provider, `roles` those that a key gives."""
    known = {name, *(f"{GROUP}{group}" for group in groups)}
    filled = {role for role, who in settings.roles.items() if known.intersection(who)}
    mine = {employee: who for employee, who in settings.employees.items() if name in who}
    names = frozenset(other for who in mine.values() for other in who)
    return Actor(name=name, roles=frozenset({*filled, *roles}), employees=frozenset(mine), names=names)

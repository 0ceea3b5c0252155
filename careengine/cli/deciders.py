"""Whether somebody fills every role that decides: what waits for a role of nobody waits for good."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from careengine.app import open_store
from careengine.errors import CareError
from careengine.model.finding import Finding
from careengine.model.policy import LIVE
from careengine.model.table import Table, members
from careengine.people.actor import GROUP
from careengine.policy import loader
from careengine.store import keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from careengine.model.catalogue import Catalogue
    from careengine.settings import Settings

# Where the rules name whoever decides. Others that they name are told or take over, which is for the CRM to know.
_DECIDING = re.compile(r"/(ask|approver|confirmed_by|decided_by|review_by)$|^/give_up/to$")
_WHO = 'say who is who in `people.employees`, such as `agent-17 = ["person:sam@example.com"]`'
_DO = "name who fills it in `people.roles`, or give a key the role: `careengine keys create NAME --as ROLE`"


def examine_deciders(settings: Settings, paths: Sequence[Path], catalogue: Catalogue) -> Iterator[Finding]:
    """What is wrong with who decides; nothing where the rules or the database cannot be read."""
    try:
        needed, filled = set(_roles(paths, catalogue)), _filled(settings)
    except CareError:
        return  # said already
    missing = ", ".join(f"`{role}`" for role in sorted(needed - filled.keys()))
    if not missing:
        yield Finding(check="people", ok=True, found="somebody fills every role that decides")
    elif not filled:
        yield Finding(
            check="people", ok=True, found=f"nobody is said to fill a role yet; the rules ask {missing}", do=_DO
        )
    else:
        yield Finding(check="people", ok=False, found=f"the rules ask {missing}, and nobody fills that role", do=_DO)
    reviewer = settings.people.incident_reviewer
    if filled and reviewer not in filled:
        found = f"`{reviewer}` judges reports of conduct that no policy flags, and nobody fills that role"
        yield Finding(check="incidents", ok=False, found=found, do="name another role in `people.incident_reviewer`")
    if strangers := ", ".join(f"`{role}`" for role in sorted({*needed, reviewer} & _unknown(settings, filled))):
        found = f"whoever fills {strangers} is no employee here, so they decide nothing in which an employee has a part"
        yield Finding(check="employees", ok=False, found=found, do=_WHO)


def _roles(paths: Sequence[Path], catalogue: Catalogue) -> Iterator[str]:
    """The roles that live policies leave something to: the owner what has no amount, goes wrong or is gone round."""
    for policy in loader.load(paths, catalogue).policies:
        for member in members(policy) if policy.status == LIVE else ():
            yield policy.owner
            if not isinstance(member.outcome, Table):
                yield from (role for place, role in member.outcome.roles() if _DECIDING.search(place))


def _filled(settings: Settings) -> dict[str, set[str]]:
    """The roles that somebody fills by the settings or by a key that still holds, each with who it is."""
    filled = {role: set(who) for role, who in settings.people.roles.items() if who}
    with closing(open_store(settings.store)) as store, store.read() as reader:
        for key in keys.of_tenant(reader, settings.tenant):
            for role in key.fills if key.valid(datetime.now(UTC)) else ():
                filled.setdefault(role, set()).add(f"key:{key.id}")
    return filled


def _unknown(settings: Settings, filled: Mapping[str, set[str]]) -> set[str]:
    """The roles of which nobody can be told to be an employee; who is in a group is known to the company's sign-in."""
    known = {name for names in settings.people.employees.values() for name in names}
    return {
        role
        for role, who in filled.items()
        if not known.intersection(who) and not (known and any(name.startswith(GROUP) for name in who))
    }

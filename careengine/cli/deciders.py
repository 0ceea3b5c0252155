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
from careengine.policy import loader
from careengine.store import keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from careengine.model.catalogue import Catalogue
    from careengine.settings import Settings

# Where the rules name whoever decides. Others that they name are told or take over, which is for the CRM to know.
_DECIDING = re.compile(r"/(ask|approver|confirmed_by|decided_by|review_by)$|^/give_up/to$")
_DO = "name who fills it in `people.roles`, or give a key the role: `careengine keys create NAME --as ROLE`"


def examine_deciders(settings: Settings, paths: Sequence[Path], catalogue: Catalogue) -> Iterator[Finding]:
    """What is wrong with who decides; nothing where the rules or the database cannot be read."""
    try:
        needed, filled = set(_roles(paths, catalogue)), _filled(settings)
    except CareError:
        return  # said already
    missing = ", ".join(f"`{role}`" for role in sorted(needed - filled))
    if not missing:
        yield Finding(check="people", ok=True, found="somebody fills every role that decides")
    elif not filled:
        yield Finding(
            check="people", ok=True, found=f"nobody is said to fill a role yet; the rules ask {missing}", do=_DO
        )
    else:
        yield Finding(check="people", ok=False, found=f"the rules ask {missing}, and nobody fills that role", do=_DO)


def _roles(paths: Sequence[Path], catalogue: Catalogue) -> Iterator[str]:
    """The roles that live policies leave something to: the owner what has no amount, goes wrong or is gone round."""
    for policy in loader.load(paths, catalogue).policies:
        for member in members(policy) if policy.status == LIVE else ():
            yield policy.owner
            if not isinstance(member.outcome, Table):
                yield from (role for place, role in member.outcome.roles() if _DECIDING.search(place))


def _filled(settings: Settings) -> set[str]:
    """The roles that the settings or a key that still holds give to somebody."""
    named = {role for role, who in settings.people.roles.items() if who}
    with closing(open_store(settings.store)) as store, store.read() as reader:
        held = [key for key in keys.of_tenant(reader, settings.tenant) if key.valid(datetime.now(UTC))]
    return named.union(*(key.fills for key in held))

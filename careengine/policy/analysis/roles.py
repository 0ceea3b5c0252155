"""Roles whom nobody would ever reach: those that are not declared, where the company declares its roles.

Elsewhere a role is found that is named once and is one letter away from one that is named often.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from careengine.model.table import Table, members
from careengine.policy.analysis.example import shown_by
from careengine.policy.analysis.finding import Finding
from careengine.policy.analysis.normal import matching
from careengine.policy.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from careengine.model.catalogue import Catalogue
    from careengine.model.policy import Policy

_SHORTEST = 5  # letters; shorter names differ by one letter too easily
_OFTEN = 2


def misspelt_roles(policies: Sequence[Policy], catalogue: Catalogue) -> Iterator[Finding]:
    """Roles that look like a misspelling of another role of the set."""
    named = [(policy, pointer, role) for policy in policies for pointer, role in _roles(policy)]
    times = Counter(role for _, _, role in named) + Counter({policy.id: policy.owner for policy in policies}.values())
    known = _by_letters(role for role, count in times.items() if count >= _OFTEN)
    for policy, pointer, role in named:
        meant = _meant(role, known) if times[role] == 1 and len(role) >= _SHORTEST else ""
        if meant:
            yield Finding(
                code="CE706",
                policy=policy,
                pointer=pointer,
                message=f"`{role}` is named here alone, and `{meant}` {times[meant]} times",
                suggestion=f"did you mean `{meant}`?",
                example=shown_by(matching(policy), catalogue, policy),
            )


def undeclared_roles(policies: Sequence[Policy], declared: Collection[str], catalogue: Catalogue) -> Iterator[Finding]:
    """Roles outside those that are declared; of what the rows of a table share, the table tells."""
    for policy in policies:
        named = {("/owner", 0, policy.owner): policy}
        for member in members(policy):
            own = member.row_of.outputs if member.row_of else ()
            for pointer, role in _roles(member):
                whose = member if pointer[1:].replace("/", ".") in own else policy
                named[pointer, whose.row, role] = whose
        for (pointer, _, role), whose in named.items():
            if role not in declared:
                yield Finding(
                    code="CE717",
                    policy=whose,
                    pointer=pointer,
                    message=f"`{role}` is not in the setting `people.roles`, so nobody would be reached",
                    suggestion=did_you_mean(role, declared) or "add it there, or name another",
                    example=shown_by(matching(whose), catalogue, whose),
                    severity="error",
                )


def _roles(policy: Policy) -> Iterator[tuple[str, str]]:
    return iter(()) if isinstance(policy.outcome, Table) else policy.outcome.roles()


def _by_letters(roles: Iterator[str]) -> dict[str, set[str]]:
    """Each role under itself and under what is left of it without any one letter."""
    known: dict[str, set[str]] = defaultdict(set)
    for role in roles:
        for form in _forms(role):
            known[form].add(role)
    return known


def _forms(role: str) -> set[str]:
    plain = role.replace("-", "").replace("_", "")
    return {plain, *(plain[:at] + plain[at + 1 :] for at in range(len(plain)))}


def _meant(role: str, known: dict[str, set[str]]) -> str:
    """A known role one letter away, with the same digits: `tier-2` is no misspelling of `tier-1`."""
    near = {other for form in _forms(role) for other in known.get(form, ()) if other != role}
    return min((other for other in near if _digits(other) == _digits(role)), default="")


def _digits(role: str) -> list[str]:
    return re.findall(r"[0-9]", role)

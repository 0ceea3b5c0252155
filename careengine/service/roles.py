"""What callers may do: the scopes, and the roles of people as sets of scopes. This is the one place that says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

INTERACTIONS_WRITE, DECISIONS_READ, METRICS_READ = "interactions:write", "decisions:read", "metrics:read"
PARKED_SETTLE, AUDIT_READ, ADMIN = "parked:settle", "audit:read", "admin"
TASKS_READ, TASKS_DECIDE = "tasks:read", "tasks:decide"

# Each scope with what it allows.
SCOPES: Mapping[str, str] = {
    DECISIONS_READ: "read decisions, their actions, and what became of deliveries",
    INTERACTIONS_WRITE: "send interactions and get decisions, for real or as a dry run; report conduct",
    METRICS_READ: "read the metrics of the service",
    TASKS_READ: "read what people are asked to decide, and what they decided",
    TASKS_DECIDE: "decide it, as far as one fills the role that is asked; hand appeals in, keep overrides",
    PARKED_SETTLE: "try parked actions and deliveries again, or drop them, and read what a CRM refused one with",
    AUDIT_READ: "read what people decided",
    ADMIN: "everything",
}
_VIEWER = frozenset({DECISIONS_READ})
_AGENT = _VIEWER | {INTERACTIONS_WRITE, TASKS_READ, TASKS_DECIDE}
_REVIEWER = _AGENT | {PARKED_SETTLE}
_OPS = _REVIEWER | {AUDIT_READ, METRICS_READ}
# Each role with its scopes; every one may do what those before it may.
ROLES: Mapping[str, frozenset[str]] = {
    "viewer": _VIEWER,
    "agent": _AGENT,
    "reviewer": _REVIEWER,
    "ops": _OPS,
    "admin": frozenset({ADMIN}),
}


def allows(scopes: frozenset[str], scope: str) -> bool:
    """Whether these scopes allow what that one does."""
    return scope in scopes or ADMIN in scopes


def scopes_of(roles: Iterable[str]) -> frozenset[str]:
    """The scopes of all these roles together; a name that is no role adds none."""
    return frozenset().union(*(ROLES.get(role, frozenset()) for role in roles))


def who_may(scope: str) -> str:
    """The roles that may do what a scope allows, as a person reads them: `ops` or `admin`."""
    names = [f"`{role}`" for role, scopes in ROLES.items() if allows(scopes, scope)]
    return " or ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]

"""The adapter's settings, read once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "django-helpdesk"
PRIORITIES: Mapping[str, int] = {"urgent": 1, "high": 2, "normal": 3, "low": 4}
STATUSES: Mapping[str, str] = {"1": "open", "2": "open", "3": "resolved", "4": "closed", "5": "closed"}
VERY_LOW = 5  # the helpdesk has one priority more than the rules have


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a role's work goes: a user, a queue, or both, by the helpdesk's numbers."""

    user: int | None = None
    queue: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `settings.schema.json` describes. Secrets are left out of its `repr`."""

    base_url: str
    token: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    previous_webhook_secret: str = field(default="", repr=False)
    user: int | None = None
    customer_id: str = "submitter_email"
    fields: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, Place] = field(default_factory=dict)
    queues: Mapping[str, int] = field(default_factory=dict)
    priorities: Mapping[str, int] = field(default_factory=lambda: PRIORITIES)
    statuses: Mapping[str, str] = field(default_factory=lambda: STATUSES)
    assigned_title: str = "Assigned to "
    escalated_title: str = "Ticket Escalated"
    timeout_seconds: float = 15.0

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> Options:
        """From settings that have been checked against the schema."""
        roles = {name: Place(**place) for name, place in settings.get("roles", {}).items()}
        given = {**settings, "roles": roles, "base_url": settings["base_url"].rstrip("/")}
        given["priorities"] = {**PRIORITIES, **settings.get("priorities", {})}
        given["statuses"] = {**STATUSES, **settings.get("statuses", {})}
        return cls(**given)

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """Those that prove the sender: the one in use, and the one before while it is being changed."""
        return tuple(secret for secret in (self.webhook_secret, self.previous_webhook_secret) if secret)

    def priority_word(self, number: object) -> str | None:
        """The rules' word for a priority number, None when it has none."""
        words = {VERY_LOW: "low"} | {value: word for word, value in self.priorities.items()}
        return words.get(number) if isinstance(number, int) else None

    def is_over(self, status: int) -> bool:
        """Whether a status number means that the case is resolved or closed."""
        return self.statuses.get(str(status)) in ("resolved", "closed")

    def queue_name(self, number: object) -> str | None:
        """The name of a queue, if the settings tell it."""
        return next((name for name, value in self.queues.items() if value == number), None)

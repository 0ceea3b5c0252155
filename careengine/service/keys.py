"""Who may call: API keys, the tenant each belongs to, and what each allows."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from careengine.errors import StoreError
from careengine.service.access import note
from careengine.service.problems import HttpProblem
from careengine.store import keys as kept_keys

if TYPE_CHECKING:
    from starlette.requests import Request

    from careengine.app import App
    from careengine.service.workers import Workers

INTERACTIONS_WRITE, DECISIONS_READ, METRICS_READ = "interactions:write", "decisions:read", "metrics:read"
ADMIN = "admin"
SCOPES = (INTERACTIONS_WRITE, DECISIONS_READ, METRICS_READ, ADMIN)  # admin includes the others
_USED_EVERY = timedelta(minutes=1)  # how exact the time of last use is: a write for every call would cost too much


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls: the key's id (`` without one), the tenant it belongs to, what it allows."""

    key: str = ""
    tenant: str = ""
    scopes: frozenset[str] = frozenset()

    def may(self, scope: str) -> bool:
        """Whether this is allowed."""
        return scope in self.scopes or ADMIN in self.scopes


ANYBODY = Caller()


class Keys:
    """Lets callers in. Without keys (`service.auth = "none"`) everybody on this machine may do everything."""

    def __init__(self, app: App, workers: Workers) -> None:
        self._app, self._workers = app, workers
        self._noted: dict[str, datetime] = {}

    async def admit(self, request: Request, scope: str) -> Caller:
        """The caller, allowed to do this. Raises HttpProblem 401 or 403."""
        settings = self._app.settings
        if settings.service.auth == "none":
            return Caller(tenant=settings.tenant, scopes=frozenset(SCOPES))
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise _unauthorized("send `Authorization: Bearer ce_…` with an API key", "Bearer")
        caller = await self._workers.run(self.check, text.strip(), datetime.now(UTC))
        if caller is None:
            raise _unauthorized("the API key is wrong, revoked or expired", 'Bearer error="invalid_token"')
        note(request, caller=caller.key)  # a name with `key` in it would be masked
        if not caller.may(scope):
            raise HttpProblem("forbidden", f"the API key lacks the scope `{scope}`")
        return caller

    def check(self, text: str, now: datetime) -> Caller | None:
        """The caller that a key proves; None when it is wrong, revoked or expired. Notes when it is used."""
        with self._app.store.read() as reader:
            key = kept_keys.find(reader, text, now)
        if key is None:
            return None
        used = self._noted.get(key.id, key.last_used_at)
        if used is None or now - used >= _USED_EVERY:
            self._noted[key.id] = now  # tried, at least: one who cannot write must not be asked to at every call
            # A database that cannot be written must not keep readers out.
            with suppress(StoreError), self._app.store.write() as transaction:
                kept_keys.used(transaction, key.tenant, key.id, now)
        return Caller(key=key.id, tenant=key.tenant, scopes=key.scopes)


def _unauthorized(detail: str, challenge: str) -> HttpProblem:
    return HttpProblem("unauthorized", detail, headers={"WWW-Authenticate": challenge})

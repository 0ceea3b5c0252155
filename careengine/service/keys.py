"""Who may call: programs by their API keys, people by the tokens of their identity provider."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from careengine.errors import StoreError
from careengine.people import Actor, actor_of
from careengine.people.actor import ANYBODY as EVERY_ROLE
from careengine.service.access import note
from careengine.service.problems import HttpProblem
from careengine.service.roles import ADMIN, allows, who_may
from careengine.store import keys as kept_keys

if TYPE_CHECKING:
    from starlette.requests import Request

    from careengine.app import App
    from careengine.service.oidc import People
    from careengine.service.workers import Workers

_USED_EVERY = timedelta(minutes=1)  # how exact the time of last use is: a write for every call would cost too much
_ANYBODY = "local:anybody"
_PROGRAM = f"{kept_keys.PREFIX}_"  # how every API key begins


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls: the name for the audit (`` nobody), the tenant it belongs to, what it allows, a person's roles.

    `at_work` is who that is in the company: the roles of policies that they fill.
    """

    actor: str = ""
    tenant: str = ""
    scopes: frozenset[str] = frozenset()
    roles: tuple[str, ...] | None = None
    at_work: Actor = field(default_factory=lambda: Actor(name=""))

    def may(self, scope: str) -> bool:
        """Whether this is allowed."""
        return allows(self.scopes, scope)


ANYBODY = Caller()


class Keys:
    """Lets callers in. Without keys (`service.auth = "none"`) everybody on this machine may do everything.

    `crew` looks at keys and does nothing else: who is let in must not wait for what others do.
    """

    def __init__(self, app: App, crew: Workers, people: People | None = None) -> None:
        self._app, self._crew, self._people = app, crew, people
        self._noted: dict[str, datetime] = {}

    def prepare(self) -> None:
        """Get ready before anybody comes."""
        if self._people is not None:
            self._people.prepare()

    async def admit(self, request: Request, scope: str) -> Caller:
        """The caller, allowed to do this. Raises HttpProblem 401, 403, or 503 when it cannot be found out."""
        settings = self._app.settings
        if settings.service.auth == "none":
            anybody = Actor(name=_ANYBODY, roles=frozenset({EVERY_ROLE}))
            return Caller(actor=_ANYBODY, tenant=settings.tenant, scopes=frozenset({ADMIN}), at_work=anybody)
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise _unauthorized("send `Authorization: Bearer ce_…` with an API key", "Bearer")
        caller = await self._crew.run(self._caller, text.strip())
        if caller is None:
            raise _unauthorized("the API key or token is wrong, revoked or expired", 'Bearer error="invalid_token"')
        # Not a person's name, and no name with `key` in it, which would be masked.
        note(request, caller=caller.actor if caller.roles is None else "person")
        if not caller.may(scope):
            raise HttpProblem("forbidden", _lacks(caller, scope))
        return caller

    def _caller(self, text: str) -> Caller | None:
        if self._people is None or text.startswith(_PROGRAM):
            return self.check(text, datetime.now(UTC))
        person = self._people.check(text)
        if person is None:
            return None
        settings, name = self._app.settings, f"person:{person.name}"
        at_work = actor_of(settings.people, name, person.groups)
        return Caller(actor=name, tenant=settings.tenant, scopes=person.scopes, roles=person.roles, at_work=at_work)

    def check(self, text: str, now: datetime) -> Caller | None:
        """The caller that a key proves; None when it is wrong, revoked or expired. Notes when it is used."""
        with self._app.store.read() as reader:
            key = kept_keys.find(reader, text, now)
        if key is None or key.tenant != self._app.settings.tenant:
            return None  # another tenant has a service of its own, with its own rules and adapters
        used = self._noted.get(key.id, key.last_used_at)
        if used is None or now - used >= _USED_EVERY:
            self._noted[key.id] = now  # tried, at least: one who cannot write must not be asked to at every call
            # Nobody waits for it: a database that cannot be written, or not yet, must not keep readers out.
            with suppress(StoreError):
                self._app.store.submit(lambda to: kept_keys.used(to, key.tenant, key.id, now))
        name = f"key:{key.id}"
        at_work = actor_of(self._app.settings.people, name, roles=key.fills)
        return Caller(actor=name, tenant=key.tenant, scopes=key.scopes, at_work=at_work)


def _lacks(caller: Caller, scope: str) -> str:
    if caller.roles is None:
        return f"the API key lacks the scope `{scope}`, which the role {who_may(scope)} has"
    mine = ", ".join(f"`{role}`" for role in caller.roles) or "no role known here"
    return f"this takes the role {who_may(scope)}; the token gives {mine}"


def _unauthorized(detail: str, challenge: str) -> HttpProblem:
    return HttpProblem("unauthorized", detail, headers={"WWW-Authenticate": challenge})

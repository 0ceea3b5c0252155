"""People come in with a token of their identity provider: an OpenID Connect id token or a JWT access token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jwt
from jwt.exceptions import PyJWTError

from careengine.service.issuer import IssuerKeys, UnreachableError
from careengine.service.problems import HttpProblem
from careengine.service.roles import ROLES, scopes_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from careengine.settings import OidcSettings

_LONGEST = 16 * 1024  # characters of a token
_LONGEST_NAME = 200
_NEEDED = ("iss", "aud", "exp", "iat", "sub")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody whom the identity provider vouches for. `roles` are ours, `groups` what it calls their roles."""

    name: str
    roles: tuple[str, ...]
    groups: tuple[str, ...] = ()

    @property
    def scopes(self) -> frozenset[str]:
        """What the roles allow."""
        return scopes_of(self.roles)


class People:
    """Checks tokens: signature by a key of the issuer, algorithm, issuer, audience, times."""

    def __init__(self, settings: OidcSettings, keys: IssuerKeys | None = None) -> None:
        self._settings, self._keys = settings, keys or IssuerKeys(settings=settings)

    def prepare(self) -> None:
        """Have the issuer asked for its keys before anybody comes."""
        self._keys.ask()

    def check(self, token: str) -> Person | None:
        """The person whom a token proves; None for any other text. Raises HttpProblem 503 when nobody can tell."""
        try:
            return None if len(token) > _LONGEST else self._person(self._claims(token))
        except UnreachableError as error:
            detail = "the identity provider did not say its keys yet, or cannot be asked; try again in a moment"
            raise HttpProblem("unavailable", detail, headers={"Retry-After": str(error.again)}) from None
        except (PyJWTError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return None  # whatever else a made-up token trips over did not prove anybody

    def _claims(self, token: str) -> Mapping[str, Any]:
        header = jwt.get_unverified_header(token)
        if header["alg"] not in self._settings.algorithms:
            raise ValueError("an algorithm that is not allowed")
        key_id = header.get("kid")
        key = self._keys.get(key_id if isinstance(key_id, str) else None)
        if key is None or key.algorithm not in (None, header["alg"]):
            raise ValueError("a key that the issuer does not have, or not for this algorithm")
        return jwt.decode(
            token,
            key.public,
            algorithms=list(self._settings.algorithms),
            audience=self._settings.audience,
            issuer=self._settings.issuer,
            leeway=self._settings.leeway_seconds,
            options={"require": list(_NEEDED), "enforce_minimum_key_length": True},
        )

    def _person(self, claims: Mapping[str, Any]) -> Person:
        name = claims[self._settings.actor_claim]
        if not (isinstance(name, str) and name.isprintable() and 0 < len(name) <= _LONGEST_NAME):
            raise ValueError("a name that nobody can have")
        said = self._said(claims)
        return Person(name=name, roles=self._roles(said), groups=tuple(sorted(said)))

    def _said(self, claims: Mapping[str, Any]) -> set[str]:
        found: Any = claims
        for part in self._settings.roles_claim.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        names = [found] if isinstance(found, str) else found if isinstance(found, list) else []
        return {name for name in names if isinstance(name, str)}

    def _roles(self, said: set[str]) -> tuple[str, ...]:
        mine = {self._settings.roles.get(name) for name in said} if self._settings.roles else said
        return tuple(role for role in ROLES if role in mine)

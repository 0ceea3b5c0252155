"""The public keys of an identity provider: asked for when needed, kept for a while, never asked for too often."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

import orjson
import requests
import structlog
from jwt import PyJWK
from jwt.exceptions import PyJWTError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from careengine.settings import OidcSettings

_SECONDS = (3.05, 5.0)  # to connect, and between two parts of the answer
_LONGEST = 256 * 1024
_KINDS = frozenset({"RSA", "EC", "OKP"})  # key pairs; a shared secret proves nothing about who signed

log = structlog.get_logger("careengine.oidc")


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerKey:
    """A public key, and the one algorithm that it is for (None: any that fits it)."""

    public: Any
    algorithm: str | None


class UnreachableError(Exception):
    """The issuer's keys are not known, and it cannot be asked."""


@dataclass(slots=True, kw_only=True)
class IssuerKeys:
    """The keys by their id. Threads may share it. `clock` gives seconds that only grow."""

    settings: OidcSettings
    clock: Callable[[], float] = time.monotonic
    _keys: Mapping[str, IssuerKey] = field(default_factory=dict)
    _fresh_at: float | None = None
    _asked_at: float | None = None
    _lock: Lock = field(default_factory=Lock)

    def get(self, key_id: str | None) -> IssuerKey | None:
        """The key of that id (without an id, the only one there is); None for an unknown one.

        Raises UnreachableError.
        """
        known = self._find(key_id)
        if known is not None and self._age() <= self.settings.cache_seconds:
            return known
        with self._lock:  # one asks; who needs the answer, too, waits for it
            if self._age() > self.settings.cache_seconds or self._find(key_id) is None:
                self._ask()
            if self._age() > 2 * self.settings.cache_seconds:
                raise UnreachableError
            return self._find(key_id)

    def _age(self) -> float:
        return float("inf") if self._fresh_at is None else self.clock() - self._fresh_at

    def _find(self, key_id: str | None) -> IssuerKey | None:
        if key_id is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(key_id)

    def _ask(self) -> None:
        now = self.clock()
        if self._asked_at is not None and now - self._asked_at < self.settings.refresh_seconds:
            return  # a stranger who makes up ids must not make us ask
        self._asked_at = now
        try:
            self._keys = _usable(_fetch(self.settings))
        except (requests.RequestException, ValueError, LookupError, TypeError, AttributeError) as error:
            log.warning("the identity provider's public part cannot be read", why=type(error).__name__)
        else:
            self._fresh_at = now


def _fetch(settings: OidcSettings) -> Any:
    with requests.Session() as session:
        session.trust_env = False
        address = settings.jwks_url or _discovered(session, settings.issuer)
        return _json(session, address)["keys"]


def _discovered(session: requests.Session, issuer: str) -> str:
    """See OpenID Connect Discovery 1.0, section 4."""
    found = _json(session, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    address = found["jwks_uri"]
    if found["issuer"] != issuer or address.split(":")[0] != issuer.split(":", maxsplit=1)[0]:
        raise ValueError("the configuration is another issuer's, or less safe than the issuer's own address")
    return str(address)


def _json(session: requests.Session, address: str) -> Any:
    with session.get(address, timeout=_SECONDS, allow_redirects=False, stream=True) as answer:
        if answer.status_code != requests.codes.ok:
            raise ValueError("not an answer")
        body = answer.raw.read(_LONGEST + 1, decode_content=True)
    if len(body) > _LONGEST:
        raise ValueError("too long an answer")
    return orjson.loads(body)


def _usable(described: Any) -> dict[str, IssuerKey]:
    """The keys for signatures; one that cannot be read does not spoil the others."""
    found = {}
    for number, one in enumerate(described):
        if one.get("kty") in _KINDS and one.get("use", "sig") == "sig":
            try:
                key = IssuerKey(public=PyJWK.from_dict(one).key, algorithm=one.get("alg"))
                found[str(one.get("kid", f" {number}"))] = key
            except PyJWTError as error:
                log.warning("a public part of the identity provider cannot be used", why=type(error).__name__)
    return found

"""The public keys of an identity provider: asked for when needed, kept for a while, never asked for too often."""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Lock, Thread, Timer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import orjson
import structlog
from jwt import PyJWK
from jwt.exceptions import PyJWTError
from requests.utils import DEFAULT_CA_BUNDLE_PATH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from careengine.settings import OidcSettings

_SECONDS = 10.0  # for the whole of it
_SOON = 2  # seconds, in which an issuer that is well has answered
_ASKED = {"Accept": "application/json", "User-Agent": "careengine"}
_LONGEST = 256 * 1024
_KINDS = frozenset({"RSA", "EC", "OKP"})  # key pairs; a shared secret proves nothing about who signed

log = structlog.get_logger("careengine.oidc")


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerKey:
    """A public key, and the one algorithm that it is for (None: any that fits it)."""

    public: Any
    algorithm: str | None


class UnreachableError(Exception):
    """The issuer's keys are not known: it is just being asked, or cannot be. `again`: seconds after which to ask us."""

    def __init__(self, again: int) -> None:
        self.again = again
        super().__init__("the issuer's keys are not known")


@dataclass(slots=True, kw_only=True)
class IssuerKeys:
    """The keys by their id. Threads may share it, and none of them ever waits for the issuer: it is asked beside them.

    `clock` gives seconds that only grow.
    """

    settings: OidcSettings
    clock: Callable[[], float] = time.monotonic
    _keys: Mapping[str, IssuerKey] = field(default_factory=dict)
    _fresh_at: float | None = None
    _asked_at: float | None = None
    _asking: Thread | None = None
    _lock: Lock = field(default_factory=Lock)

    def get(self, key_id: str | None) -> IssuerKey | None:
        """The key of that id (without an id, the only one there is); None for an unknown one.

        Raises UnreachableError.
        """
        known, age = self._find(key_id), self._age()
        if known is not None and age <= self.settings.cache_seconds:
            return known
        being_asked = self.ask()
        if age > 2 * self.settings.cache_seconds or (known is None and being_asked):
            raise UnreachableError(_SOON if being_asked else self.settings.refresh_seconds)
        return known

    def ask(self) -> bool:
        """Have the issuer asked, unless it was just now; whether it is being asked."""
        with self._lock:
            if self._asking is not None:
                return True
            now = self.clock()
            if self._asked_at is not None and now - self._asked_at < self.settings.refresh_seconds:
                return False  # a stranger who makes up ids must not make us ask
            self._asked_at = now
            self._asking = Thread(target=self._learn, args=(now,), name="careengine-oidc", daemon=True)
            self._asking.start()
            return True

    def _age(self) -> float:
        return float("inf") if self._fresh_at is None else self.clock() - self._fresh_at

    def _find(self, key_id: str | None) -> IssuerKey | None:
        if key_id is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(key_id)

    def _learn(self, now: float) -> None:
        try:
            self._keys = _usable(_fetch(self.settings))
            self._fresh_at = now
        except (OSError, HTTPException, ValueError, LookupError, TypeError, AttributeError) as error:
            log.warning("the identity provider's public part cannot be read", why=type(error).__name__)
        finally:
            self._asking = None


def _fetch(settings: OidcSettings) -> Any:
    until = time.monotonic() + _SECONDS
    address = settings.jwks_url or _discovered(settings.issuer, until)
    return _json(address, until)["keys"]


def _discovered(issuer: str, until: float) -> str:
    """See OpenID Connect Discovery 1.0, section 4."""
    found = _json(f"{issuer.rstrip('/')}/.well-known/openid-configuration", until)
    address = found["jwks_uri"]
    if found["issuer"] != issuer or address.split(":")[0] != issuer.split(":", maxsplit=1)[0]:
        raise ValueError("the configuration is another issuer's, or less safe than the issuer's own address")
    return str(address)


def _json(address: str, until: float) -> Any:
    """What lies there. No redirect is followed and no proxy asked; at `until` the line is cut, whatever drips in."""
    parts, left = urlsplit(address), max(until - time.monotonic(), 0.001)
    secure = parts.scheme == "https"
    line = (
        HTTPSConnection(parts.netloc, timeout=left, context=_trust())
        if secure
        else HTTPConnection(parts.netloc, timeout=left)
    )
    with closing(line):
        line.connect()
        cut = Timer(max(until - time.monotonic(), 0.001), _cut, (line.sock,))
        cut.start()
        try:
            line.request("GET", urlunsplit(("", "", parts.path or "/", parts.query, "")), headers=_ASKED)
            answer = line.getresponse()
            body = answer.read(_LONGEST + 1)
        finally:
            cut.cancel()
    if answer.status != HTTPStatus.OK or len(body) > _LONGEST:
        raise ValueError("not an answer, or too long a one")
    return orjson.loads(body)


def _trust() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)  # as for CRMs


def _cut(sock: socket.socket) -> None:
    with suppress(OSError):  # it may have ended by itself
        sock.shutdown(socket.SHUT_RDWR)


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

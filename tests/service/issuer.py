"""A real, small identity provider on loopback: it publishes its keys and signs tokens with them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jwt
import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from werkzeug import Response

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer
    from werkzeug import Request

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def described(key: Private, key_id: str, **more: Any) -> dict[str, Any]:
    """The public part as a JWK."""
    public = key.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        told = RSAAlgorithm.to_jwk(public, as_dict=True)
    else:
        told = ECAlgorithm.to_jwk(public, as_dict=True)
    return {**told, "kid": key_id, "use": "sig", **more}


def pem(key: Private) -> bytes:
    """The public part as anybody can read it."""
    public = key.public_key()
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


@dataclass
class Issuer:
    """An identity provider at `url`. `asked` counts who asked for the keys; while `down` it answers 500."""

    server: HTTPServer
    keys: dict[str, Private] = field(default_factory=dict)
    published: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0
    down: bool = False

    def __post_init__(self) -> None:
        self.url = self.server.url_for("/staff").rstrip("/")
        configuration = {"issuer": self.url, "jwks_uri": self.server.url_for("/certs")}
        self.server.expect_request("/staff/.well-known/openid-configuration").respond_with_json(configuration)
        self.server.expect_request("/certs").respond_with_handler(self._certs)

    def _certs(self, _request: Request) -> Response:
        self.asked += 1
        return Response(orjson.dumps({"keys": self.published}), status=500 if self.down else 200)

    def add(self, key_id: str, key: Private, **more: Any) -> None:
        """Sign with this key from now on, and publish it."""
        self.keys[key_id] = key
        self.published.append(described(key, key_id, **more))

    def withdraw(self, key_id: str) -> None:
        """Publish the key no longer."""
        self.published = [one for one in self.published if one["kid"] != key_id]

    def token(self, key_id: str = "rsa-1", algorithm: str = "RS256", **changes: Any) -> str:
        """A token of somebody with the role `ops`; a claim that is None is left out."""
        now = int(time.time())
        claims = {"iss": self.url, "aud": "careengine", "sub": "u-1", "iat": now, "exp": now + 300, "roles": ["ops"]}
        claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
        return jwt.encode(claims, self.keys[key_id], algorithm, headers={"kid": key_id})

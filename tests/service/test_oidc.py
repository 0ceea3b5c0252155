"""People come in with tokens that their identity provider signed, and with nothing that only looks like one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careengine.service import issuer as issuer_module
from careengine.service.issuer import IssuerKeys, UnreachableError
from careengine.service.oidc import People, Person
from careengine.service.problems import HttpProblem
from careengine.settings import OidcSettings
from careengine.store import keys
from tests.service.conftest import event, settings_in
from tests.service.issuer import Issuer, ec_key, pem, rsa_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_httpserver import HTTPServer

    from tests.service.conftest import Running, Start

RSA, OTHER_RSA, EC = rsa_key(), rsa_key(), ec_key()


class Asked(People):
    """As people come again when they are told to, after the issuer was asked."""

    def check(self, token: str) -> Person | None:
        with suppress(HttpProblem):
            super().check(token)
        wait_for(self)
        return super().check(token)


def wait_for(people: People | None) -> None:
    assert people
    if asking := people._keys._asking:
        asking.join(20)


def wait_in(service: Running) -> None:
    wait_for(service.server._asgi.state.service.keys._people)


class Clock:
    """Seconds that only the test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def issuer(httpserver: HTTPServer) -> Issuer:
    made = Issuer(httpserver)
    made.add("rsa-1", RSA)
    made.add("ec-1", EC)
    return made


@pytest.fixture
def clock() -> Clock:
    return Clock()


def settings_of(issuer: Issuer, **more: Any) -> OidcSettings:
    return OidcSettings(issuer=issuer.url, audience="careengine", **more)


@pytest.fixture
def people(issuer: Issuer, clock: Clock) -> People:
    settings = settings_of(issuer)
    return Asked(settings, IssuerKeys(settings=settings, clock=clock))


@pytest.mark.parametrize(("key_id", "algorithm"), [("rsa-1", "RS256"), ("ec-1", "ES256")])
def test_a_good_token_says_who_and_which_role(issuer: Issuer, people: People, key_id: str, algorithm: str) -> None:
    person = people.check(issuer.token(key_id, algorithm))
    assert person is not None
    assert (person.name, person.roles) == ("u-1", ("ops",))
    assert people.check(issuer.token(key_id, algorithm, aud=["other", "careengine"])) == person


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "another-service"},
        {"aud": None},
        {"exp": -61},
        {"exp": None},
        {"iat": None},
        {"iat": 3600},
        {"nbf": 3600},
        {"sub": None},
        {"sub": "a\nb"},
        {"sub": "x" * 201},
        {"exp": "soon"},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_us_now_is_refused(issuer: Issuer, people: People, changes: dict[str, Any]) -> None:
    # Instants are given in seconds from now, so that the test has the same name whenever it is looked for.
    changes = {name: int(time.time()) + one if isinstance(one, int) else one for name, one in changes.items()}
    try:
        token = issuer.token(**changes)
    except TypeError:  # PyJWT refuses to make some of them
        token = forged({"alg": "RS256", "kid": "rsa-1"}, {"sub": "u-1", **changes}, b"")
    assert people.check(token) is None


def test_clocks_may_differ_a_little(issuer: Issuer, people: People) -> None:
    now = int(time.time())
    assert people.check(issuer.token(exp=now - 20, iat=now - 320)) is not None
    assert people.check(issuer.token(nbf=now + 20, iat=now + 20)) is not None


def forged(header: dict[str, Any], claims: dict[str, Any], secret: bytes, digest: str = "sha256") -> str:
    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    signed = f"{part(json.dumps(header).encode())}.{part(json.dumps(claims).encode())}"
    signature = hmac.new(secret, signed.encode(), digest).digest() if secret else b""
    return f"{signed}.{part(signature)}"


def claims(issuer: Issuer) -> dict[str, Any]:
    now = int(time.time())
    return {"iss": issuer.url, "aud": "careengine", "sub": "eve", "iat": now, "exp": now + 300, "roles": ["admin"]}


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", "HS256", "HS384", "HS512"])
def test_neither_no_signature_nor_the_public_part_as_a_secret_proves_anything(
    issuer: Issuer, people: People, algorithm: str
) -> None:
    digest = {"HS384": "sha384", "HS512": "sha512"}.get(algorithm, "sha256")
    for key_id, key in issuer.keys.items():
        for secret in (b"", pem(key), json.dumps(issuer.published[0]).encode()):
            header = {"alg": algorithm, "typ": "JWT", "kid": key_id}
            assert people.check(forged(header, claims(issuer), secret, digest)) is None
    assert issuer.asked == 0  # an algorithm that is not on the list is no reason to ask anybody


def test_a_key_of_somebody_else_proves_nothing(issuer: Issuer, people: People) -> None:
    issuer.keys["rsa-1"] = OTHER_RSA
    assert people.check(issuer.token()) is None
    issuer.keys["nobody"] = OTHER_RSA
    assert people.check(issuer.token("nobody")) is None


def test_a_key_for_one_algorithm_is_for_no_other(issuer: Issuer, clock: Clock) -> None:
    issuer.add("rsa-512", OTHER_RSA, alg="RS512")
    settings = settings_of(issuer, algorithms=("RS256", "RS512"))
    people = Asked(settings, IssuerKeys(settings=settings, clock=clock))
    assert people.check(issuer.token("rsa-512", "RS512")) is not None
    assert people.check(issuer.token("rsa-512", "RS256")) is None
    assert people.check(issuer.token("ec-1", "ES256")) is None  # which is not on the list


def test_a_key_of_another_kind_or_use_is_no_key(issuer: Issuer, people: People) -> None:
    secret = b"0123456789abcdef0123456789abcdef"
    described = base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
    issuer.published += [
        {"kty": "oct", "k": described, "kid": "shared", "alg": "RS256"},
        {"kty": "RSA", "kid": "broken"},
        {**issuer.published[0], "kid": "enc", "use": "enc"},
    ]
    issuer.keys["enc"] = RSA
    assert people.check(forged({"alg": "HS256", "kid": "shared"}, claims(issuer), secret)) is None
    assert people.check(issuer.token("enc")) is None
    assert people.check(issuer.token()) is not None  # what cannot be used does not spoil the rest


def test_a_key_that_is_too_short_is_refused(issuer: Issuer, people: People) -> None:
    issuer.add("short", rsa_key(1024))
    with pytest.warns(Warning, match="1024"):
        token = issuer.token("short")
    assert people.check(token) is None


def test_signed_parts_cannot_be_changed(issuer: Issuer, people: People) -> None:
    header, payload, signature = issuer.token(roles=["viewer"]).split(".")
    changed = json.loads(base64.urlsafe_b64decode(payload + "=="))
    changed["roles"] = ["admin"]
    other = base64.urlsafe_b64encode(json.dumps(changed).encode()).rstrip(b"=").decode()
    assert people.check(f"{header}.{other}.{signature}") is None
    assert people.check(f"{header}.{payload}.{signature[:-6]}AAAAAA") is None


def test_a_new_key_is_fetched_at_once_and_a_withdrawn_one_ends_with_the_cache(
    issuer: Issuer, people: People, clock: Clock
) -> None:
    before = issuer.token()
    assert people.check(before) is not None
    issuer.add("rsa-2", OTHER_RSA)
    issuer.withdraw("rsa-1")
    clock.now += 31
    assert people.check(issuer.token("rsa-2")) is not None  # unknown, so the keys are asked for
    assert people.check(before) is None
    assert issuer.asked == 2


def test_made_up_keys_do_not_make_us_ask_again_and_again(issuer: Issuer, people: People, clock: Clock) -> None:
    for number in range(50):
        assert people.check(forged({"alg": "RS256", "kid": f"made-up-{number}"}, claims(issuer), b"x")) is None
    assert issuer.asked == 1
    clock.now += 31
    assert people.check(forged({"alg": "RS256", "kid": "made-up"}, claims(issuer), b"x")) is None
    assert issuer.asked == 2
    assert people.check(issuer.token()) is not None
    assert issuer.asked == 2


def test_keys_outlive_a_short_absence_of_the_issuer_and_no_long_one(
    issuer: Issuer, people: People, clock: Clock
) -> None:
    assert people.check(issuer.token()) is not None
    issuer.down = True
    clock.now += 3601
    assert people.check(issuer.token()) is not None
    clock.now += 3600
    with pytest.raises(HttpProblem, match="cannot be asked"):
        people.check(issuer.token())
    issuer.down = False
    clock.now += 31
    assert people.check(issuer.token()) is not None


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"keys": 7}', b'{"keys": [7]}', b'{"keys": [null]}', b"x" * 300_000, b"\xff"]
)
def test_an_issuer_that_makes_no_sense_is_as_good_as_none(httpserver: HTTPServer, body: bytes) -> None:
    httpserver.expect_request("/keys").respond_with_data(body)
    settings = OidcSettings(issuer="https://login.example", audience="careengine", jwks_url=httpserver.url_for("/keys"))
    with pytest.raises(HttpProblem):
        Asked(settings).check(forged({"alg": "RS256", "kid": "a"}, {}, b"x"))


def test_a_configuration_of_another_issuer_and_a_redirect_are_not_followed(httpserver: HTTPServer) -> None:
    told = {"issuer": "https://elsewhere.example", "jwks_uri": httpserver.url_for("/keys")}
    httpserver.expect_request("/a/.well-known/openid-configuration").respond_with_json(told)
    httpserver.expect_request("/b/.well-known/openid-configuration").respond_with_data(
        "", status=302, headers={"Location": "/keys"}
    )
    for name in ("/a", "/b"):
        settings = OidcSettings(issuer=httpserver.url_for(name), audience="careengine")
        with pytest.raises(HttpProblem):
            Asked(settings).check(forged({"alg": "RS256", "kid": "a"}, {}, b"x"))
    assert not [request for request, _ in httpserver.log if request.path == "/keys"]


@pytest.mark.parametrize(
    ("claim", "names", "given", "roles"),
    [
        ("roles", {}, {"roles": ["admin", "viewer", "boss", 7]}, ("viewer", "admin")),
        ("roles", {}, {"roles": "ops"}, ("ops",)),
        ("roles", {}, {"roles": None}, ()),
        ("roles", {}, {"roles": {"ops": True}}, ()),
        ("realm_access.roles", {}, {"realm_access": {"roles": ["agent"]}}, ("agent",)),
        ("realm_access.roles", {}, {"realm_access": ["agent"]}, ()),
        ("groups", {"g-7": "reviewer"}, {"groups": ["g-7", "admin"]}, ("reviewer",)),
    ],
)
def test_roles_are_read_where_the_settings_say(
    issuer: Issuer, claim: str, names: dict[str, str], given: dict[str, Any], roles: tuple[str, ...]
) -> None:
    person = Asked(settings_of(issuer, roles_claim=claim, roles=names)).check(issuer.token(**given))
    assert person is not None
    assert person.roles == roles


@given(text=st.text(max_size=300) | st.lists(st.text(alphabet="aZ0-_=", max_size=40), max_size=5).map(".".join))
def test_any_other_text_proves_nobody(text: str) -> None:
    settings = OidcSettings(issuer="https://login.example", audience="careengine", jwks_url="http://127.0.0.1:9/none")
    try:
        assert People(settings).check(text) is None
    except HttpProblem as problem:
        assert problem.status == 503  # noqa: PT017  it named a key, and nobody can be asked


def test_a_hash_that_long_is_not_even_read(issuer: Issuer, people: People) -> None:
    assert people.check("a." + hashlib.sha256(b"").hexdigest() * 1000) is None
    assert issuer.asked == 0


@pytest.fixture
def staff(issuer: Issuer, start: Start, tmp_path: Path) -> Running:
    settings = replace(settings_in(tmp_path, auth="keys"), oidc=settings_of(issuer, actor_claim="email"))
    service = start(settings=settings)
    wait_in(service)
    return service


def headers(issuer: Issuer, *roles: str, **more: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {issuer.token(roles=list(roles), email='sam@example.com', **more)}"}


def test_a_person_does_what_the_role_allows_and_is_told_which_role_may(issuer: Issuer, staff: Running) -> None:
    assert staff.get("/v1/decisions", headers=headers(issuer, "viewer")).status_code == 200
    refused = staff.post("/v1/actions/a_1", {"do": "drop", "reason": "no"}, headers=headers(issuer, "viewer"))
    assert refused.status_code == 403
    assert refused.json()["detail"] == "this takes the role `reviewer`, `ops` or `admin`; the token gives `viewer`"
    nobody = staff.get("/v1/decisions", headers=headers(issuer))
    assert nobody.status_code == 403
    assert "no role known here" in nobody.json()["detail"]
    assert staff.post("/v1/interactions", event(), headers=headers(issuer, "agent")).status_code == 200
    assert staff.get("/v1/audit", headers=headers(issuer, "reviewer")).status_code == 403
    assert staff.get("/v1/audit", headers=headers(issuer, "ops")).status_code == 200
    assert staff.get("/v1/decisions", headers=headers(issuer, "admin", aud="other")).status_code == 401


def test_an_issuer_that_cannot_be_asked_is_said_so_and_programs_come_in_all_the_same(
    issuer: Issuer, start: Start, tmp_path: Path
) -> None:
    issuer.down = True
    service = start(settings=replace(settings_in(tmp_path, auth="keys"), oidc=settings_of(issuer)))
    wait_in(service)
    answer = service.get("/v1/decisions", headers=headers(issuer, "admin"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert service.get("/v1/decisions", headers={"Authorization": "Bearer ce_1_2"}).status_code == 401


@contextmanager
def silent_issuer(drips: bytes = b"") -> Iterator[str]:
    """One that takes connections and never comes to an end; its address."""
    over, calls = Event(), []
    with closing(socket.create_server(("127.0.0.1", 0))) as sock:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    calls.append(sock.accept()[0])
                    Thread(target=drip, args=(calls[-1],)).start()

        def drip(call: socket.socket) -> None:
            with suppress(OSError):
                call.sendall(drips)
                while drips and not over.wait(0.02):
                    call.sendall(b" ")

        Thread(target=serve).start()
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
        over.set()
        sock.shutdown(socket.SHUT_RDWR)
    for call in calls:
        call.close()


def test_while_an_issuer_does_not_answer_people_are_told_at_once_and_programs_come_in(
    start: Start, tmp_path: Path
) -> None:
    with silent_issuer() as address:
        oidc = OidcSettings(issuer=address, audience="careengine")
        service = start(settings=replace(settings_in(tmp_path, auth="keys"), oidc=oidc))
        with service.app.store.write() as transaction:
            key = keys.make(transaction, "default", "shop", ["admin"], service.app.clock())
        token = forged({"alg": "RS256", "kid": "a"}, {"sub": "sam"}, b"x")
        people = [service.get("/v1/decisions", headers={"Authorization": f"Bearer {token}"}) for _ in range(20)]
        program = service.get("/v1/decisions", headers={"Authorization": f"Bearer {key}"})
        people_keys = service.server._asgi.state.service.keys._people._keys
        people_keys._asking.join(0)
        assert people_keys._asking.is_alive()  # it is being asked all the while
    assert {(answer.status_code, answer.headers["Retry-After"]) for answer in people} == {(503, "2")}
    assert program.status_code == 200


@pytest.mark.parametrize(
    "drips", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"], ids=repr
)
def test_an_answer_that_drips_in_is_cut(monkeypatch: pytest.MonkeyPatch, drips: bytes) -> None:
    monkeypatch.setattr(issuer_module, "_SECONDS", 0.3)
    with silent_issuer(drips) as address:
        known = IssuerKeys(settings=OidcSettings(issuer=address, audience="careengine"))
        assert known.ask()
        asking = known._asking
        assert asking
        asking.join(10)
        assert not asking.is_alive()
    with pytest.raises(UnreachableError):
        known.get("a")

"""Bodies and requests from people who mean no good, without end and always the same ones for a seed."""

from __future__ import annotations

import copy
import json
import random
from typing import TYPE_CHECKING, Any

from tests.service.conftest import event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATHS = ("/v1/interactions", "/v1/decide", "/v1/actions/a-1", "/v1/deliveries/1", "/webhooks/nobody")
HEAD = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"

TEXTS = [
    *("", " ", "x" * 70_000, "\0", "a\0b", "\ud800", "\udfff\ud800", "\u202e", "\ufeff", "\uffff", "😀" * 300),
    *(
        "__proto__",
        "${jndi:x}",
        "'; DROP TABLE events; --",
        "%s%n",
        "{{7*7}}",
        "../../etc/passwd",
        "<script>",
        "\r\nX: y",
    ),
    *("0001-01-01T00:00:00Z", "9999-12-31T23:59:60Z", "2026-02-30T00:00:00Z", "2026-03-02T09:30:00+99:99", "now"),
    *("NaN GBP", "1e999 GBP", "-0.00 GBP", "9" * 400 + " GBP", "1.00 ☃"),
]
NUMBERS = [
    0,
    -1,
    2**53,
    2**63 - 1,
    2**63,
    -(2**63) - 1,
    10**400,
    0.1,
    -0.0,
    5e-324,
    1.7e308,
    float("nan"),
    float("inf"),
]
OTHERS: list[Any] = [
    None,
    True,
    False,
    [],
    {},
    [[]],
    [{}],
    {"": {"": {}}},
    [None] * 2000,
    {str(n): n for n in range(500)},
]
HOSTILE = TEXTS + NUMBERS + OTHERS
TOKENS = [
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b'"',
    b"\\",
    b"null",
    b"true",
    b"-",
    b"1e5",
    b"\\u",
    b"//",
    b" ",
    b"\xff",
    b'"id"',
]


def bodies(seed: int) -> Iterator[bytes]:
    """Bodies for ever."""
    chance = random.Random(seed)
    makers: list[Callable[[random.Random], bytes]] = [_spoilt, _spoilt, _bruised, _bruised, _soup, _noise, _deep, _odd]
    while True:
        yield chance.choice(makers)(chance)


def requests(seed: int) -> Iterator[tuple[bytes, bool]]:
    """Whole requests for ever, and whether each is good HTTP around its hostile body: one in ten is not even that."""
    chance = random.Random(seed)
    for body in bodies(seed):
        sent, good = request(body, chance.choice(PATHS)), chance.random() < 0.9
        yield sent if good else _bruise(sent, chance), good


def request(body: bytes, path: str = PATHS[0]) -> bytes:
    """Good HTTP around a body."""
    return HEAD % path.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body


def _dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=True).encode()


def _places(value: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in list(parts):
        found += [(value, key), *_places(part)]
    return found


def whole() -> dict[str, Any]:
    """A good event."""
    return event(
        text="Where is it?", channel="email", direction="inbound", issue={"id": "I-1"}, actor={"type": "customer"}
    )


def _spoilt(chance: random.Random) -> bytes:
    """An event with some values that no event has."""
    document = copy.deepcopy(whole())
    for _ in range(chance.randint(1, 3)):
        group, key = chance.choice(_places(document))
        if chance.random() < 0.3 and isinstance(group, dict):
            key = chance.choice([*TEXTS, "interactions", "signals", "custom", "household"])
        group[key] = copy.deepcopy(chance.choice(HOSTILE))
    return _dump([document] * chance.randint(1, 3) if chance.random() < 0.1 else document)


def _bruised(chance: random.Random) -> bytes:
    return _bruise(_dump(whole()), chance)


def _bruise(body: bytes, chance: random.Random) -> bytes:
    """Some bytes left out, changed, put in, or repeated."""
    for _ in range(chance.randint(1, 4)):
        at, length = chance.randrange(len(body) + 1), chance.randrange(12)
        what = chance.randrange(4)
        put = b"" if what == 0 else chance.randbytes(length) if what == 1 else chance.choice(TOKENS) * length
        body = body[:at] + (body[at : at + length] * 3 if what == 3 else put) + body[at + length * (what != 2) :]
    return body[: chance.randrange(len(body) + 1)] if chance.random() < 0.1 else body


def _soup(chance: random.Random) -> bytes:
    return b"".join(chance.choices(TOKENS, k=chance.randrange(60)))


def _noise(chance: random.Random) -> bytes:
    return chance.randbytes(chance.randrange(300))


def _deep(chance: random.Random) -> bytes:
    opening, closing = chance.choice([(b"[", b"]"), (b'{"a":', b"}"), (b'[{"interactions":', b"}]")])
    deep = chance.choice([3, 39, 40, 41, 1000, 20_000])
    return opening * deep + b"1" + (closing * deep if chance.random() < 0.7 else b"")


def _odd(chance: random.Random) -> bytes:
    """A good event in an encoding that is none of JSON's, or with a member twice, or many times."""
    good = _dump(whole())
    encodings = ["utf-16", "utf-32", "utf-8-sig", "cp500", "utf-7"]
    choices = [
        good.decode().encode(chance.choice(encodings)),
        good[:-1] + b',"id":1}',
        good * 2,
        good[:-1] + b',"x":1' * 900 + b"}",
    ]
    return chance.choice(choices)

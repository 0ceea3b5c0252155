"""Webhooks out of the helpdesk: how they are signed, how a signature is checked, and the thread that sends them.

The signature is HMAC-SHA256 over `<timestamp>.<body>`. The header may carry several, separated by commas, so that
a secret can be changed without losing a delivery. The delivery's id stands in the signed body, not in a header,
where anybody could change it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
import re
import secrets
import threading
import time
from typing import TYPE_CHECKING, Any

import requests

from careengine import SignatureError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TIMESTAMP, SIGNATURE = "x-demo-timestamp", "x-demo-signature"
TOLERANCE_SECONDS = 300
_MOST_SIGNATURES = 8
_WHOLE_SECONDS = re.compile(r"[0-9]{1,12}")
_STOP = b""


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """The signature of one body: `v1=<hex>`."""
    return "v1=" + hmac.new(secret.encode(), b"%d." % timestamp + body, hashlib.sha256).hexdigest()


def headers_for(secrets_in_use: Sequence[str], timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of a delivery, signed with every secret that is in use."""
    signatures = ",".join(sign(secret, timestamp, body) for secret in secrets_in_use)
    return {TIMESTAMP: str(timestamp), SIGNATURE: signatures, "content-type": "application/json"}


def check(accepted: Sequence[str], headers: Mapping[str, str], body: bytes, now: float) -> None:
    """Prove that somebody who knows one of the `accepted` secrets signed this body just now. Raises SignatureError."""
    stamp = headers.get(TIMESTAMP, "")
    if not _WHOLE_SECONDS.fullmatch(stamp):
        raise SignatureError(f"the header `{TIMESTAMP}` must be the time in whole seconds")
    given = headers.get(SIGNATURE, "").split(",", _MOST_SIGNATURES)[:_MOST_SIGNATURES]
    # Every pair is compared, whatever came before, so that the time taken tells nothing.
    found = [
        hmac.compare_digest(sign(secret, int(stamp), body).encode(), one.strip().encode("utf-8", "replace"))
        for secret in accepted
        for one in given
    ]
    if not any(found):
        raise SignatureError(f"no signature in `{SIGNATURE}` fits the body")
    if abs(now - int(stamp)) > TOLERANCE_SECONDS:
        raise SignatureError(f"the delivery is more than {TOLERANCE_SECONDS} seconds away from our clock")


class Sender:
    """Sends events to one address, in order, from its own thread; what fails is tried again a few times, then dropped.

    `outcomes` gets one (delivery id, last status or 0) for each, for whoever wants to watch.
    """

    def __init__(self, url: str, secrets_in_use: Sequence[str], *, tries: int = 4, pause_seconds: float = 0.2) -> None:
        self.outcomes: queue.Queue[tuple[str, int]] = queue.Queue()
        self._url, self._secrets = url, tuple(secrets_in_use)
        self._tries, self._pause = tries, pause_seconds
        self._waiting: queue.Queue[bytes] = queue.Queue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="demo-webhooks", daemon=True)
        self._thread.start()

    def send(self, event: Mapping[str, Any]) -> None:
        """Queue one event."""
        delivery = f"d-{secrets.token_hex(8)}"
        self._waiting.put(json.dumps({"delivery": delivery, "event": event}).encode())

    def stop(self) -> None:
        """Give up what is still waiting and end the thread."""
        self._stopping.set()
        self._waiting.put(_STOP)
        self._thread.join()

    def _work(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            while (body := self._waiting.get()) != _STOP and not self._stopping.is_set():
                self.outcomes.put((json.loads(body)["delivery"], self._deliver(session, body)))

    def _deliver(self, session: requests.Session, body: bytes) -> int:
        status = 0
        for attempt in range(self._tries):
            if attempt and self._stopping.wait(self._pause * 2**attempt):
                break
            status = self._post(session, body)
            if 0 < status < 500:  # noqa: PLR2004  the receiver has said yes or no
                break
        return status

    def _post(self, session: requests.Session, body: bytes) -> int:
        headers = headers_for(self._secrets, int(time.time()), body)
        try:
            return session.post(self._url, data=body, headers=headers, timeout=5, allow_redirects=False).status_code
        except requests.RequestException:
            return 0

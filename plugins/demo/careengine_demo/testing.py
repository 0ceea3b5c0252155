"""The demo CRM as tests drive it: really running, driven from outside, its webhooks caught in a mailbox."""

from __future__ import annotations

import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

import requests

from careengine import WebhookRequest
from careengine_demo.records import Records
from careengine_demo.server import Helpdesk, Running
from careengine_demo.webhooks import Sender

if TYPE_CHECKING:
    from collections.abc import Mapping

TOKEN, SHOP_TOKEN = "token-of-careengine", "token-of-the-shop"
SECRET = "a-secret-of-the-webhooks"  # noqa: S105  it guards nothing but a test
WAIT = 10


class Mailbox:
    """Receives webhooks and keeps them as an adapter gets them. `statuses` are answered first, in turn; then 202."""

    def __init__(self) -> None:
        self.arrived: queue.Queue[WebhookRequest] = queue.Queue()
        self.statuses: list[int] = []
        mailbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                mailbox.arrived.put(WebhookRequest(method="POST", url=mailbox.url, headers=headers, body=body))
                self.send_response(mailbox.statuses.pop(0) if mailbox.statuses else 202)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/webhooks/demo"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class StagedCrm:
    """A demo CRM with one customer, `C-1`, driven over HTTP as the shop's own staff. Use it in a `with` statement."""

    def __init__(self) -> None:
        self.mailbox = Mailbox()
        self.sender = Sender(self.mailbox.url, [SECRET], pause_seconds=0.01)
        self.records = Records()
        self.helpdesk = Helpdesk({TOKEN: "careengine", SHOP_TOKEN: "shop"}, self.records)
        self.records.add_customer("C-1", {"name": "Ada Abbot", "email": "ada@example.com", "tier": "gold"})
        self.records.on_event.append(self.sender.send)
        self.server = Running(self.helpdesk)
        self.url = self.server.url

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop()
        self.sender.stop()
        self.mailbox.stop()

    def settings(self, url: str) -> Mapping[str, Any]:
        """Settings of an adapter that finds this CRM at `url`."""
        return {"base_url": url, "token": TOKEN, "webhook_secret": SECRET}

    def ask(self, method: str, path: str, token: str = SHOP_TOKEN, **request: Any) -> requests.Response:
        """One call of the API; `request` is what `requests.request` takes."""
        headers = {"authorization": f"Bearer {token}"} | request.pop("headers", {})
        return requests.request(method, f"{self.url}/api/{path}", headers=headers, timeout=WAIT, **request)

    def make_case(self) -> str:
        """Open a ticket of the customer; its number."""
        opened = self.ask("POST", "tickets", json={"customer": "C-1", "subject": "Where is my parcel?"})
        return str(opened.json()["number"])

    def ticket(self, case: str) -> dict[str, Any]:
        """The ticket as it stands."""
        return self.ask("GET", f"tickets/{case}").json()  # type: ignore[no-any-return]  # JSON

    def webhook(self, kind: str, case: str) -> WebhookRequest:
        """The next delivery of this kind about this case; others before it are thrown away."""
        while True:
            request = self.mailbox.arrived.get(timeout=WAIT)
            if f'"kind": "{kind}"'.encode() in request.body and f'"ticket": "{case}"'.encode() in request.body:
                return request

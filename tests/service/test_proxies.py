"""A proxy is believed only when the settings name it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

if TYPE_CHECKING:
    from tests.service.conftest import Running, Start


def seen(service: Running, **headers: str) -> str:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    with capture_logs() as logged:
        service.get("/healthz", headers=sent)
    (line,) = [entry for entry in logged if entry["event"] == "request"]
    return str(line["client"])


@pytest.mark.parametrize("proxies", [(), ("10.0.0.7", "192.168.0.0/16", "::1")])
def test_what_a_stranger_says_of_where_it_comes_from_means_nothing(start: Start, proxies: tuple[str, ...]) -> None:
    service = start(trusted_proxies=proxies)
    assert seen(service, X_Forwarded_For="203.0.113.9") == "127.0.0.1"


@pytest.mark.parametrize("proxies", [("127.0.0.1",), ("127.0.0.0/8", "10.0.0.0/8")])
def test_a_trusted_proxy_says_who_calls(start: Start, proxies: tuple[str, ...]) -> None:
    service = start(trusted_proxies=proxies)
    assert seen(service, X_Forwarded_For="203.0.113.9") == "203.0.113.9"
    assert seen(service) == "127.0.0.1"
    # What the caller wrote itself stands before what the proxy added.
    assert seen(service, X_Forwarded_For="1.2.3.4, 203.0.113.9") == "203.0.113.9"
    assert len(seen(service, X_Forwarded_For="x" * 5000)) == 64


def test_proxies_in_a_row_are_passed_over(start: Start) -> None:
    service = start(trusted_proxies=("127.0.0.1", "10.0.0.0/8"))
    assert seen(service, X_Forwarded_For="1.2.3.4, 203.0.113.9, 10.1.2.3") == "203.0.113.9"

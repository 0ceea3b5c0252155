"""A crowd of idle connections keeps nobody out, however few files the process may open."""

from __future__ import annotations

import resource
import socket
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import requests

from tests.cli.conftest import LATE, contact
from tests.cli.test_serve import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def few_files() -> Iterator[None]:
    """What is started meanwhile may open no more than 200."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_idle_connections_keep_nobody_out(tmp_path: Path, rules: Path) -> None:
    assert rules.is_dir()
    with ExitStack() as lines:
        with few_files():
            served = lines.enter_context(serving(tmp_path))
        port = int(served.url.rpartition(":")[2])
        for number in range(400):
            lines.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            if number % 50 == 0:
                assert requests.get(f"{served.url}/healthz", timeout=10).status_code == 200
        for number in range(20):
            sent = contact(number, failure=LATE)
            assert requests.post(f"{served.url}/v1/interactions", json=sent, timeout=10).status_code == 200
        assert served.end() == 0

"""What every test shares: how hypothesis works here, that Ctrl-C does, and the databases."""

from __future__ import annotations

import logging
import os
import signal
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import structlog
from hypothesis import settings

from careengine.store import Store
from tests import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# No deadline: the machines are shared. In CI the examples are the same every time, so that a red run says something.
settings.register_profile("careengine", max_examples=60, deadline=None, derandomize="CI" in os.environ)
settings.load_profile("careengine")

# A shell that runs the tests in the background has them ignore Ctrl-C, and every program they start inherits that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """The program sets up logs for all of its process."""
    handlers, level = logging.root.handlers, logging.root.level
    yield
    logging.root.handlers = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    """A PostgreSQL server for all tests that want one."""
    if postgres.programs() is None:
        pytest.skip("PostgreSQL is not installed; Debian's package `postgresql` brings it")
    with postgres.cluster() as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{request.getfixturevalue('tmp_path') / 'care.db'}"
        return
    with request.getfixturevalue("cluster").database() as url:
        yield url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store, of each kind in turn."""
    with closing(Store.open(store_url)) as opened:
        yield opened


@pytest.fixture
def file_store(tmp_path: Path) -> Iterator[Store]:
    """An empty store in a file."""
    with closing(Store.open(f"sqlite:///{tmp_path / 'care.db'}")) as opened:
        yield opened


@pytest.fixture
def server_store(cluster: postgres.Cluster) -> Iterator[Store]:
    """An empty store on a server."""
    with cluster.database() as url, closing(Store.open(url)) as opened:
        yield opened

"""Every answer of the service is as our OpenAPI description says: the short form of `… reliability contract`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from tests.reliability.contract import calls, described, hold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemathesis import GenerationMode

    from careengine.service.routes import Endpoint

EXAMPLES = 12


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, str]]:
    logging.disable()  # uvicorn tells of every broken request
    with described(tmp_path_factory.mktemp("contract")) as made:
        yield made
    logging.disable(logging.NOTSET)


# Not by schemathesis's own marks for pytest, which need what pytest 9 keeps elsewhere.
@pytest.mark.parametrize(("endpoint", "mode"), [pytest.param(*call, id=name) for name, *call in calls()])
def test_every_answer_is_as_described(service: tuple[Any, str], endpoint: Endpoint, mode: GenerationMode) -> None:
    assert hold(service, endpoint, mode, EXAMPLES)

"""schemathesis holds every answer of the service against our OpenAPI description."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, assume, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection

from careengine.host import Host
from careengine.service.routes import ENDPOINTS
from careengine.store import keys
from tests.service.conftest import run, settings_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from careengine.service.routes import Endpoint

EXAMPLES = 12
FRAMING = {"content-length", "transfer-encoding", "connection", "expect", "host"}  # spoilt, these make it no HTTP
# No schema of ours says it: whole numbers past 64 bits are refused everywhere, and null is as good as absent.
UNSAID = re.compile(r"\d{19}|\bNone\b")


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, str]]:
    """The service's own description of itself, and a key that opens all of it."""
    logging.disable()  # uvicorn tells of every broken request
    with run(settings_in(tmp_path_factory.mktemp("contract"), auth="keys"), Host()) as service:
        with service.app.store.write() as transaction:
            key = keys.make(transaction, "default", "contract", ("admin",), datetime.now(UTC))
        schema = schemathesis.openapi.from_url(f"{service.url}/openapi.json")
        schema.config.generation.update(allow_x00=False)  # NUL is refused everywhere, which no schema of ours says
        yield schema, key
    logging.disable(logging.NOTSET)


def _modes() -> Iterator[Any]:
    for endpoint in ENDPOINTS:
        yield pytest.param(endpoint, GenerationMode.POSITIVE, id=endpoint.name)
        takes = str(endpoint.operation)
        if ("'application/json'" in takes.partition("responses")[0] or "parameters" in takes) and "*/*" not in takes:
            yield pytest.param(endpoint, GenerationMode.NEGATIVE, id=f"{endpoint.name}, spoilt")


# Not by schemathesis's own marks for pytest, which need what pytest 9 keeps elsewhere.
@pytest.mark.parametrize(("endpoint", "mode"), list(_modes()))
def test_every_answer_is_as_described(described: tuple[Any, str], endpoint: Endpoint, mode: GenerationMode) -> None:
    schema, key = described
    operation = schema[endpoint.path][endpoint.method]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    def holds(case: Any) -> None:
        assume(not UNSAID.search(str(case.body)))
        assume(not {name.lower() for name in case.headers or ()} & FRAMING)
        answer = case.call(headers={"Authorization": f"Bearer {key}"}, timeout=20)
        each_by_itself = answer.status_code == 207  # the answer to a batch tells of each what is wrong with it
        case.validate_response(answer, excluded_checks=[negative_data_rejection] if each_by_itself else [])

    holds()

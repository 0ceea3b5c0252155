"""schemathesis holds answers of the service against our OpenAPI description of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema_rs
import schemathesis
from hypothesis import HealthCheck, assume, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection

from careengine.host import Host
from careengine.service.routes import ENDPOINTS
from careengine.store import keys
from tests.service.conftest import run, settings_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from careengine.service.routes import Endpoint

FRAMING = {"content-length", "transfer-encoding", "connection", "expect", "host"}  # spoilt, these make it no HTTP
# No schema of ours says it: whole numbers past 64 bits are refused everywhere, null is as good as absent, and only our
# own timers tell of what is due.
UNSAID = re.compile(r"\d{19}|\bNone\b|\bclock\.due\b")
REPORT = "incidents_report"  # it takes what has happened, not what is to come, which no schema can say
TOO_LARGE = "413"  # of a body, whatever is in it: how many bytes all of it may have is not for a schema to say


@contextmanager
def described(folder: Path) -> Iterator[tuple[Any, str]]:
    """A service's own description of itself, and a key that opens all of it."""
    with run(settings_in(folder, auth="keys"), Host()) as service:
        with service.app.store.write() as transaction:
            key = keys.make(transaction, "default", "contract", ("admin",), datetime.now(UTC))
        schema = schemathesis.openapi.from_url(f"{service.url}/openapi.json")
        schema.config.generation.update(allow_x00=False)  # NUL is refused everywhere, which no schema of ours says
        for check in (schema.config.checks.negative_data_rejection, schema.config.checks.positive_data_acceptance):
            check.expected_statuses = [*check.expected_statuses, TOO_LARGE]
        yield schema, key


def calls() -> Iterator[tuple[str, Endpoint, GenerationMode]]:
    """Every endpoint with good requests, and with spoilt ones where it takes anything that can be; each has a name."""
    for endpoint in ENDPOINTS:
        yield endpoint.name, endpoint, GenerationMode.POSITIVE
        takes = str(endpoint.operation)
        if ("'application/json'" in takes.partition("responses")[0] or "parameters" in takes) and "*/*" not in takes:
            yield f"{endpoint.name}, spoilt", endpoint, GenerationMode.NEGATIVE


def hold(service: tuple[Any, str], endpoint: Endpoint, mode: GenerationMode, examples: int) -> int:
    """Call an endpoint with that many examples; gives how many answers there were. Raises on one that is not right."""
    schema, key = service
    operation, answers, fits = schema[endpoint.path][endpoint.method], 0, _fits(schema.raw_schema, endpoint)
    end = datetime.now(UTC) if endpoint.name == REPORT else datetime.max.replace(tzinfo=UTC)

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=examples, suppress_health_check=list(HealthCheck), deadline=None)
    def holds(case: Any) -> None:
        nonlocal answers
        assume(not UNSAID.search(str(case.body)) and not _beyond(case.body, end) and not _beyond(case.query, end))
        assume(not {name.lower() for name in case.headers or ()} & FRAMING)
        answer = case.call(headers={"Authorization": f"Bearer {key}"}, timeout=20)
        answers += 1
        each_by_itself = answer.status_code == 207  # the answer to a batch tells of each what is wrong with it
        # Not all that schemathesis means to have spoilt is: words of ours that stand in a schema spoil nothing, and the
        # key that it leaves out is sent all the same.
        good = each_by_itself or fits(case.body, answer.request.url)
        case.validate_response(answer, excluded_checks=[negative_data_rejection] if good else [])

    holds()
    return answers


def _beyond(value: Any, end: datetime) -> bool:
    """Whether there is an instant in it that is past the end, or in UTC in no year from 1 to 9999."""
    if isinstance(value, (Mapping, list)):
        return any(_beyond(item, end) for item in (value.values() if isinstance(value, Mapping) else value))
    try:
        return datetime.fromisoformat(value).astimezone(UTC) > end
    except OverflowError:
        return True
    except (TypeError, ValueError):
        return False


def _fits(description: dict[str, Any], endpoint: Endpoint) -> Callable[[Any, str], bool]:
    """Whether a body and an address are as described; where neither is, that is for the other parts of a call to say.

    What counts is the address as it was sent: an empty list, or null, leaves nothing in it that could be refused.
    """
    operation, components = endpoint.operation, {"components": description["components"]}
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    known = {each["name"]: each["schema"] for each in operation.get("parameters", ()) if each["in"] == "query"}
    judged = [_valid({**body["schema"], **components})] if body else []
    query = _valid({"properties": known, "additionalProperties": False, **components})

    def fits(value: Any, address: str) -> bool:
        asked = parse_qsl(urlsplit(address).query, keep_blank_values=True)
        good = all(query({name: _typed(text, known.get(name, {}))}) for name, text in asked)
        return bool(body or known) and (good or not known) and all(valid(value) for valid in judged)

    return fits


def _valid(schema: dict[str, Any]) -> Callable[[Any], bool]:
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)

    def valid(value: Any) -> bool:
        try:
            return validator.is_valid(value)
        except ValueError:  # it is no JSON at all
            return False

    return valid


def _typed(text: str, schema: Mapping[str, Any]) -> Any:
    return int(text) if schema.get("type") == "integer" and text.isascii() and text.isdigit() else text

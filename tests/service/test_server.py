from __future__ import annotations

import json
import re
import socket
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from structlog.testing import capture_logs

from careengine import resources
from careengine.errors import SettingsError
from careengine.service.openapi import components
from careengine.service.routes import ENDPOINTS
from careengine.service.server import address_of, listening, refuse_open_door
from careengine.store import writer
from tests.service.conftest import event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.service.conftest import Running, Start


def test_the_index_names_every_address(service: Running) -> None:
    assert set(service.get("/").json()["addresses"]) == {f"{each.method} {each.path}" for each in ENDPOINTS}


@pytest.mark.parametrize("path", ["/nowhere", "/v1/interactions/", "//", "/v1/decisions/a/b", "/v1/../healthz"])
def test_an_unknown_address_is_a_problem_and_never_a_redirect(service: Running, path: str) -> None:
    answer = service.raw(f"GET {path} HTTP/1.1\r\nHost: elsewhere\r\n\r\n".encode())
    assert b" 404 " in answer.split(b"\r\n", 1)[0]
    assert b"application/problem+json" in answer
    assert b"elsewhere" not in answer


def test_a_wrong_method_names_the_right_ones(service: Running) -> None:
    answer = service.get("/v1/interactions")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert answer.json()["type"] == "urn:careengine:problem:method-not-allowed"


def test_answers_are_not_kept_on_the_way(service: Running) -> None:
    for path in ("/", "/nowhere", "/v1/decisions"):
        headers = service.get(path).headers
        assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff")


def test_a_fault_of_ours_is_told_by_its_id_only(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    service = start()

    def trip(*_: object) -> None:
        raise RuntimeError("planted: what the customer wrote")

    monkeypatch.setattr("careengine.pipeline.state.decide", trip)
    with capture_logs() as logs:
        answer = service.post("/v1/interactions", event())
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (500, "urn:careengine:problem:internal")
    assert "planted" not in answer.text
    assert problem["id"] in [line.get("incident") for line in logs]
    with capture_logs():
        batch = service.post("/v1/interactions", [event()])
    assert [result["status"] for result in batch.json()["results"]] == [500]


def test_when_every_place_is_taken_callers_are_asked_to_come_back(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = start()
    places = service.server.config.app.state.service.workers._places  # type: ignore[union-attr]
    taken = 0
    while places.acquire(blocking=False):
        taken += 1
    answer = service.post("/v1/decide", event())
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert service.post("/v1/interactions", event()).status_code == 200  # it waits for the writer, not in a thread
    assert service.post("/v1/interactions", [event()]).status_code == 207
    with monkeypatch.context() as full:
        full.setattr(writer, "MOST_WAITING", 0)
        refused = [service.post("/v1/interactions", sent) for sent in (event(), [event(), event()])]
    assert [(answer.status_code, answer.headers["Retry-After"]) for answer in refused] == [(429, "1")] * 2
    assert service.get("/healthz").status_code == 200
    for _ in range(taken):
        places.release()
    assert service.post("/v1/interactions", event()).status_code == 200


def test_the_log_tells_of_every_request_and_never_what_was_in_it(start: Start) -> None:
    service = start(auth="keys")
    with capture_logs() as logs:
        service.post(
            "/v1/interactions", event(text="planted words"), headers={"Authorization": "Bearer ce_planted_key"}
        )
        service.get("/v1/decisions/planted-id")
    lines = [line for line in logs if line["event"] == "request"]
    assert [(line["method"], line["path"], line["status"]) for line in lines] == [
        ("POST", "/v1/interactions", 401),
        ("GET", "/v1/decisions/{id}", 401),
    ]
    assert all(line["ms"] >= 0 for line in lines)
    assert "planted" not in json.dumps(logs)


def test_the_log_names_the_decision(service: Running) -> None:
    with capture_logs() as logs:
        decision = service.post("/v1/interactions", event(text="planted words")).json()
    assert [line["decision"] for line in logs if line["event"] == "request"] == [decision["id"]]
    assert "planted" not in json.dumps(logs)


def test_ready_says_what_was_looked_at(service: Running) -> None:
    answer = service.get("/readyz")
    assert answer.status_code == 200
    checks = answer.json()["checks"]
    always = {"service", "store", "schema", "disk", "rules", "plugins", "adapters", "reconciling", "delivery"}
    assert set(checks) == always | {"retention", "credentials", "outbox", "inbox", "timers", "people"}
    assert "1 live" in checks["rules"]["detail"]


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for below in node.values():
            yield from references(below)
    elif isinstance(node, list):
        for below in node:
            yield from references(below)


def test_the_api_description_holds_every_route_and_every_reference_leads_somewhere(service: Running) -> None:
    document = service.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1.")
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert described == {(each.method, each.path) for each in ENDPOINTS}
    ids = [operation["operationId"] for item in document["paths"].values() for operation in item.values()]
    assert len(ids) == len(set(ids))
    found = set(references(document))
    assert {"#/components/schemas/Interaction", "#/components/schemas/Decision"} <= found
    for reference in found:
        node = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part.replace("~1", "/").replace("~0", "~")]
    for name, schema in document["components"]["schemas"].items():
        assert "$id" not in schema
        Draft202012Validator.check_schema(schema)
        assert re.fullmatch(r"[A-Za-z0-9._-]+", name)


def test_every_path_parameter_is_described(service: Running) -> None:
    document = service.get("/openapi.json").json()
    for path, item in document["paths"].items():
        wanted = {part[1:-1] for part in path.split("/") if part.startswith("{")}
        for operation in item.values():
            given = {each["name"] for each in operation.get("parameters", []) if each["in"] == "path"}
            assert given == wanted
            assert "default" in operation["responses"]


def test_the_described_schemas_take_what_the_service_takes_and_gives(service: Running) -> None:
    document = service.get("/openapi.json").json()
    for name, instance in (("Interaction", event()), ("Decision", service.post("/v1/decide", event()).json())):
        validator = Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": document["components"]})
        validator.validate(instance)
        assert not validator.is_valid({"surprise": 1})


def test_components_follow_references_between_our_schemas() -> None:
    schemas = {
        "One": {
            "$id": "urn:one",
            "$defs": {"part": {"$ref": "#/$defs/other"}, "other": {}},
            "$ref": "urn:two#/$defs/far",
        },
        "Two": {"$id": "urn:two", "$defs": {"far": {"$ref": "urn:one"}}, "properties": {"$ref": {"$ref": "#"}}},
    }
    assert components(schemas) == {
        "One": {"$ref": "#/components/schemas/Two.far"},
        "One.part": {"$ref": "#/components/schemas/One.other"},
        "One.other": {},
        "Two": {"properties": {"$ref": {"$ref": "#/components/schemas/Two"}}},
        "Two.far": {"$ref": "#/components/schemas/One"},
    }
    assert resources.schema("interaction")["$id"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "care.example.com", ""])  # noqa: S104  refused
def test_without_keys_only_this_machine_is_listened_to(host: str) -> None:
    with pytest.raises(SettingsError, match=r"service\.auth"):
        refuse_open_door("none", host)
    refuse_open_door("keys", host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_without_keys_this_machine_is_listened_to(host: str) -> None:
    refuse_open_door("none", host)


def test_an_address_that_cannot_be_used_is_said_so() -> None:
    with listening("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        assert address_of(taken) == f"http://127.0.0.1:{port}"
        with pytest.raises(SettingsError, match="cannot listen"), listening("127.0.0.1", port):
            pass
    with pytest.raises(SettingsError, match="cannot listen"), listening("no.such.host.invalid", 0):
        pass


def test_an_address_in_version_6_is_written_with_brackets() -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        with listening("::1", 0) as sock:
            assert address_of(sock).startswith("http://[::1]:")
    except SettingsError:
        pytest.skip("this machine has no IPv6 on loopback")

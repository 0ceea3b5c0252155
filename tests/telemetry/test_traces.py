"""One interaction as a trace: from the caller's span down to the commit, without a word of what was said."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.trace import StatusCode

from careengine import logs
from careengine.errors import SettingsError
from careengine.host import Host
from careengine.telemetry import spans
from tests.service.conftest import event, run, settings_in

if TYPE_CHECKING:
    from pathlib import Path

    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
HEADERS = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
SECRET = "planted-canary"


def by_name(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in exporter.get_finished_spans()}


def identity(span: ReadableSpan) -> int:
    assert span.context
    return int(span.context.span_id)


def test_an_interaction_is_one_trace_below_the_callers_span(tmp_path: Path, exporter: InMemorySpanExporter) -> None:
    with run(settings_in(tmp_path), Host()) as service:
        document = event(text=SECRET, customer={"id": SECRET}, id=SECRET)
        decision = service.post("/v1/interactions", document, headers=HEADERS).json()
    found = by_name(exporter)
    assert {"request", "read", "decide", "store", "commit"} <= set(found)
    request, store = found["request"], found["store"]
    assert request.parent
    assert (request.parent.trace_id, request.parent.span_id) == (int(TRACE, 16), int(CALLER, 16))
    assert found["commit"].parent is None  # it is shared by all that waited for it, whosever trace they belong to
    for name, above in (("read", request), ("store", request), ("decide", store)):
        parent = found[name].parent
        assert parent
        assert parent.span_id == identity(above), name
    assert request.attributes == {
        "careengine.method": "POST",
        "careengine.route": "/v1/interactions",
        "careengine.status": "200",
        "careengine.decision": decision["id"],
    }
    assert SECRET not in "".join(span.to_json() for span in exporter.get_finished_spans())


@pytest.mark.parametrize("header", ["", "nonsense", f"00-{'0' * 32}-{CALLER}-01", "00-" + "é" * 32 + f"-{CALLER}-01"])
def test_a_header_that_is_none_begins_a_trace_of_its_own(header: str, exporter: InMemorySpanExporter) -> None:
    with spans.span("request", header):
        pass
    assert by_name(exporter)["request"].parent is None


def test_a_failure_is_told_by_its_kind_and_never_in_its_words(exporter: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match=SECRET), spans.span("request"):
        raise ValueError(SECRET)
    span = by_name(exporter)["request"]
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "ValueError"
    assert SECRET not in span.to_json()


def test_a_log_line_says_to_which_trace_it_belongs(exporter: InMemorySpanExporter) -> None:
    entry = logs.traced(None, "info", {"event": "before"})
    assert entry == {"event": "before"}
    with spans.span("request", HEADERS["traceparent"]):
        here = spans.current()
        assert here
        entry = logs.traced(None, "info", {"event": "inside"})
    assert entry == {"event": "inside", "trace_id": TRACE, "span_id": here.span}
    assert f"{identity(by_name(exporter)['request']):016x}" == here.span


def test_without_the_extra_the_setting_is_refused_with_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "careengine.telemetry.otel", None)
    with pytest.raises(SettingsError, match=r"pip install careengine\[otel\]"):
        spans.send()


def test_spans_go_to_the_collector_that_the_environment_names(httpserver: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    httpserver.expect_request("/v1/traces", method="POST").respond_with_data(b"")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", httpserver.url_for("/"))
    monkeypatch.setenv("OTEL_SERVICE_NAME", "care-desk")
    spans.send()
    with spans.span("delivery", adapter="helpdesk"):
        pass
    spans.close()
    [(request, _)] = httpserver.log
    assert b"care-desk" in request.data
    assert b"helpdesk" in request.data
    assert not spans.is_on()

"""Trace ids from the request to the log, the spans and the answer; nothing personal on the way."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from sayfind.errors import ConfigError
from sayfind.serving.telemetry import CURRENT, Exchange, JsonLines, TelemetryConfig, write_logs
from sayfind.serving.telemetry_spans import Spans

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the log writes as JSON lines; the loggers are as before afterwards."""
    loggers = [logging.getLogger(name) for name in ("sayfind", "uvicorn")]
    before = [(log.handlers, log.propagate, log.level) for log in loggers]
    stream = io.StringIO()
    write_logs(TelemetryConfig(logs="json"), stream)
    yield stream
    for log, (handlers, propagate, level) in zip(loggers, before, strict=True):
        log.handlers, log.propagate = handlers, propagate
        log.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_request_is_one_line_without_what_was_said(
    start: Callable[..., Any], written: io.StringIO
) -> None:
    client = start()
    reply = client.ask(text="my name is Alice Example")
    client("GET", "/v1/products/none", headers={"traceparent": PARENT})
    first, second = (line for line in lines(written) if line["logger"] == "sayfind.requests")
    assert first["trace_id"] == reply.headers["x-trace-id"]
    assert (first["endpoint"], first["status"], first["level"]) == ("search", 200, "info")
    assert first["stages"]["recognise"] == 42.1
    assert first["milliseconds"] > 0
    assert second["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert (second["status"], second["error"]) == (404, "NotFoundError")
    assert "Alice" not in written.getvalue()
    assert "127.0.0.1" not in written.getvalue()


def test_a_failure_carries_the_id_that_the_shopper_was_given(
    start: Callable[..., Any], written: io.StringIO
) -> None:
    client = start()

    def fail() -> None:
        raise RuntimeError("it broke for 13800138000")

    client.search.work = fail
    reply = client.ask(text="x")
    (failure,) = [line for line in lines(written) if "traceback" in line]
    assert failure["trace_id"] == reply.json["error"]["trace_id"] == reply.headers["x-trace-id"]
    assert "RuntimeError: it broke for [phone]" in failure["traceback"]
    assert client("GET", "/metrics").body.count(b'type="InternalError"} 1.0') == 1


@pytest.mark.parametrize("header", ["", "00-xyz", PARENT.upper(), "00-" + "0" * 70, "é"])
def test_a_wrong_trace_header_is_left_alone(client: Any, header: str) -> None:
    reply = client("GET", "/v1/shop", headers={"traceparent": header} if header else {})
    assert len(reply.headers["x-trace-id"]) == 32
    assert reply.status == 200


def test_lines_hold_no_personal_data() -> None:
    record = logging.LogRecord("sayfind", 20, "", 1, "mail to %s", ("a@b.example.com",), None)
    token = CURRENT.set(Exchange("ab" * 16))
    try:
        line = json.loads(JsonLines().format(record))
    finally:
        CURRENT.reset(token)
    assert (line["message"], line["trace_id"]) == ("mail to [email]", "ab" * 16)


def test_a_search_is_a_span_with_its_stages_inside(start: Callable[..., Any]) -> None:
    exporter = InMemorySpanExporter()
    exchange = Exchange("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "POST", "search")
    exchange.started, exchange.seconds, exchange.searched = 1000.0, 0.5, 1000.45
    exchange.stages, exchange.status = {"hear": 0.3, "find": 0.1}, 200
    spans = Spans(exporter=exporter)
    spans.send(exchange)
    hear, find, whole = exporter.get_finished_spans()
    assert whole.name == "POST search"
    assert whole.context.trace_id == int(exchange.trace_id, 16)
    assert whole.parent is not None
    assert whole.parent.span_id == int(exchange.parent, 16)
    assert whole.end_time - whole.start_time == 500_000_000
    assert [part.name for part in (hear, find)] == ["hear", "find"]
    for part in (hear, find):
        assert part.parent is not None
        assert part.parent.span_id == whole.context.span_id
        assert whole.start_time <= part.start_time <= part.end_time <= whole.end_time
    assert hear.end_time == find.start_time
    assert find.end_time == pytest.approx(1000.45e9, abs=1e4)
    exporter.clear()
    exchange.parent, exchange.status, exchange.error = "", 500, "InternalError"
    spans.send(exchange)
    *_, whole = exporter.get_finished_spans()
    assert whole.parent is None
    assert not whole.status.is_ok
    spans.close()


def test_spans_reach_a_collector(start: Callable[..., Any]) -> None:
    """A real exporter to a real address, in the protocol's own format."""
    import http.server
    import threading

    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    received = bytearray()

    class Collector(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.extend(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Collector) as collector:
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        spans = Spans(f"http://127.0.0.1:{collector.server_port}/v1/traces")
        spans.send(Exchange("ab" * 16, method="GET", endpoint="shop", started=1.0, seconds=0.1))
        spans.close()
        collector.shutdown()
    (resource,) = ExportTraceServiceRequest.FromString(bytes(received)).resource_spans
    assert resource.scope_spans[0].spans[0].name == "GET shop"


@pytest.mark.parametrize("settings", [{"logs": "xml"}, {"otlp": "localhost:4318"}])
def test_a_wrong_setting_is_named(settings: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=f"telemetry.{next(iter(settings))}"):
        TelemetryConfig(**settings)

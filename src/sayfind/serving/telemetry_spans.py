"""Exchanges as OpenTelemetry spans: one a request, and inside it one for each stage of a search."""

from __future__ import annotations

import random
from typing import Any

from sayfind.errors import require
from sayfind.serving.telemetry import Exchange

__all__ = ["Spans"]

_NANO = 1_000_000_000


class _Ids:
    """Gives the exchange's trace id to the span that begins it: the log and the spans agree."""

    trace_id = 0

    def generate_trace_id(self) -> int:
        """The one that was set."""
        return self.trace_id

    def generate_span_id(self) -> int:
        """Any but zero, which means none."""
        return random.getrandbits(64) or 1

    def is_trace_id_random(self) -> bool:
        """Not to be relied on: it may be the caller's."""
        return False


class Spans:
    """A sink of exchanges that sends them to a collector, in batches, beside the server's work.

    Belongs to one event loop.
    """

    def __init__(self, otlp: str = "", exporter: Any = None) -> None:
        """Send to the collector at ``otlp``, or through an ``exporter`` of one's own at once.

        Raises:
            MissingExtraError: opentelemetry is not installed.
        """
        self._trace: Any = require("opentelemetry.trace", extra="observe")
        sdk: Any = require("opentelemetry.sdk.trace", extra="observe")
        export: Any = require("opentelemetry.sdk.trace.export", extra="observe")
        resources: Any = require("opentelemetry.sdk.resources", extra="observe")
        resource = resources.Resource.create({"service.name": "sayfind"})
        self._ids = _Ids()
        self._provider = sdk.TracerProvider(
            resource=resource, shutdown_on_exit=False, id_generator=self._ids
        )
        if exporter is None:
            http: Any = require("opentelemetry.exporter.otlp.proto.http.trace_exporter", "observe")
            processor = export.BatchSpanProcessor(http.OTLPSpanExporter(endpoint=otlp))
        else:
            processor = export.SimpleSpanProcessor(exporter)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("sayfind")

    def send(self, exchange: Exchange) -> None:
        """The spans of one finished exchange."""
        started = round(exchange.started * _NANO)
        self._ids.trace_id = int(exchange.trace_id, 16)
        span = self._tracer.start_span(
            f"{exchange.method} {exchange.endpoint}",
            context=self._parent(exchange),
            kind=self._trace.SpanKind.SERVER,
            attributes={"http.response.status_code": exchange.status},
            start_time=started,
        )
        inside = self._trace.set_span_in_context(span)
        at = round((exchange.searched - sum(exchange.stages.values())) * _NANO)
        for stage, seconds in exchange.stages.items():
            part = self._tracer.start_span(stage, context=inside, start_time=at)
            at += round(seconds * _NANO)
            part.end(at)
        if exchange.status >= 500:
            span.set_status(self._trace.StatusCode.ERROR, exchange.error)
        span.end(started + round(exchange.seconds * _NANO))

    def _parent(self, exchange: Exchange) -> Any:
        """The caller's span, where it named one."""
        if not exchange.parent:
            return None
        parent = self._trace.SpanContext(
            int(exchange.trace_id, 16),
            int(exchange.parent, 16),
            is_remote=True,
            trace_flags=self._trace.TraceFlags(self._trace.TraceFlags.SAMPLED),
        )
        return self._trace.set_span_in_context(self._trace.NonRecordingSpan(parent))

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()

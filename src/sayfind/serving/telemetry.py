"""One request from outside: its trace id, its line in the log, its figures and its span.

A trace id comes with the request (W3C Trace Context) or is made here; it stands in every log line
that the request causes, in the ``X-Trace-Id`` of the answer, and in an error's body. What a shopper
said is in no line; what else might be personal is taken out before a line is written.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol, TextIO

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sayfind.errors import ConfigError
from sayfind.privacy.redaction import redact
from sayfind.serving.metrics import Observations
from sayfind.types import Audio, Trace

__all__ = [
    "AUDIO_HEADER",
    "CURRENT",
    "Exchange",
    "JsonLines",
    "SpanSink",
    "Telemetry",
    "TelemetryConfig",
    "note_search",
    "write_logs",
]

requests_log = logging.getLogger("sayfind.requests")

_PARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_FORMATS = ("text", "json")
AUDIO_HEADER = "x-sayfind-audio"
"""With ``keep`` in it, a shopper agreed that this recording may be kept for learning."""


@dataclass(frozen=True, slots=True)
class TelemetryConfig:
    """What the server tells of itself.

    ``logs`` is ``text`` (warnings only, for a terminal) or ``json`` (one object a line, each
    request included). ``otlp`` is the address of an OpenTelemetry collector, such as
    ``http://localhost:4318/v1/traces``; empty sends no spans. ``status`` turns the page at
    ``/status`` and the figures at ``/metrics`` on.
    """

    logs: str = "text"
    otlp: str = ""
    status: bool = True

    def __post_init__(self) -> None:
        if self.logs not in _FORMATS:
            raise ConfigError(f"serving.telemetry.logs is {self.logs!r}; choose text or json.")
        if self.otlp and not self.otlp.startswith(("http://", "https://")):
            raise ConfigError(
                f"serving.telemetry.otlp is {self.otlp!r}; write an address such as "
                "http://localhost:4318/v1/traces."
            )


@dataclass(slots=True)
class Exchange:
    """One request and its answer, filled in as it goes.

    ``parent`` is the caller's span id, if it sent one; ``giver`` the session that agreed to have
    its recording kept, and ``audio`` that recording; ``started`` and ``searched`` are seconds since
    1970, ``stages`` the seconds of a search by stage, which ended at ``searched``.
    """

    trace_id: str
    parent: str = ""
    method: str = ""
    endpoint: str = "none"
    caller: str = ""
    error: str = ""
    giver: str = ""
    audio: Audio | None = None
    status: int = 0
    started: float = 0.0
    seconds: float = 0.0
    stages: dict[str, float] = field(default_factory=dict)
    searched: float = 0.0


CURRENT: ContextVar[Exchange | None] = ContextVar("sayfind_exchange", default=None)
"""The exchange that this code works for; threads that compute for it see the same one."""


class SpanSink(Protocol):
    """Where finished exchanges go as spans."""

    def send(self, exchange: Exchange) -> None: ...

    def close(self) -> None: ...


def note_search(observed: Observations, trace: Trace, before: Mapping[str, float]) -> None:
    """A search was made for the current exchange; ``before`` are seconds ahead of the pipeline."""
    seconds = {**before, **trace.seconds}
    observed.searched(trace, seconds, spoken="vad" in seconds)  # the first stage of all sound
    if (exchange := CURRENT.get()) is not None:
        exchange.stages.update(seconds)
        exchange.searched = time.time()


class Telemetry:
    """The layer that opens an exchange for every request and every socket."""

    def __init__(self, app: ASGIApp, observed: Observations, spans: SpanSink | None = None) -> None:
        self._app = app
        self._observed = observed
        self._spans = spans

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        exchange = _begun(scope)
        token = CURRENT.set(exchange)
        clock = time.perf_counter()

        async def send_traced(message: Message) -> None:
            _see(message, exchange)
            await send(message)

        try:
            await self._app(scope, receive, send_traced)
        except BaseException:
            exchange.status = exchange.status or 500
            raise
        finally:
            CURRENT.reset(token)
            exchange.seconds = time.perf_counter() - clock
            exchange.endpoint = getattr(scope.get("endpoint"), "__name__", "none")
            self._finish(exchange)

    def _finish(self, exchange: Exchange) -> None:
        self._observed.answered(
            exchange.endpoint, exchange.method, exchange.status, exchange.seconds
        )
        if exchange.error or exchange.status >= 500:
            self._observed.failed(exchange.error or "InternalError")
        if self._spans is not None:
            self._spans.send(exchange)
        if requests_log.isEnabledFor(logging.INFO):
            told = {
                "trace_id": exchange.trace_id,
                "endpoint": exchange.endpoint,
                "method": exchange.method,
                "status": exchange.status,
                "caller": exchange.caller,
                "error": exchange.error,
                "milliseconds": round(1000 * exchange.seconds, 1),
                "stages": {name: round(1000 * s, 1) for name, s in exchange.stages.items()},
            }
            requests_log.info("answered", extra={"fields": {k: v for k, v in told.items() if v}})


def _begun(scope: Scope) -> Exchange:
    headers = Headers(scope=scope)
    found = _PARENT.fullmatch(headers.get("traceparent", ""))
    trace_id, parent = found.groups() if found else (secrets.token_hex(16), "")
    method = scope.get("method", "SOCKET")
    # A method is the caller's own word: an unknown one would grow the figures for ever.
    known = method if method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS") else "OTHER"
    named = "SOCKET" if scope["type"] == "websocket" else known
    agreed = headers.get(AUDIO_HEADER, "") == "keep"
    giver = headers.get("x-sayfind-session", "") if agreed else ""
    return Exchange(trace_id, parent, named, giver=giver, started=time.time())


def _see(message: Message, exchange: Exchange) -> None:
    if message["type"] in ("http.response.start", "websocket.http.response.start"):
        exchange.status = message["status"]
        MutableHeaders(scope=message)["x-trace-id"] = exchange.trace_id
    elif message["type"] == "websocket.accept":
        exchange.status = 101
    elif message["type"] == "websocket.close" and not exchange.status:
        exchange.status = 403


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, trace id, and what else is known."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, personal data taken out of all its text."""
        exchange = CURRENT.get()
        line: dict[str, object] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        if exchange is not None:
            line["trace_id"] = exchange.trace_id
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["traceback"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def write_logs(config: TelemetryConfig, stream: TextIO | None = None) -> None:
    """Send the house's log lines where the settings say, instead of where they went before."""
    if config.logs != "json":
        return
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    for name in ("sayfind", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
    logging.getLogger("sayfind").setLevel(logging.INFO)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)

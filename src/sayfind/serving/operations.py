"""What those who run the server need around its endpoints: the gate, figures, status, the sandbox.

``create_app`` takes its outer layers, its routes and its way to open recordings from here.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import anyio.to_thread
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from sayfind.audio.file import AudioLimits
from sayfind.errors import StorageError
from sayfind.privacy.redaction import redact
from sayfind.privacy.vault import Kept
from sayfind.privacy.voice import anonymise
from sayfind.serving.guard import Guard
from sayfind.serving.limits import ServingConfig
from sayfind.serving.metrics import Observations, PrometheusPage
from sayfind.serving.sandbox import Sandbox
from sayfind.serving.security_gate import CALLER, Doorkeeper, Gate
from sayfind.serving.status import STYLE, status_page
from sayfind.serving.telemetry import AUDIO_HEADER, CURRENT, Telemetry, note_search, write_logs
from sayfind.serving.telemetry_spans import Spans
from sayfind.types import Audio, Trace

__all__ = ["Operations"]

logger = logging.getLogger("sayfind.serving")

_ASKED_WITH = ("authorization", "content-type", "traceparent", "x-api-key", AUDIO_HEADER,
               "x-sayfind-session")  # fmt: skip


class Operations:
    """One server's gate, figures and sandbox. ``queue`` is how full its line is now."""

    def __init__(self, config: ServingConfig, queue: Callable[[], tuple[int, bool]]) -> None:
        """Open what the settings name, so that what is wrong with it is found at the start.

        Raises:
            ConfigError: keys or secrets cannot be used.
            MissingExtraError: tokens or spans need a package that is not installed.
        """
        self.config = config
        self.vault = config.recordings.open()
        self.observed = Observations(queue)
        self.sandbox = Sandbox(config.sandbox, config.workers, self.observed.opened)
        self._keeper = Doorkeeper(config.security)
        self._spans = Spans(config.telemetry.otlp) if config.telemetry.otlp else None

    def middleware(self) -> Sequence[Middleware]:
        """The layers around every endpoint, the outermost first."""
        security = self.config.security
        layers = [
            Middleware(Telemetry, observed=self.observed, spans=self._spans),
            Middleware(Guard, config=self.config),
        ]
        if security.hosts:
            layers.append(Middleware(TrustedHostMiddleware, allowed_hosts=list(security.hosts)))
        if security.origins:
            layers.append(
                Middleware(
                    CORSMiddleware,
                    allow_origins=list(security.origins),
                    allow_methods=["GET", "POST", "PUT", "DELETE"],
                    allow_headers=list(_ASKED_WITH),
                    expose_headers=["x-trace-id", "retry-after"],
                )
            )
        return [*layers, Middleware(Gate, config=self.config, keeper=self._keeper)]

    def routes(self) -> list[Route]:
        """Figures and the status page, for whoever may see them."""
        if not self.config.telemetry.status:
            return []
        return [
            Route("/metrics", self.metrics),
            Route("/status", self.status),
            Route("/status/style.css", self.style),
        ]

    def load(self, data: bytes, limit: AudioLimits, media_type: str | None) -> Audio:
        """A recording opened in the sandbox, within what its sender's key may send."""
        caller = CALLER.get()
        if caller is not None and caller.max_seconds:
            limit = replace(limit, max_seconds=min(limit.max_seconds, caller.max_seconds))
        audio = self.sandbox.load(data, limit, media_type)
        if (exchange := CURRENT.get()) is not None and exchange.giver and self.vault is not None:
            exchange.audio = audio
        return audio

    def searched(self, trace: Trace, before: Mapping[str, float]) -> None:
        """A search was made; its recording is kept if its shopper agreed and there is a vault."""
        note_search(self.observed, trace, before)
        exchange = CURRENT.get()
        if exchange is None or exchange.audio is None or not trace.heard:
            return
        audio, exchange.audio = exchange.audio, None
        self._keep(Kept(exchange.giver, trace.id, time.time(), audio, redact(trace.heard.text)))

    def _keep(self, kept: Kept) -> None:
        """A vault that fails does not fail the search. The voice is changed first."""
        assert self.vault is not None
        voice = anonymise(kept.audio, random.SystemRandom())
        try:
            self.vault.keep(replace(kept, audio=voice, anonymised=True))
        except StorageError as error:
            logger.warning("A recording was not kept: %s", error)

    def begin(self) -> None:
        """Write logs as the settings say, and have a process ready for the first recording."""
        write_logs(self.config.telemetry)
        self.sandbox.warm()

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Ends with the server: the sandbox's processes too, and the last spans are sent."""
        yield
        await anyio.to_thread.run_sync(self.close)

    def close(self) -> None:
        """End the sandbox, send the last spans."""
        self.sandbox.close()
        if self._spans is not None:
            self._spans.close()

    async def metrics(self, _: Request) -> Response:
        """``GET /metrics`` for Prometheus."""
        page = PrometheusPage(self.observed)
        return Response(page.text(), media_type=page.media_type)

    async def status(self, _: Request) -> Response:
        """``GET /status`` for people."""
        return HTMLResponse(status_page(self.observed))

    async def style(self, _: Request) -> Response:
        """What ``/status`` looks like."""
        return FileResponse(STYLE)

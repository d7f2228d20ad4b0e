"""The HTTP server: routes, and ``serve`` which runs them until it is told to stop.

Computing happens in a few threads behind ``Admission``; the event loop only reads and writes.
"""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from sayfind.audio.file import AudioLimits
from sayfind.errors import ConfigError, OverloadedError
from sayfind.feedback.log import EventLog
from sayfind.serving.admission import Admission, Turn
from sayfind.serving.answers import Searcher, product_body, search_response
from sayfind.serving.feedback import Feedback
from sayfind.serving.guard import EXCEPTION_HANDLERS
from sayfind.serving.intake import Ask, read_ask
from sayfind.serving.limits import ServingConfig
from sayfind.serving.openapi import openapi
from sayfind.serving.operations import Operations
from sayfind.serving.protocol import ExamplesResponse, HealthResponse, ShopResponse, to_json

__all__ = ["create_app", "serve"]

WEB = Path(__file__).parent / "web"


def create_app(
    search: Searcher, config: ServingConfig | None = None, log: EventLog | None = None
) -> Starlette:
    """An ASGI application that searches one shop and serves its page.

    Nothing that shoppers do is kept without a ``log``.
    """
    config = config or ServingConfig()
    feedback = Feedback(log)
    admission = Admission(config)
    operations = Operations(config, lambda: (admission.inside, admission.full))
    service = _Service(search, config, feedback, admission, operations)
    app = Starlette(
        lifespan=operations.lifespan,
        routes=[
            Route("/v1/search", service.search, methods=["POST"]),
            Route("/v1/products/{product_id:path}", service.product),
            *feedback.routes(),
            Route("/v1/examples", service.examples),
            Route("/v1/shop", service.shop),
            Route("/openapi.json", service.openapi),
            Route("/health/live", service.live),
            Route("/health/ready", service.ready),
            *operations.routes(),
            Route("/", service.page),
            Route("/{name}", service.page),
        ],
        middleware=operations.middleware(),
        exception_handlers=EXCEPTION_HANDLERS,
    )
    app.state.operations = operations
    return app


class _Service:
    """The endpoints of one shop."""

    def __init__(
        self,
        search: Searcher,
        config: ServingConfig,
        feedback: Feedback,
        admission: Admission,
        operations: Operations,
    ) -> None:
        self._search = search
        self._feedback = feedback
        self._config = config
        self._admission = admission
        self._operations = operations
        self._openapi = openapi(config)
        self._files = StaticFiles(directory=WEB)
        self._limits = AudioLimits(config.max_seconds, config.max_upload_bytes)

    async def search(self, request: Request) -> Response:
        ask = await read_ask(request, self._config)
        return await self._admission.run(lambda turn: self._answer(ask, request, turn))

    def _answer(self, ask: Ask, request: Request, turn: Turn) -> Response:
        # The answer is also written here, in the thread: a long list of hits takes its time too.
        before = {"wait": turn.waited}
        if ask.audio is None:
            trace = self._search.type(ask.text, ask.context, literal=ask.literal)
        else:
            started = time.perf_counter()
            audio = self._operations.load(ask.audio, self._limits, ask.media_type)
            before["open"] = time.perf_counter() - started
            trace = self._search.hear(audio, ask.context)
        self._feedback.asked(trace, request.headers)
        self._operations.searched(trace, before)
        return JSONResponse(to_json(search_response(trace, self._search.shop, before)))

    async def product(self, request: Request) -> Response:
        try:
            product = self._search.shop.product(request.path_params["product_id"])
        except KeyError as error:
            raise HTTPException(404) from error
        return JSONResponse(to_json(product_body(product)))

    async def examples(self, _: Request) -> Response:
        return JSONResponse(to_json(ExamplesResponse(self._search.shop.examples)))

    async def shop(self, _: Request) -> Response:
        shop, config = self._search.shop, self._config
        body = ShopResponse(
            name=shop.name,
            num_products=shop.num_products,
            max_seconds=config.max_seconds,
            max_upload_bytes=config.max_upload_bytes,
            max_text_length=config.max_text_length,
            max_hits=config.max_hits,
            feedback=self._feedback.is_on,
        )
        return JSONResponse(to_json(body))

    async def openapi(self, _: Request) -> Response:
        return JSONResponse(self._openapi)

    async def page(self, request: Request) -> Response:
        # A browser asks each time whether a file changed, so that no page is ever half old.
        name = request.path_params.get("name", "index.html")
        response = await self._files.get_response(name, request.scope)
        response.headers["cache-control"] = "no-cache"
        return response

    async def live(self, _: Request) -> Response:
        return JSONResponse(to_json(HealthResponse("alive")))

    async def ready(self, _: Request) -> Response:
        if self._admission.full:
            raise OverloadedError("The line is full; please try again in a second.")
        return JSONResponse(to_json(HealthResponse("ready")))


def serve(
    search: Searcher,
    host: str = "127.0.0.1",
    port: int = 8080,
    config: ServingConfig | None = None,
    announce: Callable[[str], None] | None = None,
    log: EventLog | None = None,
) -> None:
    """Serve one shop until interrupted; searches under way are finished first.

    ``announce`` is given the page's address once connections are taken; ``log`` keeps what shoppers
    do, if they agree. Port 0 takes a free one.

    Raises:
        ConfigError: the address is taken, forbidden or not of this machine.
    """
    config = config or ServingConfig()
    with _listen(host, port) as listener:
        app = create_app(search, config, log)
        settings = uvicorn.Config(
            app,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=max(1, round(config.shutdown_timeout)),
        )
        app.state.operations.begin()
        if announce is not None:
            announce(_address(host, listener))
        # By now the searches under way are finished: an interrupt is how a server is meant to end.
        with suppress(KeyboardInterrupt):
            uvicorn.Server(settings).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise ConfigError(f"The port {port} does not exist; choose one from 1 to 65535.")
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ConfigError(_refusal(host, port, error)) from error


def _refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken; stop what uses it or choose another with --port."
    if error.errno == errno.EACCES:
        return f"Port {port} may not be used by this account; choose one above 1023 with --port."
    return f"{host} is not an address of this machine; choose another with --host."


def _address(host: str, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    shown = {"0.0.0.0": "127.0.0.1", "::": "localhost"}.get(host, host)
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"

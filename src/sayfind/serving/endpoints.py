"""The REST endpoints: each reads a request, takes its place in the line, and writes an answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from sayfind.errors import InputError, OverloadedError, SayfindError
from sayfind.serving.admission import Turn
from sayfind.serving.answers import product_body, transcribe_response
from sayfind.serving.intake import Ask, ask_of, read_ask, read_batch, whole_number
from sayfind.serving.protocol import (
    ErrorBody,
    ErrorResponse,
    ExamplesResponse,
    HealthResponse,
    ProductsResponse,
    ShopResponse,
    SuggestionBody,
    SuggestResponse,
    to_json,
)
from sayfind.serving.service import Opened, Service

__all__ = ["MOST_SEARCHES", "MOST_SUGGESTIONS", "Endpoints"]

WEB = Path(__file__).parent / "web"
MOST_SEARCHES = 32
"""Of one batch."""
MOST_SUGGESTIONS = 50
MOST_PRODUCTS = 100
_MOST_TYPED = 200


class Endpoints:
    """What can be asked of one shop, besides streams and feedback."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._files = StaticFiles(directory=WEB)

    def routes(self) -> list[Route]:
        """Where they are reached; the page is not among them."""
        return [
            Route("/v1/search", self.search, methods=["POST"]),
            Route("/v1/transcribe", self.transcribe, methods=["POST"]),
            Route("/v1/batch", self.batch, methods=["POST"]),
            Route("/v1/suggest", self.suggest),
            Route("/v1/products", self.products),
            Route("/v1/products/{product_id:path}", self.product),
            Route("/v1/examples", self.examples),
            Route("/v1/shop", self.shop),
            Route("/health/live", self.live),
            Route("/health/ready", self.ready),
        ]

    def page_routes(self) -> list[Route]:
        """The page; they match nearly everything, so they come last."""
        return [Route("/", self.page), Route("/{name}", self.page)]

    async def search(self, request: Request) -> Response:
        """One search by voice or by text."""
        service, opened = self._service, self._service.opened
        ask = await read_ask(request, service.config)

        def work(turn: Turn) -> Response:
            trace, before = service.trace(opened, ask, turn)
            return JSONResponse(service.told(opened, trace, before, request.headers))

        return await service.admission.run(work)

    async def transcribe(self, request: Request) -> Response:
        """What a recording says, and no search."""
        service, opened = self._service, self._service.opened
        ask = await read_ask(request, service.config)
        if ask.audio is None:
            raise InputError("There is nothing to transcribe; send 'audio'.")

        def work(turn: Turn) -> Response:
            return JSONResponse(to_json(transcribe_response(*service.trace(opened, ask, turn))))

        return await service.admission.run(work)

    async def batch(self, request: Request) -> Response:
        """Several typed searches, which take one place in the line."""
        service, opened = self._service, self._service.opened
        searches = await read_batch(request, service.config, MOST_SEARCHES)

        def work(turn: Turn) -> Response:
            answers = [self._one(opened, fields, turn, request) for fields in searches]
            return JSONResponse({"answers": answers})

        return await service.admission.run(work)

    def _one(self, opened: Opened, fields: Any, turn: Turn, request: Request) -> dict[str, Any]:
        service = self._service
        try:
            ask: Ask = ask_of(fields, service.config)
            trace, before = service.trace(opened, ask, turn)
        except SayfindError as error:
            return to_json(ErrorResponse(ErrorBody(type(error).__name__, str(error))))
        return service.told(opened, trace, before, request.headers)

    async def suggest(self, request: Request) -> Response:
        """Completions of what is typed."""
        typed = request.query_params.get("q", "")[:_MOST_TYPED]
        k = whole_number("k", request.query_params.get("k", "8"), MOST_SUGGESTIONS)
        spelling, found = self._service.opened.suggester.suggest(typed, k)
        suggestions = tuple(SuggestionBody(phrase.text, phrase.kind) for phrase in found)
        return JSONResponse(to_json(SuggestResponse(typed, spelling, suggestions)))

    async def product(self, request: Request) -> Response:
        """One product."""
        try:
            product = self._service.opened.search.shop.product(request.path_params["product_id"])
        except KeyError as error:
            raise HTTPException(404) from error
        return JSONResponse(to_json(product_body(product)))

    async def products(self, request: Request) -> Response:
        """Several products, by ``id``, which may be repeated."""
        ids = request.query_params.getlist("id")
        if not 1 <= len(ids) <= MOST_PRODUCTS:
            raise InputError(f"Send 1 to {MOST_PRODUCTS} ids, as ?id=...&id=...")
        shop, found = self._service.opened.search.shop, []
        for product_id in ids:
            try:
                found.append(product_body(shop.product(product_id)))
            except KeyError:
                continue
        return JSONResponse(to_json(ProductsResponse(tuple(found))))

    async def examples(self, _: Request) -> Response:
        """Queries worth trying."""
        return JSONResponse(to_json(ExamplesResponse(self._service.opened.search.shop.examples)))

    async def shop(self, _: Request) -> Response:
        """The shop and its limits."""
        shop, config = self._service.opened.search.shop, self._service.config
        body = ShopResponse(
            name=shop.name,
            num_products=shop.num_products,
            max_seconds=config.max_seconds,
            max_upload_bytes=config.max_upload_bytes,
            max_text_length=config.max_text_length,
            max_hits=config.max_hits,
            feedback=self._service.feedback.is_on,
        )
        return JSONResponse(to_json(body))

    async def page(self, request: Request) -> Response:
        """A file of the page."""
        # A browser asks each time whether a file changed, so that no page is ever half old.
        name = request.path_params.get("name", "index.html")
        response = await self._files.get_response(name, request.scope)
        response.headers["cache-control"] = "no-cache"
        return response

    async def live(self, _: Request) -> Response:
        """The process answers."""
        return JSONResponse(to_json(HealthResponse("alive")))

    async def ready(self, _: Request) -> Response:
        """Searches are taken."""
        if self._service.admission.full:
            raise OverloadedError("The line is full; please try again in a second.")
        return JSONResponse(to_json(HealthResponse("ready")))

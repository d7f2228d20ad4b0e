"""A shop that changes while it is served: it follows its log, and the log can be written to.

Whoever writes (these routes, ``sayfind update``, another process) only appends; every server of
the shop sees it within ``EVERY`` seconds. Each request keeps the shop that it began with.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Any

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sayfind.catalog.product import Product
from sayfind.ears import LiveEars
from sayfind.errors import InputError, SayfindError, ShopError
from sayfind.pipeline import VoiceSearch
from sayfind.serving.admission import Turn
from sayfind.serving.answers import product_body
from sayfind.serving.limits import limit_body
from sayfind.serving.protocol import to_json
from sayfind.serving.service import Opened, Service
from sayfind.updates import Changes, UpdateLog, product_of

__all__ = ["EVERY", "Updates"]

logger = logging.getLogger("sayfind.serving")

EVERY = 0.5
"""Seconds after which changes by another process are looked for."""

_MOST_BYTES = 256 * 1024
_PATH = "/v1/products/{product_id:path}"
Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


class Updates:
    """Keeps the shop of a service at the end of its log."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._following = threading.Lock()
        self._told = ""

    def routes(self) -> list[Route]:
        """Where products are put in and taken out."""
        return [
            Route(_PATH, self.put, methods=["PUT"]),
            Route(_PATH, self.delete, methods=["DELETE"]),
        ]

    def lifespan(self, outer: Lifespan) -> Lifespan:
        """Follows the log as long as the server lives, inside what else lives so long."""

        @asynccontextmanager
        async def together(app: Starlette) -> AsyncIterator[None]:
            async with outer(app), anyio.create_task_group() as tasks:
                tasks.start_soon(self._watch)
                yield
                tasks.cancel_scope.cancel()

        return together

    async def put(self, request: Request) -> Response:
        """Put one product in, in place of the one with its id: 201 where there was none."""
        name = request.path_params["product_id"]
        product = await _read_product(request, name)

        def work(_: Turn) -> Response:
            new = name not in self._search().shop.products
            self.apply(Changes((product,)))
            return JSONResponse(to_json(product_body(product)), 201 if new else 200)

        return await self._service.admission.run(work)

    async def delete(self, request: Request) -> Response:
        """Take one product out."""
        name = request.path_params["product_id"]

        def work(_: Turn) -> Response:
            if name not in self._search().shop.products:
                raise HTTPException(404)
            self.apply(Changes(removed=(name,)))
            return Response(status_code=204)

        return await self._service.admission.run(work)

    def apply(self, changes: Changes) -> None:
        """Write changes into the log, and serve the shop with them.

        Raises:
            InputError: what is served is no shop on a disk.
            ShopError: another process writes, or the shop cannot be changed or was built anew.
            StorageError: the disk is full or may not be written.
        """
        UpdateLog(self._search().shop.folder).append(changes)
        self.follow()

    def follow(self) -> bool:
        """Serve the shop with what was appended since; whether there was anything.

        Raises:
            ShopError: the log is damaged, or the shop cannot be changed or was built anew.
        """
        with self._following:
            opened, search = self._service.opened, self._search()
            changes, end = UpdateLog(search.shop.folder).read(search.updated_to)
            if changes:
                self._service.opened = _changed(opened, search.changed(changes, end))
            return bool(changes)

    def _search(self) -> VoiceSearch:
        search = self._service.opened.search
        if not isinstance(search, VoiceSearch):
            raise InputError("What is served here is no shop on a disk, and cannot be changed.")
        if UpdateLog(search.shop.folder).built() != search.built:
            raise ShopError(
                "This shop was built anew since it was opened; let the server open it: kill -HUP."
            )
        return search

    async def _watch(self) -> None:
        while isinstance(self._service.opened.search, VoiceSearch):
            await anyio.sleep(EVERY)
            try:
                await anyio.to_thread.run_sync(self.follow)
            except SayfindError as error:
                if str(error) != self._told:  # once, not twice a second
                    logger.warning("The shop is served as it was: %s", error)
                self._told = str(error)


def _changed(opened: Opened, search: VoiceSearch) -> Opened:
    """Everything a server wants of a changed shop; suggestions wait until it is opened anew."""
    hurried, live = opened.hurried, opened.live
    if isinstance(hurried, VoiceSearch):
        hurried = search.hurried()
    if live is not None and search.recognizer is not live.ears:
        live = LiveEars(search.recognizer, live.vad, live.config)  # type: ignore[arg-type]
    return replace(opened, search=search, hurried=hurried, live=live)


async def _read_product(request: Request, name: str) -> Product:
    """The product of a request's body; its id is that of the address.

    Raises:
        InputError: it is no JSON, or no product.
        TooLargeError: it is longer than any product.
    """
    declared = request.headers.get("content-length")
    limited = Request(request.scope, limit_body(request.receive, declared, _MOST_BYTES))
    try:
        values: Any = json.loads(await limited.body())
    except ValueError as error:
        raise InputError('A product is sent as JSON, such as {"title": "Red mug"}.') from error
    if not isinstance(values, dict) or values.get("id", name) != name:
        raise InputError("A product is a JSON object, and its id that of the address.")
    return product_of({**values, "id": name})

"""The HTTP and WebSocket application over one shop: which address leads where.

Computing happens in a few threads behind ``Admission``; the event loop only reads and writes.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute

from sayfind.feedback.log import EventLog
from sayfind.serving.answers import Searcher
from sayfind.serving.asyncapi import asyncapi
from sayfind.serving.endpoints import Endpoints
from sayfind.serving.feedback import Feedback
from sayfind.serving.guard import EXCEPTION_HANDLERS
from sayfind.serving.limits import ServingConfig
from sayfind.serving.openai_api import OpenAIEndpoint
from sayfind.serving.openapi import openapi
from sayfind.serving.operations import Operations
from sayfind.serving.service import Service
from sayfind.serving.stream import Streams
from sayfind.serving.updates import Updates

__all__ = ["create_app"]


def create_app(
    search: Searcher, config: ServingConfig | None = None, log: EventLog | None = None
) -> Starlette:
    """An ASGI application that searches one shop and serves its page.

    Nothing that shoppers do is kept without a ``log``. ``app.state`` holds its ``service`` (whose
    shop can be exchanged), its ``streams`` and its ``operations``.
    """
    config = config or ServingConfig()
    operations = Operations(config, lambda: (service.admission.inside, service.admission.full))
    feedback = Feedback(log, operations.vault)
    service = Service(search, config, feedback, operations.load, operations.searched)
    streams, endpoints, updates = Streams(service), Endpoints(service), Updates(service)
    documents = {"/openapi.json": openapi(config), "/asyncapi.json": asyncapi(config)}

    async def document(request: Request) -> Response:
        return JSONResponse(documents[request.url.path])

    app = Starlette(
        routes=[
            WebSocketRoute("/v1/stream", streams.serve),
            *endpoints.routes(),
            *updates.routes(),
            *OpenAIEndpoint(service).routes(),
            *feedback.routes(),
            *(Route(path, document) for path in documents),
            *operations.routes(),
            *endpoints.page_routes(),
        ],
        middleware=operations.middleware(),
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=updates.lifespan(operations.lifespan),
    )
    app.state.service, app.state.streams, app.state.operations = service, streams, operations
    return app

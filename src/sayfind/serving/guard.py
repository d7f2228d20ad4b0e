"""What wraps every answer: security headers, and errors turned into one sentence.

Knows the error tree; knows nothing of routes.
"""

from __future__ import annotations

import logging
import math
import secrets
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sayfind.errors import AccessError, ForbiddenError, OverloadedError, SayfindError
from sayfind.serving.limits import ServingConfig
from sayfind.serving.telemetry import CURRENT

__all__ = ["EXCEPTION_HANDLERS", "Guard", "error_response", "security_headers"]

logger = logging.getLogger("sayfind.serving")

HTTP_MESSAGES = {
    404: ("NotFoundError", "There is nothing at this address; GET /openapi.json lists what is."),
    405: ("MethodError", "This address does not answer that method; see /openapi.json."),
}


def security_headers(config: ServingConfig) -> Mapping[str, str]:
    """The headers of every answer: only our own files run, and only we may use the microphone."""
    images = " ".join(["'self'", "data:", *config.image_sources])
    policy = {
        "default-src": "'none'",
        "base-uri": "'none'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "img-src": images,
        "script-src": "'self'",
        "style-src": "'self'",
    }
    return {
        "content-security-policy": "; ".join(f"{k} {v}" for k, v in policy.items()),
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "microphone=(self), camera=(), geolocation=()",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }


class Guard:
    """Adds the headers to every answer, and lets no traceback out of the house."""

    def __init__(self, app: ASGIApp, config: ServingConfig) -> None:
        self._app = app
        self._headers = security_headers(config)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
                if scope.get("scheme") == "https":
                    headers["strict-transport-security"] = "max-age=31536000"
            await send(message)

        try:
            await self._app(scope, receive, send_guarded)
        except Exception:
            exchange = CURRENT.get()
            trace_id = exchange.trace_id if exchange else secrets.token_hex(16)
            logger.exception("%s %s failed, trace %s", scope["method"], scope["path"], trace_id)
            if started:
                raise
            await _internal_error(trace_id)(scope, receive, send_guarded)


def _internal_error(trace_id: str) -> Response:
    message = f"Something went wrong here; please try again, and if it stays, report {trace_id}."
    return _answer(500, "InternalError", message, trace_id=trace_id)


def _answer(status: int, kind: str, message: str, **more: str) -> JSONResponse:
    if (exchange := CURRENT.get()) is not None:
        exchange.error = kind
    return JSONResponse({"error": {"type": kind, "message": message, **more}}, status)


def error_response(_: Request, error: Exception) -> Response:
    """One of our errors as an answer."""
    assert isinstance(error, SayfindError)
    response = _answer(error.status, type(error).__name__, str(error))
    if isinstance(error, OverloadedError):
        response.headers["retry-after"] = str(max(1, math.ceil(error.retry_after)))
    if isinstance(error, AccessError) and not isinstance(error, ForbiddenError):
        response.headers["www-authenticate"] = "Bearer"
    if error.status >= 500:
        logger.warning("%s: %s", type(error).__name__, error)
    return response


def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kind, message = HTTP_MESSAGES.get(error.status_code, ("InputError", error.detail))
    response = _answer(error.status_code, kind, message)
    response.headers.update(error.headers or {})
    return response


def _client_left(_: Request, __: Exception) -> Response:
    # Nobody reads this; it only ends the exchange without a traceback in the log.
    return Response(status_code=400)


EXCEPTION_HANDLERS = {
    SayfindError: error_response,
    HTTPException: _http_error,
    ClientDisconnect: _client_left,
}

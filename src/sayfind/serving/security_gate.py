"""The gate: every request shows who asks, may do only that, and not too often.

Knows HTTP and addresses; what a key opens is ``security``'s business. Runs before any body is read.
"""

from __future__ import annotations

import base64
import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from sayfind.errors import AccessError, ForbiddenError, QuotaError, SayfindError
from sayfind.serving.guard import error_response
from sayfind.serving.limits import ServingConfig, limit_body
from sayfind.serving.security import Caller, KeyRing, SecurityConfig, TokenReader
from sayfind.serving.security import Scope as May
from sayfind.serving.telemetry import CURRENT

__all__ = ["CALLER", "Doorkeeper", "Gate", "Meter", "scope_of"]

CALLER: ContextVar[Caller | None] = ContextVar("sayfind_caller", default=None)
"""Who asked for what this code works on."""

_STAFF = ("/metrics", "/status")
_CHANGES = ("PUT", "PATCH", "DELETE")
_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
_MOST_NAMES = 20_000
_DAY = 86_400.0


def scope_of(method: str, path: str) -> May | None:
    """What a request must be allowed; ``None`` where anybody may: the page, health, descriptions.

    >>> scope_of("PUT", "/v1/products/7"), scope_of("GET", "/health/live")
    (<Scope.WRITE: 'write'>, None)
    """
    if any(path == each or path.startswith(f"{each}/") for each in _STAFF):
        return May.STAFF
    if not path.startswith("/v1/"):
        return None
    # Who was heard may have it forgotten: the session's name is the key to that.
    own = path.startswith("/v1/feedback/")
    return May.WRITE if method in _CHANGES and not own else May.SEARCH


@dataclass
class _Used:
    """What one caller has left: a bucket of tokens filled at ``at``, and requests of a day."""

    tokens: float
    at: float
    day: int = 0
    today: int = 0


class Meter:
    """Requests a second (token bucket) and a day (UTC), by name; kept in memory only."""

    def __init__(self) -> None:
        self._used: OrderedDict[str, _Used] = OrderedDict()

    def take(self, name: str, rate: float, burst: float, per_day: int, now: float) -> None:
        """Count a request at ``now`` (seconds since 1970); a ``rate`` or ``per_day`` of 0 is none.

        Raises:
            QuotaError: it is one too many.
        """
        if not rate and not per_day:
            return
        used = self._used.setdefault(name, _Used(burst, now))
        self._used.move_to_end(name)
        if len(self._used) > _MOST_NAMES:  # the one that has been quiet longest starts anew
            self._used.popitem(last=False)
        day = int(now // _DAY)
        if used.day != day:
            used.day, used.today = day, 0
        if per_day and used.today >= per_day:
            left = _DAY - now % _DAY
            raise QuotaError(
                f"The {per_day} requests of this day are used up; come back tomorrow (UTC).", left
            )
        if rate:
            used.tokens = min(burst, used.tokens + rate * max(0.0, now - used.at))
            used.at = now
            if used.tokens < 1:
                wait = (1 - used.tokens) / rate
                raise QuotaError("Too many requests at once; please wait a moment.", wait)
            used.tokens -= 1
        used.today += 1


class Doorkeeper:
    """Says who a request comes from, or why it may not."""

    def __init__(self, config: SecurityConfig, clock: Callable[[], float] = time.time) -> None:
        """Open the keys and the token key, so that what is wrong with them is found at the start.

        Raises:
            ConfigError, MissingExtraError: they cannot be used.
        """
        self._config, self._clock = config, clock
        self._keys = KeyRing(Path(config.keys)) if config.keys else None
        self._tokens = TokenReader(config) if config.jwt_algorithm else None
        self._meter = Meter()
        if self._keys is not None:
            self._keys.keys()

    def admit(self, scope: Scope) -> Caller:
        """Who asks, counted.

        Raises:
            AccessError, ForbiddenError, QuotaError: this request is not answered.
        """
        headers = Headers(scope=scope)
        foreign = self._is_foreign(headers)
        needed = scope_of(scope.get("method", "GET"), scope["path"])
        if foreign and scope["type"] == "websocket":
            raise ForbiddenError("Pages of other sites may not open a socket here.")
        if needed is None:
            return Caller("anybody", frozenset())
        # Where there is nothing to show, what is shown all the same says nothing: some clients
        # cannot do without a key.
        shown = _shown(scope, headers, needed) if self._config.has_callers else ""
        caller = self._checked(shown) if shown else self._unknown(scope, headers, foreign)
        if needed not in caller.scopes:
            if not shown:
                raise AccessError("This needs a key; send it as 'Authorization: Bearer KEY'.")
            raise ForbiddenError(f"This key may not do that; it takes one that may {needed}.")
        burst = self._config.public_burst if not shown else max(1.0, 2 * caller.rate)
        self._meter.take(caller.name, caller.rate, burst, caller.per_day, self._clock())
        return caller

    def _checked(self, shown: str) -> Caller:
        if shown.startswith("sf_"):
            if self._keys is None:
                raise AccessError("This server knows no keys; ask without one.")
            return self._keys.check(shown, self._clock())
        if self._tokens is None:
            raise AccessError("This server knows no tokens; send a key that starts with sf_.")
        return self._tokens.check(shown)

    def _unknown(self, scope: Scope, headers: Headers, foreign: bool) -> Caller:
        """Who shows nothing: on this machine itself everything is open while there are no keys."""
        config, host = self._config, (scope.get("client") or ("",))[0]
        # The name must be local too: a page may make its own name lead here (DNS rebinding).
        at_home = _name(headers.get("host", "")) in _LOCAL_NAMES and _is_loopback(host)
        trusted = at_home and not foreign and not config.has_callers
        scopes = frozenset(May) if trusted else frozenset(config.public)
        return Caller(f"address:{_network(host)}", scopes, rate=config.public_rate)

    def _is_foreign(self, headers: Headers) -> bool:
        """Whether a browser says that the page of another site asks, one that was not named."""
        origin = headers.get("origin", "")
        same = origin.partition("://")[2] == headers.get("host", "")
        return bool(origin) and not same and origin not in self._config.origins


class Gate:
    """The layer that lets a request through or answers why not."""

    def __init__(self, app: ASGIApp, config: ServingConfig, keeper: Doorkeeper) -> None:
        self._app, self._config, self._keeper = app, config, keeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        try:
            caller = self._keeper.admit(scope)
            if caller.max_bytes and scope["type"] == "http":
                declared = Headers(scope=scope).get("content-length")
                receive = limit_body(receive, declared, caller.max_bytes)
        except SayfindError as error:
            await _refuse(error, scope, receive, send)
            return
        if (exchange := CURRENT.get()) is not None:
            exchange.caller = caller.name if caller.name.startswith(("key:", "token:")) else ""
        token = CALLER.set(caller)
        try:
            await self._app(scope, receive, send)
        finally:
            CALLER.reset(token)


async def _refuse(error: SayfindError, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        if (exchange := CURRENT.get()) is not None:
            exchange.error = type(error).__name__
        await send({"type": "websocket.close", "code": 1008, "reason": str(error)[:120]})
        return
    response = error_response(Request(scope), error)
    if response.status_code == 401 and scope_of(scope["method"], scope["path"]) is May.STAFF:
        response.headers["www-authenticate"] = 'Basic realm="sayfind: a staff key as password"'
    await response(scope, receive, send)


def _shown(scope: Scope, headers: Headers, needed: May) -> str:
    """The key or token of a request; a browser's socket can only have it in its address.

    A browser that looks at ``/status`` asks for a password: the key is one there, and only there,
    because a browser sends it along by itself afterwards, whichever page asks.
    """
    kind, _, shown = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and shown.strip():
        return shown.strip()
    if kind.lower() == "basic" and needed is May.STAFF:
        with suppress(ValueError):
            return base64.b64decode(shown, validate=True).decode().partition(":")[2]
    if key := headers.get("x-api-key", ""):
        return key
    if scope["type"] == "websocket":
        query: dict[str, list[str]] = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        return query.get("access_token", [""])[0]
    return ""


def _name(host: str) -> str:
    """A Host header without its port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:  # such as an open bracket
        return ""


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _network(host: str) -> str:
    """An address as far as it tells one customer of a provider from another: IPv6 by its /64."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host[:64]
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)

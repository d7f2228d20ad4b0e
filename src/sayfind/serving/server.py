"""Runs the application until it is told to stop: the address, signals, a graceful end.

On an interrupt whoever is served is served to the end, and who is speaking is answered on what was
said until then. On SIGHUP the shop is opened anew and exchanged under way.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

import anyio.to_thread
import uvicorn
from starlette.applications import Starlette

from sayfind.errors import ConfigError, SayfindError
from sayfind.feedback.log import EventLog
from sayfind.serving.answers import Searcher
from sayfind.serving.app import create_app
from sayfind.serving.conversation import CHUNK_BYTES
from sayfind.serving.limits import ServingConfig

__all__ = ["Server", "serve"]

logger = logging.getLogger("sayfind.serving")

_TEXT_BYTES = 256 * 1024  # of a start message with a conversation's state in it


class Server(uvicorn.Server):
    """A server that can exchange its shop, and ends without cutting anybody short."""

    def __init__(
        self,
        app: Starlette,
        config: ServingConfig,
        reopen: Callable[[], Searcher] | None = None,
        *,
        port: int = 0,
    ) -> None:
        """Serve ``app``; ``reopen`` opens its shop again, as it is now on the disk."""
        settings = uvicorn.Config(
            app,
            port=port,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=max(1, round(config.shutdown_timeout)),
            ws="websockets-sansio",
            ws_max_size=max(CHUNK_BYTES, _TEXT_BYTES) + 1,
            ws_per_message_deflate=False,  # sound hardly gets smaller, and costs time
        )
        super().__init__(settings)
        self._app, self._patience, self._reopen = app, config.shutdown_timeout, reopen
        self._swapping: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Take connections, and from now on SIGHUP."""
        await super().startup(sockets)
        if self._reopen is None or threading.current_thread() is not threading.main_thread():
            return
        with suppress(NotImplementedError, AttributeError):  # where there is no such signal
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._hang_up)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let streams finish, then everything else."""
        await self._app.state.streams.drain(self._patience)
        await super().shutdown(sockets)

    async def swap(self) -> None:
        """Open the shop again beside the one that is served, and exchange them.

        One that cannot be opened changes nothing but the log.
        """
        assert self._reopen is not None
        try:
            search = await anyio.to_thread.run_sync(self._reopen)
            await anyio.to_thread.run_sync(self._app.state.service.swap, search)
        except SayfindError as error:
            logger.error("The shop stays as it was: %s", error)
        except Exception:
            logger.exception("The shop stays as it was")
        else:
            logger.warning("The shop was exchanged: %d products.", search.shop.num_products)

    def _hang_up(self) -> None:
        if self._swapping is None or self._swapping.done():
            self._swapping = asyncio.create_task(self.swap())


def serve(
    open_search: Callable[[], Searcher],
    host: str = "127.0.0.1",
    port: int = 8080,
    config: ServingConfig | None = None,
    announce: Callable[[str], None] | None = None,
    log: EventLog | None = None,
) -> None:
    """Serve one shop until interrupted; searches under way are finished first.

    ``open_search`` opens it, now and again on SIGHUP. ``announce`` is given the page's address once
    connections are taken; ``log`` keeps what shoppers do, if they agree. Port 0 takes a free one.

    Raises:
        ConfigError: the address is taken, forbidden or not of this machine.
    """
    config = config or ServingConfig()
    with _listen(host, port) as listener:
        app = create_app(open_search(), config, log)
        app.state.operations.begin()
        server = Server(app, config, open_search)
        if announce is not None:
            announce(_address(host, listener))
        # By now the searches under way are finished: an interrupt is how a server is meant to end.
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])


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

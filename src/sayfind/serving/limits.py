"""How much the server takes in at once: settings, the waiting line, the size of an upload.

Knows bytes, seconds and threads; nothing about what a search is.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import anyio
import anyio.to_thread
from starlette.types import Message, Receive

from sayfind.errors import ConfigError, OverloadedError, TooLargeError

__all__ = ["Admission", "ServingConfig", "drain", "limit_body"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ServingConfig:
    """Settings of the HTTP server.

    ``workers`` searches run at a time and ``max_waiting`` more may wait; the next one is told to
    come back later. ``max_upload_bytes`` bounds a request's body, ``max_text_length`` a typed
    query in characters, ``max_seconds`` a recording, ``max_hits`` the products of one answer.
    ``upload_timeout`` is how long a body may take to arrive, ``shutdown_timeout`` how long
    searches under way may still take when the server stops; both in seconds. ``image_sources``
    are the other origins that product pictures may come from, such as
    ``https://images.example.com``: the page loads nothing else from elsewhere.
    """

    workers: int = 2
    max_waiting: int = 16
    max_upload_bytes: int = 16 * 1024 * 1024
    max_text_length: int = 500
    max_seconds: float = 60.0
    max_hits: int = 100
    upload_timeout: float = 30.0
    shutdown_timeout: float = 10.0
    image_sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("workers", "max_upload_bytes", "max_text_length", "max_hits"):
            if getattr(self, name) < 1:
                raise ConfigError(f"serving.{name} is {getattr(self, name)}; it must be 1 or more.")
        if self.max_waiting < 0:
            raise ConfigError(f"serving.max_waiting is {self.max_waiting}; it must be 0 or more.")
        for name in ("max_seconds", "upload_timeout", "shutdown_timeout"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"serving.{name} is {getattr(self, name)}; it must be above 0.")
        for source in self.image_sources:
            # One stray character here would open the content security policy to more than images.
            if not source.startswith(("https://", "http://")) or set(source) & set(" ;,'\""):
                raise ConfigError(
                    f"serving.image_sources holds {source!r}; write an origin such as "
                    "https://images.example.com."
                )


class Admission:
    """A short line in front of a few worker threads.

    The event loop never computes, and nobody waits in a line too long to be worth it.
    """

    def __init__(self, config: ServingConfig) -> None:
        self._workers = config.workers
        self._capacity = config.workers + config.max_waiting
        self._threads = anyio.CapacityLimiter(config.workers)
        self._inside = 0
        self._typical_seconds = 0.5

    @property
    def full(self) -> bool:
        """Whether the next one would be sent away."""
        return self._inside >= self._capacity

    async def run(self, work: Callable[[float], T]) -> T:
        """What ``work`` returns, computed in a thread.

        ``work`` is given the seconds that it waited in line.

        Raises:
            OverloadedError: the line is full.
        """
        if self.full:
            wait = max(1, math.ceil(self._typical_seconds * self._inside / self._workers))
            raise OverloadedError(
                f"Too many searches at once; please try again in {wait} "
                f"second{'s' if wait > 1 else ''}.",
                retry_after=wait,
            )
        self._inside += 1
        arrived = time.perf_counter()
        try:
            return await anyio.to_thread.run_sync(self._timed, work, arrived, limiter=self._threads)
        finally:
            self._inside -= 1

    def _timed(self, work: Callable[[float], T], arrived: float) -> T:
        started = time.perf_counter()
        try:
            return work(started - arrived)
        finally:
            self._typical_seconds += 0.2 * (time.perf_counter() - started - self._typical_seconds)


def limit_body(receive: Receive, declared: str | None, limit: int) -> Receive:
    """A ``receive`` that stops at the first byte over ``limit``, whatever the client declared.

    Raises:
        TooLargeError: now, where the declared length is already too much; else while reading.
    """
    if declared is not None and declared.isdecimal() and int(declared) > limit:
        raise _too_large(limit)
    seen = 0

    async def limited() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise _too_large(limit)
        return message

    return limited


async def drain(receive: Receive, most: int, idle: float = 0.25) -> None:
    """Read on for a while after a refusal: a client still sending would not see the answer.

    Ends with the body, after ``most`` bytes, or when nothing came for ``idle`` seconds.
    """
    taken, more = 0, True
    while more and taken < most:
        with anyio.move_on_after(idle) as patience:
            message = await receive()
        if patience.cancelled_caught:
            return
        taken += len(message.get("body", b""))
        more = message.get("more_body", False)


def _too_large(limit: int) -> TooLargeError:
    size = f"{limit / 2**20:.3g} MB" if limit >= 2**20 else f"{limit / 2**10:.3g} kB"
    return TooLargeError(f"The upload is larger than {size}; send a shorter recording.")

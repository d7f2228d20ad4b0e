"""The waiting line in front of a few worker threads: who computes now, who waits, who is sent away.

The event loop never computes, nobody waits in a line too long to be worth it, and what is only nice
to have (the words while somebody speaks) is done where a worker has nothing else to do.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import anyio
import anyio.to_thread

from sayfind.errors import OverloadedError
from sayfind.serving.limits import ServingConfig

__all__ = ["Admission", "Turn"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Turn:
    """What work is told when its turn comes: the seconds it ``waited``, whether to hurry."""

    waited: float
    hurried: bool = False


class Admission:
    """A short line in front of a few worker threads; belongs to one event loop."""

    def __init__(self, config: ServingConfig) -> None:
        self._config = config
        self._threads = anyio.CapacityLimiter(config.workers)
        self._inside = 0
        self._typical_seconds = 0.5

    @property
    def inside(self) -> int:
        """How many are computed or wait."""
        return self._inside

    @property
    def full(self) -> bool:
        """Whether the next one would be sent away."""
        return self._inside >= self._config.workers + self._config.max_waiting

    async def run(self, work: Callable[[Turn], T]) -> T:
        """What ``work`` returns, computed in a thread when its turn comes.

        Raises:
            OverloadedError: the line is full, or this one waited in it for too long.
        """
        if self.full:
            raise self.too_much()
        arrived = time.perf_counter()
        return await self._threaded(lambda: self._timed(work, arrived))

    async def spare(self, work: Callable[[], T]) -> T | None:
        """What ``work`` returns, computed now; ``None`` where no worker is idle."""
        if self._inside >= self._config.workers:
            return None
        return await self._threaded(work)

    async def _threaded(self, work: Callable[[], T]) -> T:
        self._inside += 1
        try:
            return await anyio.to_thread.run_sync(work, limiter=self._threads)
        finally:
            self._inside -= 1

    def _timed(self, work: Callable[[Turn], T], arrived: float) -> T:
        started = time.perf_counter()
        waited = started - arrived
        if waited > self._config.max_wait:
            raise self.too_much()
        try:
            return work(Turn(waited, waited > self._config.hurry_after))
        finally:
            self._typical_seconds += 0.2 * (time.perf_counter() - started - self._typical_seconds)

    def too_much(self) -> OverloadedError:
        """What to answer who is sent away: when it is worth coming back."""
        ahead = self._typical_seconds * self._inside / self._config.workers
        wait = max(1, math.ceil(ahead))
        return OverloadedError(
            f"Too many searches at once; please try again in {wait} second{'s' * (wait > 1)}.",
            retry_after=wait,
        )

"""``/v1/stream``: all the sockets of a server, each a ``Conversation``.

An answer is computed apart from its socket and kept for a while, so that it is there when a client
whose line broke comes back for it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import anyio
from starlette.websockets import WebSocket

from sayfind.errors import InputError, OverloadedError
from sayfind.serving.conversation import STOPPING, Conversation, Place
from sayfind.serving.service import Service

__all__ = ["Streams"]

_FOLLOWERS = 2  # threads that tell speech from silence, for all sockets

Answer = dict[str, Any]


class Streams(Place):
    """The endpoint; belongs to one event loop."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.followers = anyio.CapacityLimiter(_FOLLOWERS)
        self._open: set[Conversation] = set()
        self._answers: dict[str, tuple[float, asyncio.Task[Answer]]] = {}
        self._stopping = False

    @property
    def num_open(self) -> int:
        """How many sockets are open."""
        return len(self._open)

    async def serve(self, socket: WebSocket) -> None:
        """Serve one socket to its end."""
        conversation = Conversation(socket, self)
        self._open.add(conversation)
        try:
            await conversation.run()
        finally:
            self._open.discard(conversation)

    def check_room(self) -> None:
        """Refuse one more stream where it is one too many.

        Raises:
            OverloadedError: it is.
        """
        if self._stopping:
            raise OverloadedError(STOPPING)
        if self.num_open > self.service.config.max_streams or self.service.admission.full:
            raise self.service.admission.too_much()

    def answering(self, trace_id: str, work: Coroutine[Any, Any, Answer]) -> asyncio.Task[Answer]:
        """The task that computes an answer, which goes on without its socket and is kept."""
        now = time.monotonic()
        self._answers = {k: kept for k, kept in self._answers.items() if kept[0] > now}
        task = asyncio.create_task(work)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._answers[trace_id] = (now + self.service.config.resume_seconds, task)
        return task

    def recall(self, trace_id: str) -> asyncio.Task[Answer]:
        """The task of an earlier stream.

        Raises:
            InputError: there is none, or it is too long ago.
        """
        until, task = self._answers.get(trace_id, (0.0, None))
        if task is None or until <= time.monotonic():
            raise InputError("The answer of that stream is not kept any more; please ask again.")
        return task

    async def drain(self, seconds: float) -> None:
        """Let everybody finish: who is speaking is answered on what was said until now."""
        self._stopping = True
        for conversation in list(self._open):
            await conversation.hurry()
        with anyio.move_on_after(seconds):
            while self._open:
                await anyio.sleep(0.02)

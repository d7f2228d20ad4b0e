"""One socket of ``/v1/stream``: a query while it is said.

``stream_machine`` decides what happens; here it is done. Two tasks: one reads, and stops reading
while too much sound waits (so the client is slowed down, not the server filled up), one listens.
Words are only looked for, and answers computed ahead of the end point, while a worker is idle.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Coroutine, MutableMapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import anyio
from anyio.to_thread import run_sync
from starlette.websockets import WebSocket, WebSocketDisconnect

from sayfind.audio.file import AudioLimits
from sayfind.errors import InputError, OverloadedError, SayfindError
from sayfind.serving.admission import Turn
from sayfind.serving.feedback import SESSION_HEADER
from sayfind.serving.security_gate import CALLER
from sayfind.serving.service import Service
from sayfind.serving.sound import Follower, Sound
from sayfind.serving.stream_machine import (
    Answered,
    Cancel,
    Chunk,
    Close,
    Failed,
    Finalise,
    Finish,
    Heard,
    Input,
    Left,
    Listen,
    Output,
    Phase,
    Ping,
    Quiet,
    Recall,
    Send,
    Stream,
    Take,
    step,
)
from sayfind.serving.stream_messages import LimitsBody, Start, read_start, read_type
from sayfind.types import Audio, Context, Trace

__all__ = ["CHUNK_BYTES", "STOPPING", "Conversation", "Place"]

logger = logging.getLogger("sayfind.serving")

CHUNK_BYTES = 64 * 1024
"""The most of one binary frame: two seconds of sound."""
STOPPING = "This server is about to stop; please try again in a second."
_MOST_WAITING = 4 * CHUNK_BYTES
_GRACE = 1.5  # of the limit in seconds: what comes between two looks at the time is not an error


class Place(Protocol):
    """What a conversation asks of the server that it is held in."""

    service: Service
    followers: anyio.CapacityLimiter

    def check_room(self) -> None:
        """Raise ``OverloadedError`` where there is none."""
        ...

    def answering(
        self, trace_id: str, work: Coroutine[Any, Any, dict[str, Any]]
    ) -> asyncio.Task[dict[str, Any]]:
        """The task that computes an answer, kept under its id."""
        ...

    def recall(self, trace_id: str) -> asyncio.Task[dict[str, Any]]:
        """A task that was kept; ``InputError`` where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class _Ahead:
    """An answer that is computed before the end point; void if there is speech after ``ended``."""

    ended: float
    task: asyncio.Task[Trace | None]


class Conversation:
    """One socket."""

    def __init__(self, socket: WebSocket, place: Place) -> None:
        self._socket, self._place, self._service = socket, place, place.service
        config = self._service.config
        caller = CALLER.get()
        allowed = caller.max_seconds if caller is not None else 0.0
        seconds = min(config.max_seconds, allowed or config.max_seconds)
        limits = LimitsBody(seconds, CHUNK_BYTES)
        self._stream = Stream(uuid.uuid4().hex, limits, config.max_upload_bytes)
        self._opened = self._service.opened
        self._start = Start()
        self._sound: Sound
        self._follower: Follower
        self._ahead: _Ahead | None = None
        self._telling = anyio.Lock()
        self._arrived, self._room = anyio.Event(), anyio.Event()
        self._tasks = anyio.create_task_group()

    async def run(self) -> None:
        """From the first frame to the last."""
        await self._socket.accept()
        async with self._tasks:
            self._tasks.start_soon(self._read)

    async def hurry(self) -> None:
        """The server wants to stop."""
        if self._stream.phase is Phase.OPENING:
            await self._apply(Failed(OverloadedError(STOPPING)))
        elif self._stream.phase is Phase.LISTENING:
            await self._apply(Quiet(self._sound.seconds))

    # --- reading

    async def _read(self) -> None:
        while self._stream.phase is not Phase.DONE:
            try:
                with anyio.fail_after(self._service.config.upload_timeout):
                    given = self._input(await self._socket.receive())
            except TimeoutError:
                if self._stream.phase is Phase.FINALISING:
                    continue
                given = Failed(InputError("Nothing came for too long; please ask again."))
            except SayfindError as error:
                given = Failed(error)
            except (WebSocketDisconnect, RuntimeError):
                given = Left()
            await self._apply(given)
            await self._wait_for_room()

    def _input(self, frame: MutableMapping[str, Any]) -> Input:
        if frame["type"] == "websocket.disconnect":
            return Left()
        if frame.get("bytes") is not None:
            return Chunk(frame["bytes"])
        kind, message = read_type(frame["text"])
        if kind == "start":
            self._place.check_room()
            return read_start(message, self._service.config)
        plain: dict[str, Input] = {"finish": Finish(), "cancel": Cancel(), "ping": Ping()}
        if kind not in plain:
            raise InputError(f"The type {kind[:40]!r} is not start, finish, cancel or ping.")
        return plain[kind]

    async def _wait_for_room(self) -> None:
        while self._stream.phase is Phase.LISTENING and self._sound.waiting > _MOST_WAITING:
            self._room = anyio.Event()
            await self._room.wait()

    # --- deciding and telling

    async def _apply(self, given: Input) -> None:
        """Let the machine decide, and do what it says; decisions never wait, doing does in turn."""
        self._stream, outputs = step(self._stream, given)
        async with self._telling:
            for output in outputs:
                await self._do(output, spoken=isinstance(given, Quiet))

    async def _do(self, output: Output, *, spoken: bool) -> None:
        match output:
            case Send(message):
                with suppress(WebSocketDisconnect, RuntimeError):  # the reader sees that it left
                    await self._socket.send_json(asdict(message))
            case Listen(start):
                self._begin(start)
            case Take(data):
                self._sound.add(data)
                self._arrived.set()
            case Finalise():
                work = self._answer(at_end_point=spoken)
                self._await(self._place.answering(self._stream.trace_id, work))
            case Recall(trace_id):
                self._recall(trace_id)
            case Close(code):
                await self._close(code)

    def _begin(self, start: Start) -> None:
        config = self._service.config
        limits = AudioLimits(_GRACE * config.max_seconds, config.max_upload_bytes)
        self._start = start
        self._sound = Sound(start.format, start.rate, limits, self._service.load)
        self._follower = Follower(self._sound, self._opened.live)
        self._tasks.start_soon(self._listen)

    def _recall(self, trace_id: str) -> None:
        try:
            self._await(self._place.recall(trace_id))
        except InputError as error:
            self._tasks.start_soon(self._apply, Failed(error))

    async def _close(self, code: int) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):
            await self._socket.close(code)
        self._tasks.cancel_scope.cancel()

    # --- listening

    async def _listen(self) -> None:
        try:
            while self._stream.phase is Phase.LISTENING:
                await self._arrived.wait()
                self._arrived = anyio.Event()
                await run_sync(self._follower.follow, limiter=self._place.followers)
                self._room.set()
                await self._look()
        except SayfindError as error:
            await self._apply(Failed(error))
        except Exception:
            await self._apply(Failed(self._unforeseen()))

    async def _look(self) -> None:
        """What the sound so far calls for: words, an answer ahead, the end."""
        follower, context = self._follower, self._start.context
        if follower.due and await self._service.admission.spare(lambda: follower.hear(context)):
            words, seconds = follower.words, self._sound.seconds
            await self._apply(Heard(words.text, len(words.stable_text), seconds))
        if follower.ended or self._sound.seconds >= self._stream.limits.seconds:
            await self._apply(Quiet(self._sound.seconds))
        elif follower.nearly_ended and follower.silent_since is not None:
            self._think_ahead(follower.silent_since)

    def _think_ahead(self, ended: float) -> None:
        if self._ahead is None or self._ahead.ended != ended:
            work = self._hear_now(self._sound.heard(), self._start.context)
            self._ahead = _Ahead(ended, asyncio.create_task(work))
            self._ahead.task.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def _hear_now(self, audio: Audio, context: Context) -> Trace | None:
        """The whole chain on what was said, if there is time for it; no errors ahead of time."""
        opened, trace_id = self._opened, self._stream.trace_id
        with suppress(SayfindError):
            return await self._service.admission.spare(
                lambda: self._service.hear(opened, audio, context, trace_id)
            )
        return None

    # --- answering

    async def _answer(self, *, at_end_point: bool) -> dict[str, Any]:
        """The answer on everything that came; the one ahead, where nothing was said since."""
        service, opened, headers = self._service, self._opened, self._headers()
        trace = await self._thought_ahead() if at_end_point else None
        if trace is not None:
            return await run_sync(service.told, opened, trace, {}, headers)
        sound, context, trace_id = self._sound, self._start.context, self._stream.trace_id

        most = self._stream.limits.seconds

        def work(turn: Turn) -> dict[str, Any]:
            audio, hurried = sound.whole().window(0.0, most), turn.hurried
            heard = service.hear(opened, audio, context, trace_id, hurried=hurried)
            return service.told(opened, heard, {"wait": turn.waited}, headers)

        return await service.admission.run(work)

    async def _thought_ahead(self) -> Trace | None:
        ahead = self._ahead
        if ahead is None or ahead.ended != self._follower.silent_since:
            return None
        return await ahead.task

    def _headers(self) -> dict[str, str]:
        headers = dict(self._socket.headers)
        return {**headers, SESSION_HEADER: self._start.session} if self._start.session else headers

    def _await(self, task: asyncio.Task[dict[str, Any]]) -> None:
        self._tasks.start_soon(self._wait_for, task)

    async def _wait_for(self, task: asyncio.Task[dict[str, Any]]) -> None:
        try:
            given: Input = Answered(await asyncio.shield(task))
        except SayfindError as error:
            given = Failed(error)
        except Exception:
            given = Failed(self._unforeseen())
        await self._apply(given)

    def _unforeseen(self) -> SayfindError:
        trace_id = self._stream.trace_id
        logger.exception("a stream failed, trace %s", trace_id)
        return SayfindError(
            f"Something went wrong here; please try again, and if it stays, report {trace_id}."
        )

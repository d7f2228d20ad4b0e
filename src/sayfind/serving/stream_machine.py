"""One spoken query over a socket, as a state machine: what comes in, what goes out, in which order.

The state is a value and ``step`` a pure function of it, so that the order can be proved by trying
all of them; nothing here knows sockets, threads or sound. ``opening`` until the client says what it
will send, then ``listening -> finalising -> done``. What arrives too late (sound that was on its
way when the end point was found) is let go; what makes no sense is an error, and the end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sayfind.errors import InputError, SayfindError, TooLargeError
from sayfind.serving.stream_messages import (
    EndpointMessage,
    ErrorMessage,
    FaultBody,
    FinalMessage,
    LimitsBody,
    PartialMessage,
    PongMessage,
    ReadyMessage,
    ServerMessage,
    Start,
)

__all__ = [
    "Answered",
    "Cancel",
    "Chunk",
    "Close",
    "Failed",
    "Finalise",
    "Finish",
    "Heard",
    "Input",
    "Left",
    "Listen",
    "Output",
    "Phase",
    "Ping",
    "Quiet",
    "Recall",
    "Send",
    "Stream",
    "Take",
    "step",
]

CLOSED, GOING_AWAY = 1000, 1001
_CODES = {413: 1009, 503: 1013}  # of RFC 6455: too big, try again later
_WRONG, _OURS = 1008, 1011


class Phase(StrEnum):
    """How far a query has come."""

    OPENING = "opening"
    LISTENING = "listening"
    FINALISING = "finalising"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Stream:
    """The state: its phase, the bytes of sound taken, and what was promised to the client."""

    trace_id: str
    limits: LimitsBody
    max_bytes: int
    phase: Phase = Phase.OPENING
    num_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some sound came."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Finish:
    """The client says that was all."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """The client wants no answer."""


@dataclass(frozen=True, slots=True)
class Ping:
    """The client asks whether anybody is there."""


@dataclass(frozen=True, slots=True)
class Left:
    """The client is gone."""


@dataclass(frozen=True, slots=True)
class Heard:
    """New words, of which the first ``stable`` characters will stay."""

    text: str
    stable: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Quiet:
    """The end point was found, so many seconds after the sound began."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer is there."""

    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Failed:
    """Something went wrong, on either side."""

    error: SayfindError


Input = Start | Chunk | Finish | Cancel | Ping | Left | Heard | Quiet | Answered | Failed


@dataclass(frozen=True, slots=True)
class Send:
    """Tell the client."""

    message: ServerMessage


@dataclass(frozen=True, slots=True)
class Listen:
    """Begin to listen."""

    start: Start


@dataclass(frozen=True, slots=True)
class Take:
    """Keep some sound."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Finalise:
    """Answer what was heard."""


@dataclass(frozen=True, slots=True)
class Recall:
    """Give the answer of an earlier stream."""

    trace_id: str


@dataclass(frozen=True, slots=True)
class Close:
    """Close the socket with a code of RFC 6455; everything else stops."""

    code: int


Output = Send | Listen | Take | Finalise | Recall | Close
Step = tuple[Stream, tuple[Output, ...]]


def step(stream: Stream, given: Input) -> Step:
    """The state after an input, and what is to be done, in this order."""
    if stream.phase is Phase.DONE:
        return stream, ()
    match given:
        case Ping():
            return stream, (Send(PongMessage()),)
        case Left():
            return _done(stream, GOING_AWAY)
        case Cancel():
            return _done(stream, CLOSED)
        case Failed(error):
            return _failed(stream, error)
    return _PHASES[stream.phase](stream, given)


def _opening(stream: Stream, given: Input) -> Step:
    match given:
        case Start():
            return _started(stream, given)
        case Chunk() | Finish():
            return _failed(stream, InputError('Send {"type": "start", ...} before anything else.'))
    return stream, ()


def _listening(stream: Stream, given: Input) -> Step:
    match given:
        case Start():
            return _begun(stream)
        case Chunk(data):
            return _taken(stream, data)
        case Finish():
            return replace(stream, phase=Phase.FINALISING), (Finalise(),)
        case Heard(text, stable, seconds):
            return stream, (Send(PartialMessage(text, stable, round(seconds, 3))),)
        case Quiet(seconds):
            ended = Send(EndpointMessage(round(seconds, 3)))
            return replace(stream, phase=Phase.FINALISING), (ended, Finalise())
    return stream, ()


def _finalising(stream: Stream, given: Input) -> Step:
    match given:
        case Start():
            return _begun(stream)
        case Answered(answer):
            return _done(stream, CLOSED, Send(FinalMessage(answer)))
    return stream, ()  # sound, words or an end point after the end


_PHASES = {Phase.OPENING: _opening, Phase.LISTENING: _listening, Phase.FINALISING: _finalising}


def _started(stream: Stream, start: Start) -> Step:
    if start.resume:
        ready = Send(ReadyMessage(start.resume, stream.limits))
        resumed = replace(stream, phase=Phase.FINALISING, trace_id=start.resume)
        return resumed, (ready, Recall(start.resume))
    ready = Send(ReadyMessage(stream.trace_id, stream.limits))
    return replace(stream, phase=Phase.LISTENING), (ready, Listen(start))


def _begun(stream: Stream) -> Step:
    return _failed(stream, InputError("This socket has begun; open another for a new query."))


def _taken(stream: Stream, data: bytes) -> Step:
    if len(data) > stream.limits.chunk_bytes:
        most = stream.limits.chunk_bytes
        return _failed(stream, TooLargeError(f"A chunk has at most {most} bytes; send smaller."))
    if stream.num_bytes + len(data) > stream.max_bytes:
        return _failed(stream, TooLargeError("That is too much sound for one query; speak less."))
    return replace(stream, num_bytes=stream.num_bytes + len(data)), (Take(data),)


def _failed(stream: Stream, error: SayfindError) -> Step:
    code = _CODES.get(error.status, _WRONG if error.status < 500 else _OURS)
    # an error of no kind is one that nobody foresaw; its name is the one that REST gives it
    name = "InternalError" if type(error) is SayfindError else type(error).__name__
    message = ErrorMessage(FaultBody(name, str(error)))
    return _done(stream, code, Send(message))


def _done(stream: Stream, code: int, *before: Output) -> Step:
    return replace(stream, phase=Phase.DONE), (*before, Close(code))

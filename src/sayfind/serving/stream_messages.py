"""What the two ends of ``/v1/stream`` tell one another, and how a client's message is read.

Text frames hold one JSON object with a ``type``; binary frames hold sound. ``asyncapi.py``
describes these classes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from sayfind.errors import InputError
from sayfind.serving.intake import read_context
from sayfind.serving.limits import ServingConfig
from sayfind.types import Context

__all__ = [
    "VERSION",
    "EndpointMessage",
    "ErrorMessage",
    "FaultBody",
    "FinalMessage",
    "LimitsBody",
    "PartialMessage",
    "PongMessage",
    "ReadyMessage",
    "ServerMessage",
    "SoundFormat",
    "Start",
    "read_start",
    "read_type",
]

VERSION = 1
"""Of the messages; a change that an older client would not understand makes it 2."""

RATES = range(8_000, 96_001)
START_FIELDS = ("type", "format", "rate", "language", "k", "state", "context", "resume")
CONTEXT_FIELDS = ("removed", "added", "screen", "session")
TRACE_ID = re.compile(r"[0-9a-f]{32}")
_MOST_TEXT = 256 * 1024


class SoundFormat(StrEnum):
    """What the binary frames are: 16-bit samples, or pieces of a WebM or Ogg file with Opus."""

    PCM = "pcm_s16le"
    OPUS = "opus"


@dataclass(frozen=True, slots=True)
class Start:
    """What a client says first; ``resume`` asks for the answer of an earlier stream instead.

    ``session`` is the shopper's name in the log, if that person agreed to one.
    """

    format: SoundFormat = SoundFormat.PCM
    rate: int = 16_000
    context: Context = field(default_factory=Context)
    session: str = ""
    resume: str = ""


@dataclass(frozen=True, slots=True)
class LimitsBody:
    """The most of one query: seconds of sound, and bytes of one chunk of it."""

    seconds: float
    chunk_bytes: int


@dataclass(frozen=True, slots=True)
class ReadyMessage:
    """The server listens; ``trace_id`` is the id of the answer, by which it can be resumed."""

    trace_id: str
    limits: LimitsBody
    version: int = VERSION
    type: Literal["ready"] = "ready"


@dataclass(frozen=True, slots=True)
class PartialMessage:
    """The words so far; the first ``stable`` characters of ``text`` will stay in later partials.

    ``seconds`` is how much sound was heard for it. The final answer may differ: it is made by the
    whole chain, which hears better.
    """

    text: str
    stable: int
    seconds: float
    type: Literal["partial"] = "partial"


@dataclass(frozen=True, slots=True)
class EndpointMessage:
    """The shopper has finished, or may say no more; sound that comes after it is let go."""

    seconds: float
    type: Literal["endpoint"] = "endpoint"


@dataclass(frozen=True, slots=True)
class FinalMessage:
    """The answer, as ``POST /v1/search`` gives it; the server closes the socket after it."""

    answer: dict[str, Any]
    type: Literal["final"] = "final"


@dataclass(frozen=True, slots=True)
class FaultBody:
    """``code`` is the name of the error's class, ``message`` one sentence that says what to do."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ErrorMessage:
    """There will be no answer; the server closes the socket after it."""

    error: FaultBody
    type: Literal["error"] = "error"


@dataclass(frozen=True, slots=True)
class PongMessage:
    """The server is there."""

    type: Literal["pong"] = "pong"


ServerMessage = (
    ReadyMessage | PartialMessage | EndpointMessage | FinalMessage | ErrorMessage | PongMessage
)


def read_type(text: str) -> tuple[str, Mapping[str, Any]]:
    """The type of a client's text frame, and its object.

    Raises:
        InputError: it is no JSON object with a ``type``.
    """
    try:
        message = json.loads(text) if len(text) <= _MOST_TEXT else None
    except (ValueError, RecursionError) as error:
        raise InputError("A text frame holds JSON; send sound in binary frames.") from error
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise InputError("A text frame holds an object with a type: start, finish, cancel or ping.")
    return message["type"], message


def read_start(message: Mapping[str, Any], config: ServingConfig) -> Start:
    """The start that a client's object means.

    Raises:
        InputError: a field is unknown or wrong.
    """
    _only(message, START_FIELDS, "start")
    inner = message.get("context") or {}
    if not isinstance(inner, dict):
        raise InputError("The field 'context' must be an object.")
    _only(inner, CONTEXT_FIELDS, "context")
    fields = {name: message[name] for name in ("language", "k", "state") if name in message}
    fields |= {name: inner[name] for name in ("removed", "added", "screen") if name in inner}
    return Start(
        format=_format(message.get("format", "pcm_s16le")),
        rate=_rate(message.get("rate", 16_000)),
        context=read_context(fields, config),
        session=str(inner.get("session", "")),
        resume=_trace_id(message.get("resume") or ""),
    )


def _only(given: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for name in given:
        if name not in known:
            raise InputError(
                f"The field {name[:40]!r} is not known in {where!r}; send {', '.join(known)}."
            )


def _format(value: object) -> SoundFormat:
    try:
        return SoundFormat(str(value))
    except ValueError as error:
        known = " or ".join(SoundFormat)
        raise InputError(f"The format {str(value)[:40]!r} is not {known}.") from error


def _rate(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in RATES:
        raise InputError("The field 'rate' is a whole number of samples a second, 8000 to 96000.")
    return value


def _trace_id(value: object) -> str:
    if value and not TRACE_ID.fullmatch(str(value)):
        raise InputError("The field 'resume' must be a trace_id that the server gave.")
    return str(value)

"""How much the server takes in at once: settings, and the size of an upload.

Knows bytes and seconds; nothing about what a search is. The waiting line is in ``admission``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import anyio
from starlette.types import Message, Receive

from sayfind.errors import ConfigError, TooLargeError
from sayfind.privacy.vault import RecordingsConfig
from sayfind.serving.sandbox import SandboxConfig
from sayfind.serving.security import SecurityConfig
from sayfind.serving.telemetry import TelemetryConfig

__all__ = ["ServingConfig", "drain", "limit_body"]


@dataclass(frozen=True, slots=True)
class ServingConfig:
    """Settings of the HTTP server.

    ``workers`` searches run at a time and ``max_waiting`` more may wait; the next one is told to
    come back later, and so is one that waited for ``max_wait`` seconds. One that waited for
    ``hurry_after`` seconds is heard in a hurry. ``max_streams`` sockets may be open at a time; the
    answer of one that broke can be asked for during ``resume_seconds``. ``max_upload_bytes``
    bounds a request's body, ``max_text_length`` a typed query in characters, ``max_seconds`` a
    recording, ``max_hits`` the products of one answer. ``upload_timeout`` is how long a body may
    take to arrive, ``shutdown_timeout`` how long searches under way may still take when the server
    stops; both in seconds. ``image_sources`` are the other origins that product pictures may come
    from, such as ``https://images.example.com``: the page loads nothing else from elsewhere.
    ``security`` says who may ask, ``sandbox`` how recordings are opened, ``telemetry`` what the
    server tells of itself, ``recordings`` where those are kept that shoppers gave.
    """

    workers: int = 2
    max_waiting: int = 16
    max_wait: float = 8.0
    hurry_after: float = 0.5
    max_streams: int = 64
    resume_seconds: float = 60.0
    max_upload_bytes: int = 16 * 1024 * 1024
    max_text_length: int = 500
    max_seconds: float = 60.0
    max_hits: int = 100
    upload_timeout: float = 30.0
    shutdown_timeout: float = 10.0
    image_sources: tuple[str, ...] = ()
    security: SecurityConfig = field(default_factory=SecurityConfig)
    sandbox: SandboxConfig = field(default_factory=SandboxConfig)
    telemetry: TelemetryConfig = field(default_factory=TelemetryConfig)
    recordings: RecordingsConfig = field(default_factory=RecordingsConfig)

    def __post_init__(self) -> None:
        for name in ("workers", "max_upload_bytes", "max_text_length", "max_hits", "max_streams"):
            if getattr(self, name) < 1:
                raise ConfigError(f"serving.{name} is {getattr(self, name)}; it must be 1 or more.")
        if self.max_waiting < 0:
            raise ConfigError(f"serving.max_waiting is {self.max_waiting}; it must be 0 or more.")
        for name in (
            "max_seconds", "upload_timeout", "shutdown_timeout", "max_wait", "hurry_after",
            "resume_seconds",
        ):  # fmt: skip
            if not getattr(self, name) > 0:
                raise ConfigError(f"serving.{name} is {getattr(self, name)}; it must be above 0.")
        for source in self.image_sources:
            # One stray character here would open the content security policy to more than images.
            if not source.startswith(("https://", "http://")) or set(source) & set(" ;,'\""):
                raise ConfigError(
                    f"serving.image_sources holds {source!r}; write an origin such as "
                    "https://images.example.com."
                )


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

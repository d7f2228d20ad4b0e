"""Recordings of strangers, opened at arm's length: a few processes that can do nothing else.

Each is started afresh (never forked from the server, so that it holds none of its memory or
secrets), shuts itself in (``sayfind.audio.confined``), and stays warm. One that dies or takes too
long is killed and replaced; the recording it had is answered with an error. What comes back is
checked like any input, for it may come from a process that a recording has taken over.
"""

from __future__ import annotations

import logging
import os
import queue
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from sayfind.audio import RATE
from sayfind.audio.confined import read_frame, write_frame
from sayfind.audio.file import AudioLimits, load_audio
from sayfind.errors import (
    AudioError,
    ConfigError,
    InputError,
    MediaTypeError,
    OverloadedError,
    TooLargeError,
)
from sayfind.types import Audio

__all__ = ["Sandbox", "SandboxConfig"]

logger = logging.getLogger("sayfind.serving")

_REFUSALS: Mapping[str, type[InputError]] = {
    kind.__name__: kind for kind in (AudioError, MediaTypeError, TooLargeError)
}
_BROKEN = "This recording could not be opened; please record again, or save it in another format."
_BUSY = "Too many recordings are being opened; please try again in a second."
_MOST_MESSAGE = 300
_START_SECONDS = 60.0  # a busy machine may need them; no recording has been read by then
_PASSED_ON = ("LD_LIBRARY_PATH", "LANG", "SYSTEMROOT")  # of the environment: no secret, no path


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """How recordings are opened: ``on``, each in a process of its own that is shut in.

    ``memory_mb`` is what decoding may take, in 2^20 bytes, ``cpu_seconds`` its processor time and
    ``wall_seconds`` its time by the clock, all for one recording. A process is replaced after
    ``recordings`` of them.
    """

    on: bool = True
    memory_mb: int = 512
    cpu_seconds: int = 10
    wall_seconds: float = 20.0
    recordings: int = 5_000

    def __post_init__(self) -> None:
        if self.memory_mb < 64:
            raise ConfigError(
                f"serving.sandbox.memory_mb is {self.memory_mb}; it must be 64 or more."
            )
        for name in ("cpu_seconds", "wall_seconds", "recordings"):
            if not getattr(self, name) > 0:
                value = getattr(self, name)
                raise ConfigError(f"serving.sandbox.{name} is {value}; it must be above 0.")


class Sandbox:
    """Opens recordings in ``num_processes`` processes; threads may share it.

    ``on_end`` is told how each recording ended: ``opened``, ``refused``, ``killed``.
    """

    def __init__(
        self,
        config: SandboxConfig | None = None,
        num_processes: int = 1,
        on_end: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._config = config or SandboxConfig()
        self._on_end = on_end
        self._free: queue.LifoQueue[_Process | None] = queue.LifoQueue()
        self._running: set[_Process] = set()
        for _ in range(num_processes):
            self._free.put(None)
        weakref.finalize(self, _stop, self._running)

    def warm(self) -> None:
        """Start the first process now, so that the first shopper does not wait for it."""
        if self._config.on:
            self._free.put(self._free.get() or self._start())

    def load(self, data: bytes, limit: AudioLimits, media_type: str | None = None) -> Audio:
        """What ``load_audio`` gives for the same bytes, with its errors.

        Raises:
            AudioError: also where decoding took more time or memory than it may, or crashed.
            OverloadedError: every process is busy, for too long.
        """
        if not self._config.on:
            return load_audio(data, limit, media_type)
        try:
            process = self._free.get(timeout=self._config.wall_seconds)
        except queue.Empty as error:
            raise OverloadedError(_BUSY) from error
        kept = None
        try:
            kept = process or self._start()
            question = {
                "max_seconds": limit.max_seconds,
                "max_bytes": limit.max_bytes,
                "media_type": media_type,
            }
            answer = kept.ask(question, data[: limit.max_bytes + 1])
        except _EndedError as error:
            self._end(kept)
            # Its successor starts beside this thread; whoever comes next finds it ready.
            kept = self._start()
            self._on_end("killed")
            logger.warning("A recording of %d bytes ended its decoder: %s", len(data), error)
            raise AudioError(_BROKEN) from error
        finally:
            if kept is not None and kept.num_asked >= self._config.recordings:
                self._end(kept)
                kept = self._start()
            self._free.put(kept)
        return self._checked(*answer, limit)

    def close(self) -> None:
        """End every process."""
        _stop(self._running)

    def _start(self) -> _Process:
        process = _Process(self._config)
        self._running.add(process)
        return process

    def _end(self, process: _Process | None) -> None:
        if process is not None:
            self._running.discard(process)
            process.kill()

    def _checked(self, head: Mapping[str, Any], body: bytes, limit: AudioLimits) -> Audio:
        if "error" in head:
            self._on_end("refused")
            kind = _REFUSALS.get(str(head["error"]))
            message = str(head.get("message", ""))
            if kind is None or not 0 < len(message) <= _MOST_MESSAGE:
                logger.warning("A recording made its decoder fail: %.40s", head["error"])
                raise AudioError(_BROKEN)
            raise kind(message)
        whole = body[: len(body) // 4 * 4]
        samples = np.frombuffer(whole, "<f4").astype(np.float32, copy=False)
        told = len(whole) == len(body) and len(samples) <= (limit.max_seconds + 1) * RATE
        if not told or not np.isfinite(samples).all():
            self._on_end("killed")
            raise AudioError(_BROKEN)
        self._on_end("opened")
        return Audio(np.clip(samples, -1.0, 1.0), RATE)


class _EndedError(Exception):
    """The process is gone, or says what no decoder says."""


class _Process:
    """One decoder. Not for two threads at once."""

    def __init__(self, config: SandboxConfig) -> None:
        # All that it may ever use: what each recording may, for as many as it will open.
        lifetime = config.cpu_seconds * (config.recordings + 1)
        self._config = config
        self.num_asked = 0
        self.confined: list[str] | None = None
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        self._popen = subprocess.Popen(
            [
                sys.executable, "-I", "-c",
                f"import sys; sys.path[:] = {sys.path!r}\n"
                "from sayfind.audio.confined import main; main()",
                str(config.memory_mb * 2**20), str(lifetime),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**environment, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            start_new_session=True,  # an interrupt at the terminal is for the server to act on
            cwd="/" if os.name == "posix" else None,
        )  # fmt: skip

    def ask(self, question: dict[str, Any], recording: bytes) -> tuple[dict[str, Any], bytes]:
        """The answer to one recording.

        Raises:
            _EndedError: it died, or was killed for the time it took.
        """
        assert self._popen.stdin is not None and self._popen.stdout is not None
        try:
            with self._killed_after(_START_SECONDS):
                self._begin()
            self._bound_processor_time()
            self.num_asked += 1
            with self._killed_after(self._config.wall_seconds):
                write_frame(self._popen.stdin, question, recording)
                answer = read_frame(self._popen.stdout)
        except (OSError, ValueError, MemoryError) as error:
            raise _EndedError(str(error) or type(error).__name__) from error
        if answer is None:
            raise _EndedError(f"signal or exit {self._popen.wait()}")
        return answer

    @contextmanager
    def _killed_after(self, seconds: float) -> Iterator[None]:
        watchdog = threading.Timer(seconds, self._popen.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            yield
        finally:
            watchdog.cancel()

    def _begin(self) -> None:
        if self.confined is not None:
            return
        assert self._popen.stdout is not None
        hello = read_frame(self._popen.stdout)
        if hello is None:
            raise _EndedError(f"it did not start ({self._popen.wait()})")
        self.confined = list(hello[0]["confined"])
        if "calls" not in self.confined:
            logger.warning("Recordings are opened without a filter of kernel calls here.")

    def _bound_processor_time(self) -> None:
        """The kernel ends it when this recording has had its seconds (Linux; else by the clock)."""
        with suppress(ImportError, AttributeError, OSError, ValueError):
            import resource

            clock = (~self._popen.pid << 3) | 2  # clock_getcpuclockid(3), as the C library has it
            used = int(time.clock_gettime(clock)) + 1
            _, hard = resource.prlimit(self._popen.pid, resource.RLIMIT_CPU)
            soft = used + self._config.cpu_seconds
            resource.prlimit(self._popen.pid, resource.RLIMIT_CPU, (min(soft, hard), hard))

    def kill(self) -> None:
        """End it, and let go of its pipes."""
        self._popen.kill()
        with suppress(OSError):  # what it has not read goes with it
            self._popen.communicate()


def _stop(running: set[_Process]) -> None:
    while running:
        running.pop().kill()

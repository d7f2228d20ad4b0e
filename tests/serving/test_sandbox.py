"""Recordings opened at arm's length: the same sound, the same refusals, and no endless wait."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from sayfind.audio.file import AudioLimits, load_audio, to_wav_bytes
from sayfind.errors import (
    AudioError,
    ConfigError,
    MediaTypeError,
    OverloadedError,
    SayfindError,
    TooLargeError,
)
from sayfind.serving.sandbox import Sandbox, SandboxConfig
from sayfind.types import Audio

LIMIT = AudioLimits(max_seconds=5.0, max_bytes=1_000_000)


def tone(seconds: float = 1.0) -> Audio:
    time = np.arange(round(16_000 * seconds)) / 16_000
    return Audio((0.5 * np.sin(2 * np.pi * 440 * time)).astype(np.float32), 16_000)


WAV = to_wav_bytes(tone())


def encoded(container: str, codec: str) -> bytes:
    target = io.BytesIO()
    with av.open(target, "w", format=container) as file:
        stream = file.add_stream(codec, rate=48_000)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(tone().samples[None, :], format="fltp", layout="mono")
        frame.sample_rate = 16_000
        resampler = av.AudioResampler(stream.format, "mono", 48_000, stream.frame_size or None)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return target.getvalue()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox(SandboxConfig(), num_processes=2)
    yield sandbox
    sandbox.close()


@pytest.fixture
def one() -> Iterator[Callable[..., Sandbox]]:
    """Sandboxes of one process with settings of their own."""
    made: list[Sandbox] = []

    def make(on_end: Callable[[str], None] = lambda _: None, **settings: Any) -> Sandbox:
        made.append(Sandbox(SandboxConfig(**settings), 1, on_end))
        return made[-1]

    yield make
    for sandbox in made:
        sandbox.close()


@pytest.mark.parametrize(
    ("container", "codec"),
    [("flac", "flac"), ("ogg", "libopus"), ("webm", "libopus"), ("mp3", "libmp3lame"),
     ("mp4", "aac")],
)  # fmt: skip
def test_it_hears_what_is_heard_without_it(sandbox: Sandbox, container: str, codec: str) -> None:
    data = encoded(container, codec)
    there, here = sandbox.load(data, LIMIT, "audio/x"), load_audio(data, LIMIT)
    assert there.rate == here.rate
    assert np.array_equal(there.samples, here.samples)


@pytest.mark.parametrize(
    ("data", "kind", "error"),
    [
        (b"", None, AudioError),
        (b"no sound at all", None, MediaTypeError),
        (WAV, "text/html", MediaTypeError),
        (to_wav_bytes(tone(6.0)), None, TooLargeError),
        (bytes(1_000_001), None, TooLargeError),
    ],
)
def test_refusals_are_the_same(
    sandbox: Sandbox, data: bytes, kind: str | None, error: type[SayfindError]
) -> None:
    with pytest.raises(error) as there:
        sandbox.load(data, LIMIT, kind)
    with pytest.raises(error) as here:
        load_audio(data, LIMIT, kind)
    assert str(there.value) == str(here.value)


def test_many_at_once(sandbox: Sandbox) -> None:
    heard: list[float] = []
    threads = [
        threading.Thread(target=lambda: heard.append(sandbox.load(WAV, LIMIT).seconds))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == [1.0] * 8


def process_of(sandbox: Sandbox) -> Any:
    (process,) = sandbox._running
    return process


def test_one_that_dies_costs_one_recording(one: Callable[..., Sandbox]) -> None:
    ends: list[str] = []
    sandbox = one(ends.append)
    sandbox.load(WAV, LIMIT)
    first = process_of(sandbox)._popen.pid
    os.kill(first, signal.SIGKILL)
    with pytest.raises(AudioError, match="could not be opened"):
        sandbox.load(WAV, LIMIT)
    assert sandbox.load(WAV, LIMIT).seconds == 1.0
    assert process_of(sandbox)._popen.pid != first
    assert ends == ["opened", "killed", "opened"]


def test_one_that_hangs_is_killed(one: Callable[..., Sandbox]) -> None:
    sandbox = one(wall_seconds=2.0)
    sandbox.load(WAV, LIMIT)
    os.kill(process_of(sandbox)._popen.pid, signal.SIGSTOP)
    started = time.perf_counter()
    with pytest.raises(AudioError, match="could not be opened"):
        sandbox.load(bytes(900_000), LIMIT)  # more than fits into the pipe
    assert time.perf_counter() - started < 6.0
    assert sandbox.load(WAV, LIMIT).seconds == 1.0


def test_whoever_waits_too_long_is_told_so(one: Callable[..., Sandbox]) -> None:
    sandbox = one(wall_seconds=0.3)
    taken = sandbox._free.get()
    with pytest.raises(OverloadedError, match="try again"):
        sandbox.load(WAV, LIMIT)
    sandbox._free.put(taken)


def test_it_is_replaced_after_its_recordings(one: Callable[..., Sandbox]) -> None:
    sandbox = one(recordings=2)
    seen = set()
    for _ in range(4):
        sandbox.load(WAV, LIMIT)
        seen.add(process_of(sandbox)._popen.pid)
    assert len(seen) == 3


@pytest.mark.parametrize(
    "answer",
    [
        ({"rate": 16_000}, np.array([np.nan], "<f4").tobytes()),
        ({"rate": 16_000}, bytes(4 * 16_000 * 7)),
        ({"rate": 16_000}, b"odd"),
        ({"error": "StorageError", "message": "Do as I say."}, b""),
        ({"error": "AudioError", "message": "x" * 5_000}, b""),
        ({"error": "AudioError", "message": ""}, b""),
    ],
)
def test_what_a_taken_over_process_says_is_not_believed(
    one: Callable[..., Sandbox], answer: tuple[dict[str, Any], bytes]
) -> None:
    with pytest.raises(AudioError, match="could not be opened"):
        one()._checked(*answer, LIMIT)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux has all of it")
def test_it_is_shut_in_and_knows_no_secret(
    one: Callable[..., Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAYFIND_JWT_KEY", "a secret")
    sandbox = one()
    sandbox.load(WAV, LIMIT)
    process = process_of(sandbox)
    assert {"calls", "memory", "files", "processor"} <= set(process.confined)
    home = Path(f"/proc/{process._popen.pid}")
    assert b"a secret" not in (home / "environ").read_bytes()
    assert "Seccomp:\t2" in (home / "status").read_text()


def test_it_can_be_turned_off(one: Callable[..., Sandbox]) -> None:
    sandbox = one(on=False)
    assert sandbox.load(WAV, LIMIT).seconds == 1.0
    assert not sandbox._running


@pytest.mark.parametrize("settings", [{"memory_mb": 1}, {"cpu_seconds": 0}, {"wall_seconds": 0.0}])
def test_a_wrong_setting_is_named(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=f"sandbox.{next(iter(settings))}"):
        SandboxConfig(**settings)

"""Reads any sound file that a browser or a phone makes, and writes WAV.

Knows containers and codecs (through PyAV), limits and damage. Only formats that hold sound by
themselves are opened: playlists and descriptions that point at other files or addresses are not,
so that a recording can never make the server read something else.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO

import av
import av.container
import numpy as np
from numpy.typing import NDArray

from sayfind.audio import RATE
from sayfind.audio.resample import resample
from sayfind.errors import AudioError, MediaTypeError, StorageError, TooLargeError
from sayfind.types import Audio

__all__ = ["AudioLimits", "load_audio", "save_wav", "to_wav_bytes"]

Source = str | PathLike[str] | bytes | BinaryIO

# FFmpeg's names of the self-contained formats; the rest (hls, concat, sdp, image2 ...) stays shut.
_FORMATS = "wav,w64,aiff,au,caf,flac,mp3,aac,ogg,matroska,webm,mov,mp4,m4a,3gp,amr"
_READABLE = "WAV, FLAC, MP3, Ogg/Opus, WebM or M4A"
_MEDIA_TYPES = ("audio/", "video/", "application/ogg", "application/octet-stream")
_RATES = range(1_000, 768_001)

# A header may claim any duration. It is believed only if the bytes at hand could hold it, at a
# bit rate under that of any codec; a streamed WAV says "2 GB follow" whatever follows.
_LEAST_BITS_PER_SECOND = 400
# Codecs pad the end of a recording to whole blocks.
_GRACE_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class AudioLimits:
    """The longest and the biggest recording that is read: seconds of sound, bytes of file."""

    max_seconds: float = 60.0
    max_bytes: int = 25_000_000

    def __post_init__(self) -> None:
        if not self.max_seconds > 0 or self.max_bytes <= 0:
            raise ValueError("max_seconds and max_bytes are positive")


def load_audio(
    source: Source, limit: AudioLimits | None = None, media_type: str | None = None
) -> Audio:
    """A recording as mono sound at 16 kHz, from a path, bytes or an open binary file.

    Channels are averaged; sound above full scale is brought down to it. Of a truncated file,
    what could be decoded is given. ``media_type`` is the sender's content type, if any: a type
    that cannot be sound is refused unread, any other is only a hint that the bytes overrule.

    Raises:
        MediaTypeError: not a sound format that can be read.
        TooLargeError: more bytes or seconds than ``limit``; found without decoding it all.
        AudioError: a missing, empty or damaged file, or one without a sound track.
    """
    limit = limit or AudioLimits()
    if media_type and not media_type.strip().lower().startswith(_MEDIA_TYPES):
        kind = media_type.partition(";")[0].strip()[:80]
        raise MediaTypeError(f"{kind!r} is not sound; send {_READABLE}.")
    data = _read(source, limit)
    with closing(_open(data)) as container:
        stream = _sound_track(container)
        _check_claimed_seconds(container, stream, len(data), limit)
        runs = _decode(container, stream, limit)
    return _join(runs)


def _read(source: Source, limit: AudioLimits) -> bytes:
    if isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source[: limit.max_bytes + 1])
    elif isinstance(source, str | PathLike):
        data = _read_path(Path(source), limit)
    else:
        data = source.read(limit.max_bytes + 1)
    if not data:
        raise AudioError("The recording is empty; record again and send the whole file.")
    if len(data) > limit.max_bytes:
        size = f"{limit.max_bytes / 1e6:g} MB"
        raise TooLargeError(f"The recording is larger than {size}; please send a shorter one.")
    return data


def _read_path(path: Path, limit: AudioLimits) -> bytes:
    try:
        if path.exists() and not path.is_file():  # opening a pipe or device might never return
            raise AudioError(f"{path} is not a file; name a recording.")
        with path.open("rb") as file:
            return file.read(limit.max_bytes + 1)
    except OSError as error:
        raise AudioError(f"Cannot read the recording {path}: {error.strerror}.") from error
    except ValueError as error:  # a NUL in the name
        raise AudioError(f"Cannot read the recording {str(path)!r}: {error}.") from error


def _open(data: bytes) -> Any:
    options = {"format_whitelist": _FORMATS, "protocol_whitelist": ""}
    try:
        return av.open(io.BytesIO(data), "r", metadata_errors="ignore", container_options=options)
    except (av.FFmpegError, ValueError, EOFError) as error:
        raise MediaTypeError(
            f"This is not a sound file that can be read; send {_READABLE}."
        ) from error


def _sound_track(container: Any) -> Any:
    for stream in container.streams.audio:
        if stream.codec_context is not None:
            stream.thread_type, stream.codec_context.thread_count = "NONE", 1
            return stream
    raise AudioError(f"The file has no sound track that can be read; send {_READABLE}.")


def _check_claimed_seconds(container: Any, stream: Any, size: int, limit: AudioLimits) -> None:
    claims = [0.0]
    if container.duration:
        claims.append(container.duration / av.time_base)
    if stream.duration and stream.time_base:
        claims.append(float(stream.duration * stream.time_base))
    seconds = max(claims)
    if seconds > limit.max_seconds + _GRACE_SECONDS and seconds < size * 8 / _LEAST_BITS_PER_SECOND:
        raise _too_long(limit)


def _too_long(limit: AudioLimits) -> TooLargeError:
    return TooLargeError(
        f"The recording is longer than {limit.max_seconds:g} seconds; please send a shorter one."
    )


def _decode(container: Any, stream: Any, limit: AudioLimits) -> list[Audio]:
    """Mono pieces in order, each at its own rate (a chained stream may change it)."""
    pieces: list[tuple[int, NDArray[np.float32]]] = []
    seconds = 0.0
    for frame in _frames(container, stream):
        rate, num_samples = frame.sample_rate, frame.samples
        if rate not in _RATES:
            raise AudioError(f"A sampling rate of {rate} Hz cannot be read; send 8 to 48 kHz.")
        seconds += num_samples / rate
        if seconds > limit.max_seconds + _GRACE_SECONDS:
            raise _too_long(limit)
        if num_samples:
            pieces.append((rate, _mono(frame)))
    return _runs(pieces)


def _frames(container: Any, stream: Any) -> Iterator[Any]:
    """Frames up to the end or to where the container is broken; broken packets are left out."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except (av.FFmpegError, ValueError):  # truncated here: what came before stands
            return
        try:
            yield from packet.decode()
        except (av.FFmpegError, ValueError):  # one damaged packet: the next may be whole
            continue


def _mono(frame: Any) -> NDArray[np.float32]:
    """The mean of a frame's channels, float32 ``(num_samples,)``."""
    data = frame.to_ndarray()
    if not frame.format.is_planar:
        data = data.reshape(frame.samples, -1).T
    if data.dtype == np.uint8:
        data = data.astype(np.float32) / 128 - 1
    elif data.dtype.kind == "i":
        data = data / np.float64(2.0 ** (8 * data.dtype.itemsize - 1))
    with np.errstate(all="ignore"):  # what is not finite is found, and named, in _join
        mean: NDArray[np.float32] = data.mean(axis=0, dtype=np.float64).astype(np.float32)
    return mean


def _runs(pieces: list[tuple[int, NDArray[np.float32]]]) -> list[Audio]:
    runs: list[tuple[int, list[NDArray[np.float32]]]] = []
    for rate, samples in pieces:
        if not runs or runs[-1][0] != rate:
            runs.append((rate, []))
        runs[-1][1].append(samples)
    return [Audio(np.concatenate(parts), rate) for rate, parts in runs]


def _join(runs: list[Audio]) -> Audio:
    if not runs:
        raise AudioError("No sound could be decoded; the file is damaged: please record again.")
    peak = max(float(np.abs(run.samples).max()) for run in runs)
    if not np.isfinite(peak):
        raise AudioError("The recording holds values that are not numbers; please record again.")
    scale = np.float32(max(1.0, peak))
    parts = [resample(Audio(run.samples / scale, run.rate)).samples for run in runs]
    return Audio(np.concatenate(parts), RATE)


def to_wav_bytes(audio: Audio) -> bytes:
    """The sound as a 16-bit PCM WAV file; what is outside [-1, 1] is clipped."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(audio.rate)
        file.writeframes((np.clip(audio.samples, -1, 1) * 32767).round().astype("<i2").tobytes())
    return buffer.getvalue()


def save_wav(audio: Audio, path: Path) -> None:
    """Write the sound as a 16-bit PCM WAV file.

    Raises:
        StorageError: the file cannot be written.
    """
    try:
        path.write_bytes(to_wav_bytes(audio))
    except OSError as error:
        raise StorageError(f"Cannot write {path}: {error.strerror}.") from error

"""Mutated recordings through the sandbox: each is read or refused, in time, and never an end.

Recordings of nine formats are damaged (bits flipped, stretches cut, doubled, swapped, sizes in
headers replaced, two files spliced) and opened as uploads are. Counted are those opened, refused,
and those for which a decoder was killed; the last are not failures of the server, but are told.

    python -m benchmarks.fuzz_audio --files 4000
"""

from __future__ import annotations

import argparse
import io
import json
import random
import struct
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np

from sayfind.audio.file import AudioLimits
from sayfind.errors import InputError
from sayfind.serving.sandbox import Sandbox, SandboxConfig

FORMATS = (
    ("wav", "pcm_s16le", 16_000), ("wav", "pcm_f32le", 48_000), ("flac", "flac", 44_100),
    ("mp3", "libmp3lame", 44_100), ("ogg", "libopus", 48_000), ("webm", "libopus", 48_000),
    ("mp4", "aac", 48_000), ("adts", "aac", 44_100), ("aiff", "pcm_s16be", 22_050),
)  # fmt: skip
LIMIT = AudioLimits(max_seconds=60.0, max_bytes=1_000_000)
_ODD = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def recording(container: str, codec: str, rate: int) -> bytes:
    """A second and a half of a gliding tone with noise."""
    times = np.arange(round(1.5 * rate)) / rate
    noise = np.random.default_rng(0).normal(0, 0.02, len(times))
    tone = (0.4 * np.sin(2 * np.pi * (200 + 300 * times) * times) + noise).astype(np.float32)
    target = io.BytesIO()
    with av.open(target, "w", format=container) as file:
        stream: Any = file.add_stream(codec, rate=rate)
        stream.layout = "mono"
        resampler = av.AudioResampler(stream.format, "mono", rate, stream.frame_size or None)
        frame = av.AudioFrame.from_ndarray(tone[None], "fltp", "mono")
        frame.sample_rate = rate
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return target.getvalue()


def _place(data: bytearray, chance: random.Random) -> int:
    """Half of all damage is to the first 512 bytes, where the headers are."""
    most = min(512, len(data)) if chance.random() < 0.5 else len(data)
    return chance.randrange(max(1, most))


def _flip(data: bytearray, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 12)):
        data[_place(data, chance)] ^= 1 << chance.randrange(8)


def _number(data: bytearray, chance: random.Random) -> None:
    at, form = _place(data, chance), chance.choice(["<I", ">I", "<H", ">H"])
    number = chance.choice(_ODD) & (0xFFFF if form[1] == "H" else 0xFFFFFFFF)
    data[at : at + struct.calcsize(form)] = struct.pack(form, number)


def _cut(data: bytearray, chance: random.Random) -> None:
    at = _place(data, chance)
    del data[at : at + chance.randint(1, 2_000)]


def _double(data: bytearray, chance: random.Random) -> None:
    at, size = _place(data, chance), chance.randint(1, 2_000)
    data[at:at] = data[at : at + size] * chance.randint(1, 8)


def _noise(data: bytearray, chance: random.Random) -> None:
    at, size = _place(data, chance), chance.randint(1, 400)
    data[at : at + size] = chance.randbytes(size)


def _end(data: bytearray, chance: random.Random) -> None:
    del data[_place(data, chance) :]


DAMAGE: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip, _flip, _number, _number, _cut, _double, _noise, _end,
)  # fmt: skip


def mutated(sound: list[bytes], chance: random.Random) -> bytes:
    """One recording, damaged one to four times; sometimes with the rest of another."""
    data = bytearray(chance.choice(sound))
    if chance.random() < 0.1:
        other = chance.choice(sound)
        data[chance.randrange(len(data)) :] = other[chance.randrange(len(other)) :]
    for _ in range(chance.randint(1, 4)):
        if data:
            chance.choice(DAMAGE)(data, chance)
    return bytes(data)


def main() -> None:
    """Print the counts and write one JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("runs/out/fuzz_audio.json"))
    options = parser.parse_args()
    chance, sound = random.Random(options.seed), [recording(*each) for each in FORMATS]
    ends: Counter[str] = Counter()
    errors, slowest = Counter[str](), 0.0
    sandbox = Sandbox(SandboxConfig(), 1, lambda how: ends.update([how]))
    started = time.perf_counter()
    for number in range(options.files):
        data, begun = mutated(sound, chance), time.perf_counter()
        try:
            sandbox.load(data, LIMIT)
        except InputError as error:
            errors[type(error).__name__] += 1
        seconds = time.perf_counter() - begun
        if seconds > slowest:
            slowest = seconds
            print(f"{number}: {seconds:.2f} s for {len(data)} bytes", flush=True)
    sandbox.close()
    report = {
        "files": options.files, "seed": options.seed, "ends": dict(ends), "errors": dict(errors),
        "slowest_seconds": round(slowest, 2), "seconds": round(time.perf_counter() - started, 1),
    }  # fmt: skip
    print(json.dumps(report))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Reads collections of recordings: a tar with ``NAME/manifest.tsv`` and the files it names."""

from __future__ import annotations

import csv
import io
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sayfind.audio.file import AudioLimits, load_audio
from sayfind.errors import FeedError
from sayfind.types import Audio

__all__ = ["Clip", "held_out", "read_clips"]

_LIMIT = AudioLimits(max_seconds=1_800.0, max_bytes=500_000_000)


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording: 16-bit samples ``(num_samples,)`` at 16 kHz, and what the manifest says."""

    samples: NDArray[np.int16]
    speaker: str
    row: Mapping[str, str]

    @property
    def audio(self) -> Audio:
        """The sound as float32."""
        return Audio(self.samples.astype(np.float32) / np.float32(32768), 16_000)


def read_clips(path: Path, most: int | None = None, seed: int = 0) -> Iterator[Clip]:
    """The recordings of a collection in the manifest's order, at most ``most`` of them at random.

    ``speaker`` is the manifest's column of that name or, without one, the collection's name.

    Raises:
        FeedError: the file is missing, is not a tar, or has no manifest.
    """
    name = path.stem
    try:
        with tarfile.open(path) as tar:
            rows = _manifest(tar, name)
            if most is not None and most < len(rows):
                chosen = np.random.default_rng(seed).permutation(len(rows))[:most]
                rows = [rows[number] for number in sorted(chosen.tolist())]
            for row in rows:
                audio = load_audio(_member(tar, f"{name}/{row['path']}"), _LIMIT)
                samples = (audio.samples * 32767).round().astype(np.int16)
                yield Clip(samples, row.get("speaker") or name, row)
    except (OSError, tarfile.TarError, KeyError) as error:
        raise FeedError(f"{path} is not a collection of recordings: {error}.") from error


def _manifest(tar: tarfile.TarFile, name: str) -> list[dict[str, str]]:
    text = _member(tar, f"{name}/manifest.tsv").decode("utf-8")
    return list(csv.DictReader(io.StringIO(text), delimiter="\t"))


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    if file is None:
        raise KeyError(f"{name} is not a file in the archive")
    return file.read()


def held_out(speaker: str, share: float = 0.1) -> bool:
    """Whether a speaker is kept out of training: a fixed choice by the speaker's name."""
    return zlib.crc32(speaker.encode()) / 2**32 < share

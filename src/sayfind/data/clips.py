"""Sets of recordings decoded for training: 16-bit samples in memory, with their rows."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sayfind.audio import RATE
from sayfind.audio.file import AudioLimits
from sayfind.data.sets import SpokenSet
from sayfind.errors import FeedError, InputError
from sayfind.types import Audio

__all__ = ["Clip", "held_out", "read_clips"]

_LIMIT = AudioLimits(max_seconds=1_800.0, max_bytes=500_000_000)


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording: 16-bit samples ``(num_samples,)`` at 16 kHz, and what the manifest says."""

    samples: NDArray[np.int16]
    speaker: str
    row: Mapping[str, str]

    @classmethod
    def of(cls, audio: Audio, speaker: str, row: Mapping[str, str]) -> Clip:
        """The clip that holds a sound."""
        return cls((audio.samples * 32767).round().astype(np.int16), speaker, row)

    @property
    def audio(self) -> Audio:
        """The sound as float32."""
        return Audio(self.samples.astype(np.float32) / np.float32(32768), RATE)


def read_clips(path: Path, most: int | None = None, seed: int = 0) -> Iterator[Clip]:
    """The recordings of a collection in the manifest's order, at most ``most`` of them at random.

    ``speaker`` is the manifest's column of that name or, without one, the collection's name.

    Raises:
        FeedError: the file is missing, is no set, or has a recording that cannot be used: what a
            model learns from is whole, or it is not begun.
    """
    try:
        collection = SpokenSet.open(path, limit=_LIMIT)
        if collection.left_out:
            worst = collection.left_out[0]
            raise InputError(f"{worst.id}: {worst.reason} ({worst.detail})")
        cases = collection.cases
        if most is not None and most < len(cases):
            chosen = np.random.default_rng(seed).permutation(len(cases))[:most]
            cases = tuple(cases[number] for number in sorted(chosen.tolist()))
        for case in cases:
            yield Clip.of(case.audio(), case.row.get("speaker") or collection.name, case.row)
    except InputError as error:
        raise FeedError(f"{path} is not a collection of recordings: {error}") from error


def held_out(speaker: str, share: float = 0.1) -> bool:
    """Whether a speaker is kept out of training: a fixed choice by the speaker's name."""
    return zlib.crc32(speaker.encode()) / 2**32 < share

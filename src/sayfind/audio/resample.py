"""Other sampling rates, by soxr."""

from __future__ import annotations

import numpy as np
import soxr

from sayfind.audio import RATE
from sayfind.types import Audio

__all__ = ["resample"]


def resample(audio: Audio, rate: int = RATE) -> Audio:
    """The same sound at another rate, within [-1, 1] even where the filter overshoots."""
    if audio.rate == rate:
        return audio
    samples = soxr.resample(audio.samples, audio.rate, rate, quality="HQ")
    return Audio(np.clip(samples, -1.0, 1.0).astype(np.float32, copy=False), rate)

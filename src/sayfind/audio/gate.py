"""A gate: what is far below the loud parts is muted.

The near voice is louder than those behind it; between its words only they are left, and a
recogniser writes them down. Muting does harm where there is nothing to mute (docs/hearing.md).
"""

from __future__ import annotations

import numpy as np

from sayfind.audio.level import decibels, frame_power
from sayfind.types import Audio

__all__ = ["gate", "loudness_range"]

_LOUD, _QUIET = 95, 5  # percentiles of the frames' power
_FADE_SECONDS = 0.005


def loudness_range(audio: Audio) -> float:
    """Decibels between the loud and the quiet frames: small where it is noisy."""
    power = frame_power(audio.samples, audio.rate)
    if not len(power):
        return 0.0
    loud, quiet = np.percentile(power, (_LOUD, _QUIET))
    return decibels(float(loud)) - decibels(float(quiet))


def gate(audio: Audio, depth_db: float) -> Audio:
    """The sound without its 20 ms frames that lie ``depth_db`` or more below the loud ones.

    A frame beside one that is kept is kept as well; edges are faded over 5 ms.
    """
    power = frame_power(audio.samples, audio.rate)
    if not len(power) or not power.any():
        return audio
    keep = power > np.percentile(power, _LOUD) * 10 ** (-depth_db / 10)
    wide = np.pad(keep, 1)
    keep = wide[:-2] | wide[1:-1] | wide[2:]
    gain = np.repeat(keep.astype(np.float32), len(audio.samples) // len(power))
    gain = np.pad(gain, (0, len(audio.samples) - len(gain)), mode="edge")
    fade = max(1, round(_FADE_SECONDS * audio.rate))
    smooth = np.convolve(gain, np.full(fade, 1 / fade, np.float32), mode="same")[: len(gain)]
    return Audio(audio.samples * smooth.astype(np.float32), audio.rate)

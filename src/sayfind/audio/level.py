"""Levels in decibels relative to full scale (dBFS): 0 dB is a mean square of 1.

The *active* level is that of the parts where somebody speaks, after the idea of ITU-T P.56
(method B): the level of all that lies above a threshold, where the threshold is itself a fixed
margin below that level. P.56 follows a 30 ms envelope with 200 ms hangover; here the mean square
of whole 20 ms frames is compared, without hangover, which reads up to about 1 dB higher.
"""

from __future__ import annotations

import numpy as np

from sayfind.types import Audio, FloatArray

__all__ = [
    "SILENCE",
    "active_level",
    "decibels",
    "dither",
    "frame_power",
    "loudness_range",
    "rms_level",
    "set_level",
]

SILENCE = -120.0
"""The level given for digital silence, and the lowest that is told apart from it."""

FRAME_SECONDS = 0.02
LOUD, QUIET = 95, 5  # percentiles of the frames' power
MARGIN = 15.9  # dB below the active level that still counts as active (P.56)


def decibels(power: float) -> float:
    """A mean square in dBFS, not under ``SILENCE``."""
    return max(SILENCE, 10.0 * float(np.log10(max(power, 1e-30))))


def frame_power(samples: FloatArray, rate: int) -> FloatArray:
    """Mean square of each whole 20 ms frame, ``(num_frames,)``; one frame if there is less."""
    length = min(max(1, round(FRAME_SECONDS * rate)), max(1, len(samples)))
    frames = samples[: len(samples) // length * length].reshape(-1, length)
    power: FloatArray = np.square(frames).mean(axis=1, dtype=np.float32)
    return power


def rms_level(audio: Audio) -> float:
    """Level of the whole sound, pauses included, in dBFS."""
    if not len(audio.samples):
        return SILENCE
    return decibels(float(np.square(audio.samples, dtype=np.float64).mean()))


def loudness_range(audio: Audio) -> float:
    """Decibels between the loud and the quiet frames: small where it is noisy."""
    power = frame_power(audio.samples, audio.rate)
    if not len(power):
        return 0.0
    loud, quiet = np.percentile(power, (LOUD, QUIET))
    return decibels(float(loud)) - decibels(float(quiet))


def active_level(audio: Audio) -> float:
    """Level of the active parts in dBFS (see the module for what is active)."""
    power = frame_power(audio.samples, audio.rate).astype(np.float64)
    if not len(power):
        return SILENCE
    level = float(power.mean())
    while True:  # the threshold only rises, so the active set only shrinks: this ends
        active = power[power >= level * 10 ** (-MARGIN / 10)]
        higher = float(active.mean())
        if higher <= level * (1 + 1e-9):
            return decibels(higher)
        level = higher


def set_level(audio: Audio, level: float) -> Audio:
    """The sound with its active level at ``level`` dBFS; digital silence stays as it is.

    Nothing is clipped: the result may exceed [-1, 1] where a high level is asked for.
    """
    now = active_level(audio)
    if now <= SILENCE:
        return audio
    return Audio(audio.samples * np.float32(10 ** ((level - now) / 20)), audio.rate)


def dither(audio: Audio, rng: np.random.Generator, level: float = -75.0) -> Audio:
    """The sound with triangular noise of ``level`` dBFS under it.

    Digital silence has no logarithm; recognisers that normalise their features over an utterance
    are thrown off by it.
    """
    amplitude = np.sqrt(6.0) * 10 ** (level / 20)  # a triangle of half-width a has variance a²/6
    noise = rng.triangular(-amplitude, 0.0, amplitude, len(audio.samples))
    return Audio((audio.samples + noise).astype(np.float32), audio.rate)

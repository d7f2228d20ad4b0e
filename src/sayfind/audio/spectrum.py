"""Short-time spectra and bands, shared by the networks that listen and those that train them.

Frames are 32 ms long and 16 ms apart, with a square-root Hann window on the way in and out, so
that an unchanged spectrum gives the sound back exactly.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from sayfind.types import FloatArray

__all__ = ["HOP", "NUM_BANDS", "band_matrix", "band_power", "features", "istft", "stft"]

WINDOW = 512
HOP = 256
NUM_BINS = WINDOW // 2 + 1
NUM_BANDS = 64
_RANGE_DB = 80.0  # dynamic range of the features

ComplexArray = NDArray[np.complex64]


@functools.cache
def _window() -> FloatArray:
    phase = 2 * np.pi * np.arange(WINDOW) / WINDOW
    window: FloatArray = np.sqrt(0.5 - 0.5 * np.cos(phase)).astype(np.float32)
    return window


@functools.cache
def band_matrix() -> FloatArray:
    """Weights ``(257, 64)`` of each bin in each band; every bin's weights sum to one.

    Bands are even on the mel scale, but never narrower than one bin (31 Hz).
    """
    mels = np.linspace(0, 2595 * np.log10(1 + 8_000 / 700), NUM_BANDS)
    centres = (10 ** (mels / 2595) - 1) * 700 / (16_000 / WINDOW)
    for band in range(1, NUM_BANDS):
        centres[band] = max(centres[band], centres[band - 1] + 1)
    centres[-1] = max(centres[-1], NUM_BINS - 1)
    place = np.interp(np.arange(NUM_BINS), centres, np.arange(NUM_BANDS))
    weights = np.clip(1 - np.abs(place[:, None] - np.arange(NUM_BANDS)), 0, 1)
    matrix: FloatArray = weights.astype(np.float32)
    return matrix


def stft(samples: FloatArray) -> ComplexArray:
    """Spectra ``(..., num_frames, 257)`` of sound ``(..., num_samples)``, at 16 kHz."""
    num_samples = samples.shape[-1]
    num_frames = -(-num_samples // HOP) + 1
    edges = [(0, 0)] * (samples.ndim - 1) + [(HOP, num_frames * HOP - num_samples)]
    padded = np.pad(samples, edges)
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW, axis=-1)
    spectra: ComplexArray = np.fft.rfft(frames[..., ::HOP, :] * _window()).astype(np.complex64)
    return spectra


def istft(spectra: ComplexArray, num_samples: int) -> FloatArray:
    """Sound ``(num_samples,)`` of spectra ``(num_frames, 257)``, by overlap and add."""
    frames = np.fft.irfft(spectra, WINDOW).astype(np.float32) * _window()
    halves = np.zeros((len(frames) + 1, HOP), np.float32)
    halves[:-1] += frames[:, :HOP]
    halves[1:] += frames[:, HOP:]
    return halves.reshape(-1)[HOP : HOP + num_samples]


def band_power(spectra: ComplexArray) -> FloatArray:
    """Mean power in each band, ``(..., num_frames, 64)``."""
    power = np.square(spectra.real) + np.square(spectra.imag)
    weights = band_matrix()
    mean: FloatArray = power @ (weights / weights.sum(axis=0))
    return mean


def features(power: FloatArray) -> FloatArray:
    """What a network sees of band powers ``(..., num_frames, 64)``: level-free log power.

    Decibels relative to the mean of the loudest twentieth of the frames, from -1 (80 dB below it,
    and everything under that) upwards; 1 is that level itself.
    """
    loudness = power.mean(axis=-1)
    count = max(1, loudness.shape[-1] // 20)
    top = np.partition(loudness, -count, axis=-1)[..., -count:].mean(axis=-1)
    relative = power / np.maximum(top, 1e-12)[..., None, None]
    log_power = 10 * np.log10(relative + 10 ** (-_RANGE_DB / 10))
    result: FloatArray = (log_power / (_RANGE_DB / 2) + 1).astype(np.float32)
    return result

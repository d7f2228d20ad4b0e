"""Log-mel filterbank energies, as Kaldi's ``fbank`` computes them (without dither).

Frames are 25 ms long and 10 ms apart, centred (``snip_edges=False``: the ends are mirrored), with
mean removed, pre-emphasis of 0.97 and Kaldi's "povey" window. Energies are floored at float32's
epsilon, which for samples in [-1, 1] is about the noise of 16-bit sound: digital silence looks
like the quietest recording, not like minus infinity. Source: Kaldi, ``feat/feature-fbank.cc`` and
``feat/mel-computations.cc``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sayfind.types import Audio, FloatArray

__all__ = ["FbankConfig", "fbank", "frames", "mel_matrix"]

_WINDOW_SECONDS = 0.025
_SHIFT_SECONDS = 0.010
_PREEMPHASIS = 0.97
_FLOOR = float(np.finfo(np.float32).eps)


@dataclass(frozen=True, slots=True)
class FbankConfig:
    """Bands of a filterbank, even on the mel scale between two frequencies in hertz.

    A ``high`` of zero or less counts down from half the sampling rate, as in Kaldi.
    """

    num_bands: int = 80
    low: float = 20.0
    high: float = -400.0

    def __post_init__(self) -> None:
        if self.num_bands < 3 or self.low < 0:
            raise ValueError("num_bands is at least 3 and low not negative")


def fbank(audio: Audio, config: FbankConfig = FbankConfig()) -> FloatArray:
    """Natural-log mel energies ``(num_frames, num_bands)``, one frame every 10 ms."""
    power = power_spectrum(frames(audio), audio.rate)
    energies = power @ mel_matrix(config, audio.rate).T
    result: FloatArray = np.log(np.maximum(energies, np.float32(_FLOOR)))
    return result


def frames(audio: Audio) -> FloatArray:
    """Overlapping stretches of sound ``(num_frames, window)``, the ends mirrored."""
    window, shift = round(_WINDOW_SECONDS * audio.rate), round(_SHIFT_SECONDS * audio.rate)
    num_samples = len(audio.samples)
    num_frames = (num_samples + shift // 2) // shift
    if not num_frames:
        return np.zeros((0, window), np.float32)
    first = shift // 2 - window // 2
    places = first + shift * np.arange(num_frames)[:, None] + np.arange(window)
    period = 2 * num_samples  # mirrored about the edges: -1 is 0, num_samples is num_samples - 1
    places = np.mod(places, period)
    places = np.where(places < num_samples, places, period - 1 - places)
    taken: FloatArray = audio.samples[places]
    return taken


def power_spectrum(stretches: FloatArray, rate: int) -> FloatArray:
    """Power of each frequency ``(num_frames, num_bins)`` of windowed stretches of sound."""
    window = stretches.shape[1]
    centred = stretches - stretches.mean(axis=1, keepdims=True)
    before = np.concatenate([centred[:, :1], centred[:, :-1]], axis=1)
    shaped = (centred - np.float32(_PREEMPHASIS) * before) * _povey(window)
    spectrum = np.fft.rfft(shaped, _fft_size(window))
    power: FloatArray = (np.square(spectrum.real) + np.square(spectrum.imag)).astype(np.float32)
    return power[:, : _fft_size(round(_WINDOW_SECONDS * rate)) // 2 + 1]


@lru_cache(maxsize=8)
def mel_matrix(config: FbankConfig, rate: int) -> FloatArray:
    """Triangular weights ``(num_bands, num_bins)`` of each frequency in each band."""
    size = _fft_size(round(_WINDOW_SECONDS * rate))
    high = config.high if config.high > 0 else rate / 2 + config.high
    edges = np.linspace(_mel(config.low), _mel(high), config.num_bands + 2)
    bins = _mel(np.arange(size // 2 + 1) * rate / size)
    left, centre, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (bins - left) / (centre - left), (right - bins) / (right - centre)
    weights = np.maximum(0.0, np.minimum(rising, falling))
    weights[:, -1] = 0.0  # Kaldi leaves the last bin out
    matrix: FloatArray = weights.astype(np.float32)
    return matrix


def _mel(hertz: object) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return 1127.0 * np.log1p(np.asarray(hertz, np.float64) / 700.0)


@lru_cache(maxsize=8)
def _povey(window: int) -> FloatArray:
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / (window - 1))
    shape: FloatArray = (hann**0.85).astype(np.float32)
    return shape


def _fft_size(window: int) -> int:
    return 1 << (window - 1).bit_length()

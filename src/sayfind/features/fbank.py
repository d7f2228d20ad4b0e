"""Log-mel filterbank energies, as Kaldi's ``fbank`` computes them (without dither).

Frames are 25 ms long and 10 ms apart, centred (``snip_edges=False``: the ends are mirrored), with
mean removed, pre-emphasis of 0.97 and Kaldi's "povey" window. Energies are floored at float32's
epsilon, which for samples in [-1, 1] is about the noise of 16-bit sound: digital silence looks
like the quietest recording, not like minus infinity. Source: Kaldi, ``feat/feature-fbank.cc`` and
``feat/mel-computations.cc``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from sayfind.types import Audio, FloatArray

__all__ = ["FbankConfig", "FbankStream", "fbank", "frames", "mel_matrix"]

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
    return _energies(frames(audio), audio.rate, config)


def _energies(stretches: FloatArray, rate: int, config: FbankConfig) -> FloatArray:
    energies = power_spectrum(stretches, rate) @ mel_matrix(config, rate).T
    result: FloatArray = np.log(np.maximum(energies, np.float32(_FLOOR)))
    return result


@dataclass(frozen=True, slots=True)
class FbankStream:
    """``fbank`` of sound that comes in pieces: a value; ``step`` gives the next one.

    Attributes:
        rate: Of the sound, in hertz.
        samples: What is still needed of it; ``begun`` says whether frames have been given.
    """

    rate: int
    config: FbankConfig = FbankConfig()
    samples: FloatArray = field(default_factory=lambda: np.zeros(0, np.float32))
    begun: bool = False

    def step(self, samples: FloatArray) -> tuple[FbankStream, FloatArray]:
        """After some more samples, and the frames ``(num_frames, num_bands)`` that are whole."""
        window, shift, reach = self._sizes()
        known = np.concatenate([self.samples, samples.astype(np.float32, copy=False)])
        begun = self.begun or len(known) >= window - reach
        if begun and not self.begun:
            known = np.concatenate([known[:reach][::-1], known])
        count = max(0, (len(known) - window) // shift + 1) if begun else 0
        after = replace(self, samples=known[count * shift :], begun=begun)
        return after, self._frames(known, count)

    def finish(self) -> FloatArray:
        """The frames that reach over the end of the sound."""
        if not self.begun:
            return fbank(Audio(self.samples, self.rate), self.config)
        window, shift, reach = self._sizes()
        count = (len(self.samples) - reach + shift // 2) // shift
        missing = (count - 1) * shift + window - len(self.samples)
        known = np.concatenate([self.samples, self.samples[::-1][: max(0, missing)]])
        return self._frames(known, count)

    def _sizes(self) -> tuple[int, int, int]:
        """Samples of a frame, between frames, and of the first one before the sound."""
        window, shift = round(_WINDOW_SECONDS * self.rate), round(_SHIFT_SECONDS * self.rate)
        return window, shift, window // 2 - shift // 2

    def _frames(self, samples: FloatArray, count: int) -> FloatArray:
        if not count:
            return np.zeros((0, self.config.num_bands), np.float32)
        window, shift, _ = self._sizes()
        stretches = np.lib.stride_tricks.sliding_window_view(samples, window)[::shift][:count]
        return _energies(stretches, self.rate, self.config)


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

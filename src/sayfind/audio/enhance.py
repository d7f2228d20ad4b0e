"""Keeps the voice that is near and turns down what is far: talkers behind, noise, music.

A small recurrent network (docs/models/near-voice.md) looks at the whole recording and gives, for
each of 64 bands every 16 ms, the share of the magnitude that belongs to the near voice. What it
takes for background is turned down, never fully muted: recognisers were trained on rooms, not on
digital silence. In the bundled network's measurements recognition in babble did not improve.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sayfind.audio.onnx import MODELS, open_model
from sayfind.audio.resample import resample
from sayfind.audio.spectrum import band_matrix, band_power, features, istft, stft
from sayfind.types import Audio, FloatArray

__all__ = ["Enhanced", "Enhancer", "EnhancerConfig"]


@dataclass(frozen=True, slots=True)
class EnhancerConfig:
    """How hard the background is turned down, and when not at all.

    Attributes:
        floor_db: No part is turned down further than this, in decibels.
        bypass_snr_db: Recordings whose estimated near-to-background ratio is at least this stay
            untouched: there is nothing to win, and a mask always costs a little speech.
    """

    floor_db: float = -20.0
    bypass_snr_db: float = 25.0

    def __post_init__(self) -> None:
        if self.floor_db > 0:
            raise ValueError("floor_db is a gain of at most 0 dB")


@dataclass(frozen=True, slots=True)
class Enhanced:
    """A recording with its background turned down, and how much background there was.

    ``snr_db`` is the network's estimate of the near voice's level over the background's.
    """

    audio: Audio
    snr_db: float


class Enhancer:
    """Near-voice enhancement on one core."""

    def __init__(self, config: EnhancerConfig | None = None, model: Path | None = None) -> None:
        """Open the bundled network, or another with the same inputs.

        Raises:
            ModelError: the network cannot be opened.
        """
        self.config = config or EnhancerConfig()
        self._session = open_model(model or MODELS / "near_voice.onnx")

    def enhance(self, audio: Audio) -> Audio:
        """The recording at 16 kHz with its background turned down, if it has any to speak of."""
        enhanced = self.separate(audio)
        quiet_enough = enhanced.snr_db >= self.config.bypass_snr_db
        return resample(audio) if quiet_enough else enhanced.audio

    def separate(self, audio: Audio) -> Enhanced:
        """The recording with its background turned down in any case, and the estimated ratio."""
        audio = resample(audio)
        spectra = stft(audio.samples)
        power = band_power(spectra)
        if not power.any():
            return Enhanced(audio, np.inf)
        mask = self._mask(power)
        gain = np.maximum(mask, np.float32(10 ** (self.config.floor_db / 20))) @ band_matrix().T
        samples = istft(spectra * gain, len(audio.samples))
        return Enhanced(Audio(samples, audio.rate), _snr(power, mask))

    def _mask(self, power: FloatArray) -> FloatArray:
        mask: FloatArray = self._session.run(None, {"features": features(power)[:, None]})[0][:, 0]
        return mask


def _snr(power: FloatArray, mask: FloatArray) -> float:
    """Level of the near voice where it speaks over the background's everywhere, in decibels."""
    widths = band_matrix().sum(axis=0)
    near = (power * np.square(mask)) @ widths
    far = (power * np.square(1 - mask)) @ widths
    speaking = near >= 10 ** (-15.9 / 10) * near.mean()
    return 10 * float(np.log10(max(near[speaking].mean(), 1e-20) / max(far.mean(), 1e-20)))

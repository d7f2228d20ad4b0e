"""How likely a short utterance is Mandarin and not English, by a tiny network.

``ears.bilingual`` weighs it with what else is known. See docs/models/spoken-language.md for what it
was trained on and how often it is wrong.
"""

from __future__ import annotations

from pathlib import Path

from sayfind.audio.onnx import MODELS, open_model
from sayfind.audio.resample import resample
from sayfind.audio.spectrum import band_power, features, stft
from sayfind.types import Audio

__all__ = ["SpokenLanguage"]

_SHORTEST = 0.25  # seconds of sound under which nothing is claimed


class SpokenLanguage:
    """Mandarin or English, on one core."""

    def __init__(self, model: Path | None = None) -> None:
        """Open the bundled network, or another with the same inputs.

        Raises:
            ModelError: the network cannot be opened.
        """
        self._session = open_model(model or MODELS / "spoken_language.onnx")

    def probability(self, audio: Audio) -> float:
        """Probability that the utterance is Mandarin, where both languages are as likely before.

        Give it the speech alone (after voice activity detection). Where there is next to no
        sound, nothing is known: 0.5.
        """
        audio = resample(audio)
        if audio.seconds < _SHORTEST or not audio.samples.any():
            return 0.5
        seen = features(band_power(stft(audio.samples))).T[None]
        return float(self._session.run(None, {"features": seen})[0].reshape(()))

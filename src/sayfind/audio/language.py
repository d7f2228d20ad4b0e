"""Whether a short utterance is Mandarin or English, by a tiny network.

See docs/models/spoken-language.md for what it was trained on and how often it is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sayfind.audio.onnx import MODELS, open_model
from sayfind.audio.resample import resample
from sayfind.audio.spectrum import band_power, features, stft
from sayfind.types import Audio

__all__ = ["LanguageConfig", "SpokenLanguage"]

_SHORTEST = 0.25  # seconds of sound under which nothing is claimed


@dataclass(frozen=True, slots=True)
class LanguageConfig:
    """``threshold``: from this probability on, an utterance counts as Mandarin."""

    threshold: float = 0.98

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1:
            raise ValueError("threshold is a probability above 0")


class SpokenLanguage:
    """Mandarin or English, on one core."""

    def __init__(self, config: LanguageConfig | None = None, model: Path | None = None) -> None:
        """Open the bundled network, or another with the same inputs.

        Raises:
            ModelError: the network cannot be opened.
        """
        self.config = config or LanguageConfig()
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

    def is_mandarin(self, audio: Audio) -> bool:
        """Whether the probability reaches the configured threshold."""
        return self.probability(audio) >= self.config.threshold

"""Whether a sound that woke the voice activity detection is speech: a sneeze and a bark are not.

Six measures of it, of the detector's own probabilities and of the phones that our acoustic model
hears, are weighed by a logistic model. It was fitted on household noises and on recordings of
people by ``sayfind.training.recipes.speech_judge``, which writes its file (docs/activation.md).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sayfind.acoustic.ctc import CtcAcousticModel
from sayfind.audio.onnx import MODELS
from sayfind.audio.vad import FRAME_SECONDS, SileroVad
from sayfind.errors import ModelError
from sayfind.types import Audio, FloatArray, Posteriors

__all__ = ["JUDGE", "MEASURES", "JudgeWeights", "SpeechJudge"]

JUDGE = MODELS / "speech_judge.json"
"""The fitted weights."""

MEASURES = ("vad_mean", "vad_highest", "vad_seconds", "phone_rate", "phone_surety", "phone_doubt")
"""What is measured; ``SpeechJudge.measures`` has them in this order."""

_MARGIN = 0.3  # seconds around the speech that the acoustic model hears with it
_HEARD = 3.0  # seconds at most that it hears: a longer sound is not judged better, only later

Spans = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class JudgeWeights:
    """A logistic model: ``weights @ (measures - mean) / scale + bias`` reaches ``threshold``."""

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    threshold: float

    def __post_init__(self) -> None:
        if {len(self.mean), len(self.scale), len(self.weights)} != {len(MEASURES)}:
            raise ValueError(f"a judge weighs {len(MEASURES)} measures")
        if min(self.scale) <= 0:
            raise ValueError("every scale is positive")

    def score(self, measures: FloatArray) -> FloatArray:
        """Log-odds of speech for ``(..., 6)`` measures, noises and speech being as frequent."""
        scaled = (np.asarray(measures, np.float64) - self.mean) / self.scale
        result: FloatArray = scaled @ np.array(self.weights) + self.bias
        return result

    def save(self, path: Path) -> None:
        """Write the weights as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def open(cls, path: Path = JUDGE) -> JudgeWeights:
        """Read what ``save`` wrote.

        Raises:
            ModelError: the file is missing or no such weights.
        """
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            told: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value
                for name, value in values.items()
            }
            return cls(**told)
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise ModelError(f"Cannot read the speech judge in {path}; reinstall it.") from error


class SpeechJudge:
    """Tells speech from other sounds; safe to share between threads."""

    def __init__(
        self,
        weights: JudgeWeights | None = None,
        acoustic: CtcAcousticModel | None = None,
        vad: SileroVad | None = None,
    ) -> None:
        """Open the bundled weights and models, where none are given.

        Raises:
            ModelError: a model is missing or damaged.
        """
        self.weights = weights or JudgeWeights.open()
        self._acoustic = acoustic or CtcAcousticModel()
        self._vad = vad or SileroVad()

    def is_speech(self, audio: Audio, speech: Spans) -> bool:
        """Whether somebody speaks in the (start, end) seconds that were taken for speech."""
        score = self.weights.score(self.measures(audio, speech))
        return bool(score >= self.weights.threshold)

    def measures(self, audio: Audio, speech: Spans) -> FloatArray:
        """What is weighed, in the order of ``MEASURES``; ``speech`` holds at least one stretch."""
        start = max(0.0, speech[0][0] - _MARGIN)
        heard = audio.window(start, min(speech[-1][1] + _MARGIN, start + _HEARD))
        within = tuple((first - start, last - start) for first, last in speech)
        found = [
            *_of_detector(self._vad.probabilities(audio), speech),
            *_of_phones(self._acoustic.posteriors(heard), within),
        ]
        return np.array(found, np.float32)


def _of_detector(probabilities: FloatArray, speech: Spans) -> tuple[float, float, float]:
    """Mean and highest probability in the speech; log of the seconds likelier speech than not."""
    inside = probabilities[_frames(speech, FRAME_SECONDS, len(probabilities))]
    seconds = float(probabilities[probabilities > 0.5].sum()) * FRAME_SECONDS
    return float(inside.mean()), float(inside.max()), float(np.log(seconds + 1e-3))


def _of_phones(posteriors: Posteriors, speech: Spans) -> tuple[float, float, float]:
    """Phones a second; how sure which phone it is, where it is one; mean entropy of the frames."""
    log_probs = posteriors.log_probs
    inside = _frames(speech, posteriors.frame_shift, len(log_probs))
    if not inside.any():
        return 0.0, 0.0, 0.0
    best = log_probs.argmax(axis=1)
    starts = (best != 0) & (best != np.concatenate([[0], best[:-1]]))
    rows = np.exp(log_probs[inside].astype(np.float64))
    phones = rows[:, 1:].sum(axis=1)
    surety = rows[:, 1:].max(axis=1).sum() / max(float(phones.sum()), 1e-6)
    doubt = -(rows * np.log(np.maximum(rows, 1e-12))).sum(axis=1).mean()
    seconds = float(inside.sum()) * posteriors.frame_shift
    return float(starts.sum()) / seconds, float(surety), float(doubt)


def _frames(spans: Spans, shift: float, count: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which of ``count`` frames of ``shift`` seconds lie in one of the spans; one at least."""
    inside = np.zeros(count, np.bool_)
    for start, end in spans:
        inside[int(start / shift) : int(np.ceil(end / shift))] = True
    if count and not inside.any():
        inside[-1] = True
    return inside

"""Our own ears: sound to posteriors over phones, on onnxruntime, without torch.

Knows the ONNX files that ``sayfind.training.export_ears`` writes; nothing about words. All
normalisation is inside the model, so that training and serving cannot differ. What is quiet before
and after the speech is no part of the utterance that it normalises over, as it was none in
training: so a run of digital silence there changes nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from sayfind.audio import RATE
from sayfind.audio.onnx import MODELS, open_model
from sayfind.errors import AudioError, ModelError
from sayfind.features.fbank import fbank
from sayfind.types import Audio, FloatArray, Posteriors

__all__ = [
    "EARS",
    "EDGE_FRAMES",
    "QUIET_NEPERS",
    "RARE_LOG_PROB",
    "CtcAcousticModel",
    "loud_part",
]

EARS = MODELS / "ears.onnx"
"""The bundled model (docs/models/ears.md)."""


_SUBSAMPLING = 3  # frames of 10 ms to a row
RARE_LOG_PROB = -14.0
"""Of a phone where it is quiet."""
QUIET_NEPERS = 6.0
"""Power below the loudest frame that is not loud any more."""
EDGE_FRAMES = 25
"""Frames before and after what is loud that belong to it, as in training."""


def loud_part(log_mel: FloatArray) -> tuple[int, int]:
    """First frame of what is loud, and the one after its last, a quarter of a second around it."""
    if not len(log_mel):
        return 0, 0
    power = np.log(np.exp(log_mel).sum(axis=1))
    loud = np.flatnonzero(power >= power.max() - QUIET_NEPERS)
    return max(0, int(loud[0]) - EDGE_FRAMES), min(len(log_mel), int(loud[-1]) + 1 + EDGE_FRAMES)


class CtcAcousticModel:
    """An ``AcousticModel`` of English and Mandarin phones. Safe to share between threads."""

    def __init__(self, path: Path = EARS) -> None:
        """Open a model; one utterance is heard on one core.

        Raises:
            ModelError: the file is missing, damaged, or no acoustic model of ours.
        """
        self._session = open_model(path)
        notes: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
        names = [given.name for given in self._session.get_inputs()]
        if names != ["log_mel", "lengths"] or not {"tokens", "frame_shift"} <= notes.keys():
            raise ModelError(f"The model {path} is not an acoustic model of sayfind; reinstall it.")
        self.tokens = tuple(notes["tokens"].split(" "))
        self.frame_shift = float(notes["frame_shift"])

    def posteriors(self, audio: Audio) -> Posteriors:
        """Log-probabilities of the blank and of every phone, one row every 30 ms.

        Raises:
            AudioError: the sound has another rate than 16 kHz, or samples that are no numbers.
        """
        if audio.rate != RATE:
            raise AudioError(f"The ears hear {RATE} Hz, not {audio.rate}; use load_audio().")
        if not np.isfinite(audio.samples).all():
            raise AudioError("The sound holds samples that are not numbers.")
        return Posteriors(self._padded(fbank(audio)), self.frame_shift, self.tokens)

    def _padded(self, log_mel: FloatArray) -> FloatArray:
        """The rows of the loud part; certain blanks where it is quiet before and after."""
        first, last = loud_part(log_mel)
        heard = self.log_probs(log_mel[first:last])
        rows = np.full(
            (-(-len(log_mel) // _SUBSAMPLING), len(self.tokens)), RARE_LOG_PROB, np.float32
        )
        rows[:, 0] = np.log1p(-(len(self.tokens) - 1) * np.exp(RARE_LOG_PROB))
        start = first // _SUBSAMPLING
        rows[start : start + len(heard)] = heard
        return rows

    def log_probs(self, log_mel: FloatArray) -> FloatArray:
        """``(num_frames, num_tokens)`` of log-mel energies ``(time, 80)`` every 10 ms."""
        if not len(log_mel):
            return np.zeros((0, len(self.tokens)), np.float32)
        given: dict[str, Any] = {
            "log_mel": np.ascontiguousarray(log_mel[None], np.float32),
            "lengths": np.array([len(log_mel)], np.int64),
        }
        result: FloatArray = self._session.run(["log_probs"], given)[0][0]
        return result

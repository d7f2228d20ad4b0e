"""Our own ears: sound to posteriors over phones, on onnxruntime, without torch.

Knows the ONNX files that ``sayfind.training.export_ears`` writes; nothing about words. All
normalisation is inside the model, so that training and serving cannot differ.
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

__all__ = ["EARS", "CtcAcousticModel"]

EARS = MODELS / "ears.onnx"
"""The bundled model (docs/models/ears.md)."""


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
        return Posteriors(self.log_probs(fbank(audio)), self.frame_shift, self.tokens)

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

"""A wav2vec 2.0 or HuBERT model with CTC, in the folder where Transformers saved it.

Knows Transformers (``pip install 'sayfind[transfer]'``); nothing is fetched from anywhere. Its
tokens are characters, so that a lexicon for it is ``{word: [spelled(word)]}``.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from sayfind.acoustic.tokens import BLANK
from sayfind.audio import RATE
from sayfind.errors import AudioError, ModelError, require
from sayfind.types import Audio, FloatArray, Posteriors

__all__ = ["TransformersAcousticModel", "cased", "open_transformers", "samples_per_row"]

_SHORTEST = 400  # samples that give a row


def open_transformers(folder: Path) -> tuple[Any, Any]:
    """The model and its processor.

    Raises:
        MissingExtraError: Transformers is not installed.
        ModelError: the folder holds no CTC model with its processor.
    """
    library = require("transformers", "transfer")
    try:
        model = library.AutoModelForCTC.from_pretrained(folder, local_files_only=True)
        processor = library.AutoProcessor.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(f"{folder} holds no CTC model of Transformers: {reason}") from error
    if not hasattr(processor, "tokenizer"):
        raise ModelError(f"{folder} holds no tokeniser; save the whole processor there.")
    return model, processor


def samples_per_row(model: Any) -> int:
    """How many samples lie between two rows."""
    return math.prod(model.config.conv_stride)


def cased(text: str, vocabulary: Any) -> str:
    """A text in the case that a vocabulary knows: many know only capitals."""
    return text.upper() if "E" in vocabulary and "e" not in vocabulary else text.lower()


class TransformersAcousticModel:
    """An ``AcousticModel`` over characters. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        """Open a model that is on disk.

        Raises:
            MissingExtraError: Transformers or torch is not installed.
            ModelError: the folder holds no such model.
        """
        self._torch = require("torch", "transfer")
        self._model, self._processor = open_transformers(folder)
        self._model.eval()
        vocabulary = self._processor.tokenizer.get_vocab()
        names = sorted(vocabulary, key=vocabulary.__getitem__)[: self._model.config.vocab_size]
        blank = self._model.config.pad_token_id
        self._order = [blank, *(n for n in range(len(names)) if n != blank)]
        self.tokens = (BLANK, *(names[number] for number in self._order[1:]))
        self.frame_shift = samples_per_row(self._model) / RATE

    def spelled(self, word: str) -> tuple[str, ...]:
        """The tokens of a word, without what parts it from others; empty if it has unknown ones."""
        text = cased(word, self.tokens)
        return tuple(text) if set(text) <= set(self.tokens) else ()

    def posteriors(self, audio: Audio) -> Posteriors:
        """Log-probabilities of the blank and of every character.

        Raises:
            AudioError: the sound has another rate than 16 kHz, or samples that are no numbers.
        """
        if audio.rate != RATE:
            raise AudioError(f"The model hears {RATE} Hz, not {audio.rate}; use load_audio().")
        if not np.isfinite(audio.samples).all():
            raise AudioError("The sound holds samples that are not numbers.")
        return Posteriors(self._log_probs(audio.samples), self.frame_shift, self.tokens)

    def _log_probs(self, samples: FloatArray) -> FloatArray:
        if len(samples) < _SHORTEST:
            return np.zeros((0, len(self.tokens)), np.float32)
        given = self._processor(samples, sampling_rate=RATE, return_tensors="pt")
        with self._torch.no_grad():
            logits = self._model(given.input_values).logits[0].float()
        rows = self._torch.log_softmax(logits[:, self._order], dim=-1)
        result: FloatArray = rows.numpy()
        return result

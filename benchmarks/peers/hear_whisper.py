"""Whisper by transformers, with a model that the user has on disk; greedy."""

from __future__ import annotations

from typing import Any

from benchmarks.peers.peer import Material, NotNamedError

from sayfind.errors import ModelError, require
from sayfind.types import Audio

__all__ = ["WhisperPeer"]

MAX_TOKENS = 64  # a spoken query has no more


class WhisperPeer:
    """A general recogniser without any word of the shop."""

    def __init__(self, material: Material) -> None:
        """Load the model.

        Raises:
            NotNamedError: no model was named.
            ModelError: there is no such model.
        """
        if material.whisper is None:
            raise NotNamedError("Name a model folder with --whisper-model.")
        self._torch: Any = require("torch", "train")
        transformers: Any = require("transformers", "peers")
        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        folder = str(material.whisper)
        try:
            self._processor = transformers.WhisperProcessor.from_pretrained(
                folder, local_files_only=True
            )
            self._model = transformers.WhisperForConditionalGeneration.from_pretrained(
                folder, local_files_only=True
            ).eval()
        except (OSError, ValueError) as error:
            raise ModelError(f"{folder} is no Whisper model that transformers can open.") from error

    def hear(self, audio: Audio) -> str:
        """Its text, special tokens left out."""
        features = self._processor(
            audio.samples, sampling_rate=audio.rate, return_tensors="pt"
        ).input_features
        with self._torch.no_grad():
            tokens = self._model.generate(features, max_new_tokens=MAX_TOKENS)
        (text,) = self._processor.batch_decode(tokens, skip_special_tokens=True)
        return str(text).strip()

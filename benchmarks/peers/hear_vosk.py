"""vosk with a model that the user has on disk, as its own examples call it."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.peers.peer import Material, NotNamedError, pcm

from sayfind.errors import ModelError, require
from sayfind.types import Audio

__all__ = ["VoskPeer"]


class VoskPeer:
    """A Kaldi recogniser over the model's own vocabulary."""

    def __init__(self, material: Material) -> None:
        """Load the model.

        Raises:
            NotNamedError: no model was named.
            ModelError: there is no such model.
        """
        if material.vosk is None:
            raise NotNamedError("Name a model folder with --vosk-model.")
        self._vosk: Any = require("vosk", "peers")
        if not (material.vosk / "am").is_dir() and not (material.vosk / "final.mdl").is_file():
            raise ModelError(f"{material.vosk} is no vosk model: it has neither am/ nor final.mdl.")
        self._vosk.SetLogLevel(-1)
        self._model = self._vosk.Model(str(material.vosk))

    def hear(self, audio: Audio) -> str:
        """Its best reading."""
        recognizer = self._vosk.KaldiRecognizer(self._model, audio.rate)
        recognizer.AcceptWaveform(pcm(audio))
        return str(json.loads(recognizer.FinalResult()).get("text", ""))

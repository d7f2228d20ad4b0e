"""Kaldi models by vosk, with a model that is on disk.

Knows vosk (``pip install 'sayfind[kaldi]'``) and its JSON. A list of phrases becomes the grammar:
only they, and what is none of them, can be heard. Kaldi can compile one for a model with a
run-time graph only, and only from words that the model knows; what cannot act is told in ``notes``,
or refused where nothing of it can.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sayfind.audio import RATE
from sayfind.errors import AudioError, ConfigError, ModelError, require
from sayfind.types import Audio, Context, Hypothesis, NBest, Word

__all__ = ["VoskConfig", "VoskRecognizer", "vosk_readings"]

_UNKNOWN = "[unk]"


@dataclass(frozen=True, slots=True)
class VoskConfig:
    """``scale`` flattens Kaldi's scores of alternatives into probabilities."""

    num_hypotheses: int = 10
    scale: float = 0.1

    def __post_init__(self) -> None:
        if self.num_hypotheses < 1 or self.scale <= 0:
            raise ValueError("num_hypotheses is at least 1 and scale positive")


class VoskRecognizer:
    """A ``Recognizer`` over a Kaldi model; threads may share it."""

    def __init__(
        self, folder: Path, phrases: Sequence[str] = (), config: VoskConfig | None = None
    ) -> None:
        """Open a model; with ``phrases``, hear nothing else. ``notes`` says which cannot be heard.

        Raises:
            MissingExtraError: vosk is not installed.
            ModelError: the folder holds no model of vosk.
            ConfigError: none of the phrases can act.
        """
        self._vosk: Any = require("vosk", "kaldi")
        if not (folder / "am").is_dir() and not (folder / "final.mdl").is_file():
            raise ModelError(f"{folder} is no vosk model: it has neither am/ nor final.mdl.")
        self.config = config or VoskConfig()
        self._vosk.SetLogLevel(-1)
        try:
            self._model = self._vosk.Model(str(folder))
        except Exception as error:  # vosk has no kind of its own
            raise ModelError(f"vosk cannot open {folder}; unpack the model again.") from error
        self.notes: tuple[str, ...] = ()
        self._grammar = self._compiled(folder, phrases) if phrases else ""

    def _compiled(self, folder: Path, phrases: Sequence[str]) -> str:
        if not any(folder.rglob("Gr.fst")):
            raise ConfigError(
                f"The phrases cannot act: {folder} has a fixed graph; "
                "take a model with HCLr.fst and Gr.fst."
            )
        known = [p for p in phrases if all(self._knows(word) for word in p.split())]
        if not known:
            raise ConfigError("The phrases cannot act: the model knows the words of none of them.")
        if len(known) < len(phrases):
            self.notes = (
                f"{len(phrases) - len(known)} of {len(phrases)} phrases cannot be heard: "
                "the Kaldi model does not know their words.",
            )
        return json.dumps([*known, _UNKNOWN], ensure_ascii=False)

    def _knows(self, word: str) -> bool:
        return bool(self._model.vosk_model_find_word(word) >= 0)

    def recognize(self, audio: Audio, context: Context) -> NBest:
        """The readings of one 16 kHz utterance, times in seconds from its start.

        Raises:
            AudioError: the sound has another rate.
        """
        if audio.rate != RATE:
            raise AudioError(f"The ears hear {RATE} Hz, not {audio.rate}; use load_audio().")
        given = (self._model, RATE, *([self._grammar] if self._grammar else []))
        recognizer = self._vosk.KaldiRecognizer(*given)
        recognizer.SetMaxAlternatives(self.config.num_hypotheses)
        recognizer.SetWords(True)
        pcm = (np.clip(audio.samples, -1, 1) * 32767).astype("<i2").tobytes()
        heard = [recognizer.Result()] if pcm and recognizer.AcceptWaveform(pcm) else []
        n_best = vosk_readings([*heard, recognizer.FinalResult()], self.config.scale)
        return NBest(n_best.hypotheses, n_best.probabilities, context.language)


def vosk_readings(results: Sequence[str], scale: float = 0.1) -> NBest:
    """What vosk's JSON says; of several results (a long pause ends one) the longest counts.

    >>> vosk_readings(['{"alternatives": [{"confidence": 9.0, "text": "oat milk"}]}']).text
    'oat milk'
    """
    each = [json.loads(result).get("alternatives", []) for result in results]
    alternatives: list[dict[str, Any]] = max(
        each, key=lambda a: len(a[0]["text"]) if a else 0, default=[]
    )
    found: dict[str, tuple[float, Hypothesis]] = {}
    for alternative in alternatives:
        text = " ".join(w for w in alternative["text"].split() if w != _UNKNOWN)
        if text and text not in found:
            score = scale * float(alternative["confidence"])
            words = tuple(
                Word(str(w["word"]), float(w["start"]), float(w["end"]))
                for w in alternative.get("result", [])
                if w["word"] != _UNKNOWN
            )
            found[text] = score, Hypothesis(text, {"decoder": score}, words)
    return NBest.from_scores([h for _, h in found.values()], [s for s, _ in found.values()])

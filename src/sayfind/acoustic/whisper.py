"""Whisper, in the folder where Transformers saved it.

Knows Transformers (``pip install 'sayfind[whisper]'``); nothing is fetched from anywhere. The
n-best list is its beams. A list of phrases becomes the prompt, the text that Whisper believes to
have gone before: it leans towards such words and no more, and only half of its window has room
for it; ``notes`` says how much was left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sayfind.audio import RATE
from sayfind.errors import AudioError, ConfigError, ModelError, require
from sayfind.types import Audio, Context, Hypothesis, Language, NBest

__all__ = ["WhisperConfig", "WhisperRecognizer"]

_SHORTEST = 0.1  # seconds in which something can be said


@dataclass(frozen=True, slots=True)
class WhisperConfig:
    """``num_beams`` readings (2 or more) are searched and handed on; ``max_tokens`` end one."""

    num_beams: int = 5
    max_tokens: int = 64

    def __post_init__(self) -> None:
        if self.num_beams < 2 or self.max_tokens < 1:
            raise ValueError("num_beams is at least 2 and max_tokens at least 1")


class WhisperRecognizer:
    """A ``Recognizer`` by Whisper; threads may share it."""

    def __init__(
        self, folder: Path, phrases: Sequence[str] = (), config: WhisperConfig | None = None
    ) -> None:
        """Open a model that is on disk; it leans towards ``phrases``, the first of them surely.

        Raises:
            MissingExtraError: Transformers or torch is not installed.
            ModelError: the folder holds no Whisper with its processor.
            ConfigError: not one of the phrases has room in the prompt.
        """
        library = require("transformers", "whisper")
        self._torch: Any = require("torch", "whisper")
        self.config = config or WhisperConfig()
        try:
            model = library.WhisperForConditionalGeneration.from_pretrained(
                folder, local_files_only=True
            )
            self._processor = library.WhisperProcessor.from_pretrained(
                folder, local_files_only=True
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            reason = str(error).splitlines()[0]
            raise ModelError(f"{folder} holds no Whisper of Transformers: {reason}") from error
        self._model = model.eval()
        self.notes: tuple[str, ...] = ()
        self._generate: Any = library.GenerationMixin.generate
        self._prompt = self._prompted(phrases) if phrases else []

    def _prompted(self, phrases: Sequence[str]) -> list[int]:
        """The phrases that have room, as the tokens of what went before."""
        room = self._model.config.max_target_positions // 2 - 1
        kept: list[str] = []
        for phrase in phrases:
            if len(self._prompt_ids([*kept, phrase])) > room:
                break
            kept.append(phrase)
        if not kept:
            raise ConfigError("The phrases cannot act: the first has no room in Whisper's prompt.")
        if len(kept) < len(phrases):
            self.notes = (
                f"Whisper leans towards the first {len(kept)} of {len(phrases)} phrases: "
                "its prompt has no room for more.",
            )
        return self._prompt_ids(kept)

    def _prompt_ids(self, phrases: Sequence[str]) -> list[int]:
        return list(self._processor.get_prompt_ids(", ".join(phrases)))

    def recognize(self, audio: Audio, context: Context) -> NBest:
        """The beams as readings of one 16 kHz utterance (without times), each with its
        log-probability as ``decoder``.

        Raises:
            AudioError: the sound has another rate, or samples that are no numbers.
        """  # noqa: D205
        if audio.rate != RATE:
            raise AudioError(f"The ears hear {RATE} Hz, not {audio.rate}; use load_audio().")
        if not np.isfinite(audio.samples).all():
            raise AudioError("The sound holds samples that are not numbers.")
        if audio.seconds < _SHORTEST or not audio.samples.any():
            return NBest()
        tokens, means = self._generated(audio, context.language)
        found: dict[str, float] = {}
        for row, mean in zip(tokens, means, strict=True):
            text = self._processor.tokenizer.decode(row, skip_special_tokens=True).strip()
            length = int((row != self._model.config.pad_token_id).sum())
            if text:
                found[text] = max(found.get(text, -np.inf), float(mean) * length)
        hypotheses = [Hypothesis(text, {"decoder": score}) for text, score in found.items()]
        return NBest.from_scores(hypotheses, list(found.values()), context.language)

    def _generated(self, audio: Audio, language: Language) -> tuple[Any, Any]:
        """Tokens of each beam, and its mean log-probability by token.

        Whisper's own ``generate`` hands on one beam only, the general one all of them.
        """
        torch, config = self._torch, self.config
        features = self._processor(audio.samples, sampling_rate=RATE, return_tensors="pt")
        with torch.no_grad():
            begun = torch.tensor([[*self._prompt, *self._begun(features, language)]])
            made = self._generate(
                self._model, features.input_features, decoder_input_ids=begun,
                decoder_attention_mask=torch.ones_like(begun), do_sample=False,
                num_beams=config.num_beams, num_return_sequences=config.num_beams,
                max_new_tokens=config.max_tokens, max_length=None,
                return_dict_in_generate=True, output_scores=True,
            )  # fmt: skip
        return made.sequences[:, begun.shape[1] :], made.sequences_scores

    def _begun(self, features: Any, language: Language) -> list[int]:
        """The tokens by which Whisper is told the task, and the language if it knows several."""
        number = self._processor.tokenizer.convert_tokens_to_ids
        begun = [self._model.config.decoder_start_token_id]
        if getattr(self._model.generation_config, "is_multilingual", False):
            heard = (
                int(self._model.detect_language(features.input_features)[0])
                if language is Language.AUTO
                else number(f"<|{language.value}|>")
            )
            begun += [heard, number("<|transcribe|>")]
        return [*begun, number("<|notimestamps|>")]

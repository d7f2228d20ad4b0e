"""Models of sherpa-onnx, in a folder as it ships them: Zipformer, Paraformer, SenseVoice, more.

Knows sherpa-onnx (``pip install 'sayfind[sherpa]'``) and the names of its files. It gives one
reading. Phrases act on transducers only; for all others they are refused, and the text that is
heard is left to correction, which looks for names that sound so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sayfind.errors import ConfigError, ModelError, require
from sayfind.types import Audio, Context, Hypothesis, NBest

__all__ = ["SherpaConfig", "SherpaRecognizer", "sherpa_files"]

_SHORTEST = 0.1  # seconds
_TRANSDUCER = "from_transducer"
_SINGLE = {
    "sense-voice": ("from_sense_voice", "model"),
    "paraformer": ("from_paraformer", "paraformer"),
    "zipformer-ctc": ("from_zipformer_ctc", "model"),
    "wenet": ("from_wenet_ctc", "model"),
    "nemo": ("from_nemo_ctc", "model"),
    "telespeech": ("from_telespeech_ctc", "model"),
    "dolphin": ("from_dolphin_ctc", "model"),
}
"""A piece of the folder's name: sherpa-onnx's constructor, and its word for the one file."""
_PARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "moonshine": (
        "from_moonshine",
        ("preprocess", "encode", "uncached_decode", "cached_decode"),
    ),
    "whisper": ("from_whisper", ("encoder", "decoder")),
    "fire-red": ("from_fire_red_asr", ("encoder", "decoder")),
}
_FILE_WORDS = {
    "preprocess": "preprocessor",
    "encode": "encoder",
    "uncached_decode": "uncached_decoder",
    "cached_decode": "cached_decoder",
}


@dataclass(frozen=True, slots=True)
class SherpaConfig:
    """``hotwords_score`` is what a phrase gains by token (natural log), ``modeling_unit`` how
    phrases are cut into tokens (``cjkchar``, ``bpe``, ``cjkchar+bpe``).
    """  # noqa: D205

    num_threads: int = 1
    hotwords_score: float = 1.5
    modeling_unit: str = "cjkchar"
    num_active_paths: int = 4

    def __post_init__(self) -> None:
        if self.num_threads < 1 or self.num_active_paths < 1:
            raise ValueError("num_threads and num_active_paths are at least 1")


class SherpaRecognizer:
    """A ``Recognizer`` by sherpa-onnx; threads may share it."""

    def __init__(
        self, folder: Path, phrases: Sequence[str] = (), config: SherpaConfig | None = None
    ) -> None:
        """Open a model; a transducer leans towards ``phrases``.

        Raises:
            MissingExtraError: sherpa-onnx is not installed.
            ModelError: the folder holds no model that is known here, or a damaged one.
            ConfigError: phrases for a model that cannot use them.
        """
        sherpa: Any = require("sherpa_onnx", "sherpa")
        self.config = config or SherpaConfig()
        constructor, files = sherpa_files(folder)
        if phrases and constructor != _TRANSDUCER:
            raise ConfigError(
                "The phrases cannot act: sherpa-onnx biases transducers only, and this model is "
                "none; leave them to correction."
            )
        if phrases:
            files |= self._biased(folder)
        try:
            make = getattr(sherpa.OfflineRecognizer, constructor)
            self._recognizer = make(**files, num_threads=self.config.num_threads)
        except (RuntimeError, ValueError, TypeError) as error:
            raise ModelError(f"sherpa-onnx cannot open {folder}: {error}") from error
        self._hotwords = "/".join(phrases)

    def _biased(self, folder: Path) -> dict[str, Any]:
        """What makes a transducer search for phrases."""
        found: dict[str, Any] = {
            "decoding_method": "modified_beam_search",
            "max_active_paths": self.config.num_active_paths,
            "hotwords_score": self.config.hotwords_score,
            "modeling_unit": self.config.modeling_unit,
        }
        if "bpe" in self.config.modeling_unit:
            vocabulary = folder / "bpe.vocab"
            if not vocabulary.is_file():
                raise ConfigError(f"The phrases cannot act: {vocabulary} is missing.")
            found["bpe_vocab"] = str(vocabulary)
        return found

    def recognize(self, audio: Audio, context: Context) -> NBest:
        """The one reading of an utterance, without times."""
        if audio.seconds < _SHORTEST:
            return NBest()
        given = {"hotwords": self._hotwords} if self._hotwords else {}
        stream = self._recognizer.create_stream(**given)
        stream.accept_waveform(audio.rate, audio.samples)
        self._recognizer.decode_stream(stream)
        text = str(stream.result.text).strip()
        return NBest((Hypothesis(text),) if text else (), (1.0,) if text else (), context.language)


def sherpa_files(folder: Path) -> tuple[str, dict[str, Any]]:
    """sherpa-onnx's constructor for a model folder, and its file arguments.

    Raises:
        ModelError: the folder holds no model of a kind known here.
    """
    lists = sorted(folder.glob("*tokens.txt"))
    if not lists:
        raise ModelError(f"{folder} is no sherpa-onnx model: it has no tokens.txt.")
    tokens = {"tokens": str(lists[0])}
    name = folder.resolve().name
    for kind, (constructor, words) in _PARTS.items():
        if kind in name:
            parts = {_FILE_WORDS.get(word, word): _onnx(folder, word) for word in words}
            return constructor, {**_all_there(folder, parts), **tokens}
    parts = {word: _onnx(folder, word) for word in ("encoder", "decoder", "joiner")}
    if any(parts.values()):
        return _TRANSDUCER, {**_all_there(folder, parts), **tokens}
    known = next((_SINGLE[kind] for kind in _SINGLE if kind in name), None)
    single = _onnx(folder, "model")
    if single is None or known is None:
        raise ModelError(
            f"{folder} holds neither a transducer nor a model whose folder is named after one of "
            f"{', '.join([*_SINGLE, *_PARTS])}."
        )
    return known[0], {known[1]: str(single), **tokens}


def _all_there(folder: Path, parts: dict[str, Path | None]) -> dict[str, Any]:
    missing = [word for word, path in parts.items() if path is None]
    if missing:
        raise ModelError(f"{folder} lacks the {' and the '.join(missing)}; unpack it again.")
    return {word: str(path) for word, path in parts.items()}


def _onnx(folder: Path, word: str) -> Path | None:
    """The file of that name, also behind a prefix; the quantised one only where it is alone."""
    found = [p for p in folder.glob("*.onnx") if p.name.split(".")[0].endswith(word)
             or p.name.startswith(word) or f"-{word}" in p.name]  # fmt: skip
    exact = [p for p in found if p.name.startswith(word)] or found
    return min(exact, key=lambda path: ("int8" in path.name, path.name), default=None)

"""sherpa-onnx with a model that the user has on disk.

The folder is one of sherpa-onnx's own: ``tokens.txt`` with either an encoder, a decoder and a
joiner (a transducer), or one ``model*.onnx`` whose folder's name says what it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.peers.peer import Material, NotNamedError

from sayfind.errors import ModelError, require
from sayfind.types import Audio

__all__ = ["SherpaPeer", "model_files"]

SINGLE = {
    "sense-voice": ("from_sense_voice", "model"),
    "paraformer": ("from_paraformer", "paraformer"),
    "zipformer-ctc": ("from_zipformer_ctc", "model"),
    "wenet": ("from_wenet_ctc", "model"),
    "nemo": ("from_nemo_ctc", "model"),
}
"""A piece of the folder's name: sherpa-onnx's constructor, and its word for the file."""


def model_files(folder: Path) -> tuple[str, dict[str, str]]:
    """The constructor for a model folder, and its file arguments.

    Raises:
        ModelError: the folder holds no model of a kind known here.
    """
    if not (folder / "tokens.txt").is_file():
        raise ModelError(f"{folder} is no sherpa-onnx model: it has no tokens.txt.")
    tokens = {"tokens": str(folder / "tokens.txt")}
    parts = {name: _onnx(folder, name) for name in ("encoder", "decoder", "joiner")}
    if all(parts.values()):
        return "from_transducer", {**{k: str(v) for k, v in parts.items()}, **tokens}
    single = _onnx(folder, "model")
    kind = next((SINGLE[name] for name in SINGLE if name in folder.resolve().name), None)
    if single is None or kind is None:
        raise ModelError(
            f"{folder} holds neither a transducer nor a model whose folder is named after one of "
            f"{', '.join(SINGLE)}."
        )
    return kind[0], {kind[1]: str(single), **tokens}


class SherpaPeer:
    """An offline recogniser, greedy search, one thread."""

    def __init__(self, material: Material) -> None:
        """Load the model.

        Raises:
            NotNamedError: no model was named.
            ModelError: there is no such model.
        """
        if material.sherpa is None:
            raise NotNamedError("Name a model folder with --sherpa-model.")
        sherpa: Any = require("sherpa_onnx", "peers")
        constructor, files = model_files(material.sherpa)
        self._recognizer = getattr(sherpa.OfflineRecognizer, constructor)(**files, num_threads=1)

    def hear(self, audio: Audio) -> str:
        """Its best reading."""
        stream = self._recognizer.create_stream()
        stream.accept_waveform(audio.rate, audio.samples)
        self._recognizer.decode_stream(stream)
        return str(stream.result.text)


def _onnx(folder: Path, name: str) -> Path | None:
    """The file of that name, the quantised one only where there is no other."""
    found = sorted(folder.glob(f"{name}*.onnx"), key=lambda path: ("int8" in path.name, path.name))
    return found[0] if found else None

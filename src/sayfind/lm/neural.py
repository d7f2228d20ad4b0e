"""The bundled neural language models, run by onnxruntime: a causal and a masked one.

Both read pieces (``lm.pieces``), which their files hold as metadata. Many texts go through in one
batch; texts longer than a model's limit are judged by their beginning.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sayfind.audio.onnx import MODELS, open_model
from sayfind.errors import ModelError
from sayfind.lm.pieces import BEGIN, END, MASK, PAD, Pieces

__all__ = ["CausalModel", "MaskedModel", "open_causal", "open_masked"]

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]


class _NeuralModel:
    """A session with its pieces."""

    kind = ""

    def __init__(self, path: Path) -> None:
        """Open a model file.

        Raises:
            ModelError: the file is missing, damaged, or holds a model of another kind.
        """
        self._session = open_model(path)
        about = self._session.get_modelmeta().custom_metadata_map
        if about.get("kind") != self.kind:
            raise ModelError(
                f"{path} holds no {self.kind} language model; export one of that kind."
            )
        self.pieces = Pieces(about["pieces"].split("\n"))
        self._longest = int(about["longest"])

    def _encode(self, texts: Sequence[str]) -> list[list[int]]:
        most = self._longest - 2
        return [[BEGIN, *self.pieces.encode(text)[:most], END] for text in texts]


class CausalModel(_NeuralModel):
    """Guesses each piece from those before it; implements ``stages.LanguageModel`` over pieces."""

    kind = "causal"

    def log_probs(self, texts: Sequence[str]) -> list[float]:
        """Natural-log probability of each whole text, its end included."""
        return [float(values.sum()) for values in self._values(self._encode(texts))]

    def perplexity(self, texts: Sequence[str]) -> float:
        """Perplexity per piece, ends included; ``nan`` without texts."""
        values = self._values(self._encode(texts))
        count = sum(map(len, values))
        return float(np.exp(-sum(v.sum() for v in values) / count)) if count else float("nan")

    def start(self) -> tuple[int, ...]:
        """State at the beginning of a text: the pieces so far."""
        return (BEGIN,)

    def score(self, state: tuple[int, ...], token: str) -> tuple[float, tuple[int, ...]]:
        """Natural-log probability of a piece (``[END]`` ends) after a state, and the state after.

        Only as many pieces are remembered as the model can read.
        """
        after = (*state, self.pieces.number(token))[-self._longest :]
        return float(self._values([list(after)])[0][-1]), after

    def _values(self, rows: list[list[int]]) -> list[Floats]:
        """Log-probability of every piece after the first, row by row; batches of like length."""
        result: list[Floats] = [np.empty(0, np.float32)] * len(rows)
        order = sorted(range(len(rows)), key=lambda n: len(rows[n]))
        for first in range(0, len(order), 64):
            chosen = order[first : first + 64]
            ids = _padded([rows[n] for n in chosen])
            (found,) = self._session.run(None, {"ids": ids})
            for n, values in zip(chosen, found, strict=True):
                result[n] = values[: len(rows[n]) - 1]
        return result


class MaskedModel(_NeuralModel):
    """Guesses a piece from those around it and, if told, from its Mandarin syllable."""

    kind = "masked"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._sounds = np.array(self.pieces.sounds, dtype=np.int64)

    def log_probs(self, texts: Sequence[str]) -> list[float]:
        """Pseudo-log-likelihood (Salazar et al. 2020): each piece given all others, summed."""
        rows = self._encode(texts)
        owner = np.repeat(np.arange(len(rows)), [len(row) - 2 for row in rows])
        values = self._own([(row, at) for row in rows for at in range(1, len(row) - 1)], False)
        return [float(v) for v in np.bincount(owner, values, minlength=len(rows))]

    def surprises(self, text: str, *, sounds: bool = True) -> list[float]:
        """Minus log-probability of each piece of a text given the others (and its syllable)."""
        (row,) = self._encode([text])
        found = self._own([(row, at) for at in range(1, len(row) - 1)], sounds)
        return [-float(value) for value in found]

    def guesses(self, text: str, *, sounds: bool = True) -> Floats:
        """Log-probabilities ``(num_pieces_of_text, num_pieces)``: what could stand where."""
        (row,) = self._encode([text])
        return self._guess([(row, at) for at in range(1, len(row) - 1)], sounds)

    def _own(self, asked: Sequence[tuple[list[int], int]], sounds: bool) -> Floats:
        right = np.array([row[at] for row, at in asked], dtype=np.int64)
        found = self._guess(asked, sounds)
        return found[np.arange(len(right)), right]

    def _guess(self, asked: Sequence[tuple[list[int], int]], sounds: bool) -> Floats:
        if not asked:
            return np.empty((0, len(self.pieces)), np.float32)
        parts = []
        for first in range(0, len(asked), 64):
            some = asked[first : first + 64]
            ids = _padded([row for row, _ in some])
            place = np.array([at for _, at in some], dtype=np.int64)
            told = self._sounds[ids]
            if not sounds:
                told[np.arange(len(some)), place] = 0
            ids[np.arange(len(some)), place] = MASK
            parts.append(self._session.run(None, {"ids": ids, "sounds": told, "place": place})[0])
        return np.concatenate(parts)


def _padded(rows: Sequence[Sequence[int]]) -> Ids:
    ids = np.full((len(rows), max(map(len, rows))), PAD, dtype=np.int64)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
    return ids


@lru_cache(maxsize=1)
def open_causal() -> CausalModel:
    """The bundled causal model, opened once."""
    return CausalModel(MODELS / "causal_language.onnx")


@lru_cache(maxsize=1)
def open_masked() -> MaskedModel:
    """The bundled masked model, opened once."""
    return MaskedModel(MODELS / "masked_language.onnx")

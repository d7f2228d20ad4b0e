"""Our own ears while somebody still speaks: pieces of sound in, rows of posteriors out.

Knows the ONNX files that ``sayfind.training.export_streaming`` writes; needs no torch. All that is
remembered between two pieces is in a ``StreamState``, a value: one model serves many sockets.
However the sound is cut, the rows are those of the whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from sayfind.audio import RATE
from sayfind.audio.onnx import open_model
from sayfind.errors import AudioError, ModelError
from sayfind.features.fbank import FbankStream
from sayfind.types import Audio, FloatArray, Posteriors

__all__ = ["StreamState", "StreamingAcousticModel"]

_SUBSAMPLING = 3  # frames of 10 ms to a row
_NOTES = {"tokens", "frame_shift", "chunk", "caches"}


@dataclass(frozen=True, slots=True)
class StreamState:
    """An utterance half heard.

    Attributes:
        sound: Samples that make no whole frame yet.
        frames: Log-mel frames ``(num_frames, 80)`` that make no whole piece yet.
        caches: What the network remembers, by name.
        rows: How many rows have been given.
    """

    sound: FbankStream
    frames: FloatArray
    caches: Mapping[str, FloatArray]
    rows: int = 0


class StreamingAcousticModel:
    """Rows of phone probabilities while the sound comes in. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Open a model; a piece is heard on one core.

        Raises:
            ModelError: the file is missing, damaged, or no streaming model of ours.
        """
        self._session = open_model(path)
        notes: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
        if not notes.keys() >= _NOTES:
            raise ModelError(
                f"The model {path} cannot stream; write one with sayfind.training.export_streaming."
            )
        self.tokens = tuple(notes["tokens"].split(" "))
        self.frame_shift = float(notes["frame_shift"])
        self.chunk = int(notes["chunk"])
        self._shapes: dict[str, list[int]] = json.loads(notes["caches"])

    def start(self) -> StreamState:
        """Before the first sample."""
        caches = {name: np.zeros(shape, np.float32) for name, shape in self._shapes.items()}
        return StreamState(FbankStream(RATE), np.zeros((0, 80), np.float32), caches)

    def step(self, state: StreamState, audio: Audio) -> tuple[StreamState, Posteriors]:
        """After some more sound, and the rows that it makes certain (often none, or many).

        Raises:
            AudioError: the sound has another rate than 16 kHz, or samples that are no numbers.
        """
        if audio.rate != RATE:
            raise AudioError(f"The ears hear {RATE} Hz, not {audio.rate}; use load_audio().")
        if not np.isfinite(audio.samples).all():
            raise AudioError("The sound holds samples that are not numbers.")
        sound, frames = state.sound.step(audio.samples)
        state = replace(state, sound=sound, frames=np.concatenate([state.frames, frames]))
        return self._pieces(state)

    def finish(self, state: StreamState) -> Posteriors:
        """The rows that were still due when the sound ended."""
        frames = np.concatenate([state.frames, state.sound.finish()])
        return self._rows(self._last(replace(state, frames=frames)))

    def posteriors(self, audio: Audio) -> Posteriors:
        """A whole utterance at once, as an ``AcousticModel`` hears it."""
        state, first = self.step(self.start(), audio)
        return self._rows(np.concatenate([first.log_probs, self.finish(state).log_probs]))

    def log_probs(self, log_mel: FloatArray) -> FloatArray:
        """``(num_rows, num_tokens)`` of log-mel energies ``(num_frames, 80)`` every 10 ms."""
        return self._last(replace(self.start(), frames=log_mel.astype(np.float32)))

    def _last(self, state: StreamState) -> FloatArray:
        """The rows of all that waits, though a piece may not be whole."""
        state, heard = self._pieces(state)
        left, behind = len(state.frames), int(state.rows > 0)  # one frame waits in the cache
        due = -(-(left + behind) // _SUBSAMPLING)
        if not due:
            return heard.log_probs
        piece = np.zeros((due * _SUBSAMPLING + 1 - behind, 80), np.float32)
        piece[:left] = state.frames
        _, last = self._heard(state.caches, piece, left)
        return np.concatenate([heard.log_probs, last])

    def _rows(self, log_probs: FloatArray) -> Posteriors:
        return Posteriors(log_probs, self.frame_shift, self.tokens)

    def _pieces(self, state: StreamState) -> tuple[StreamState, Posteriors]:
        """Every whole piece of the waiting frames."""
        found = [np.zeros((0, len(self.tokens)), np.float32)]
        caches, frames, rows = state.caches, state.frames, state.rows
        while len(frames) >= (size := _SUBSAMPLING * self.chunk + (rows == 0)):
            caches, heard = self._heard(caches, frames[:size], size)
            frames, rows = frames[size:], rows + len(heard)
            found.append(heard)
        after = replace(state, caches=caches, frames=frames, rows=rows)
        return after, self._rows(np.concatenate(found))

    def _heard(
        self, caches: Mapping[str, FloatArray], piece: FloatArray, length: int
    ) -> tuple[dict[str, FloatArray], FloatArray]:
        given: dict[str, Any] = {
            "log_mel": np.ascontiguousarray(piece[None]),
            "lengths": np.array([length], np.int64),
            **caches,
        }
        log_probs, *after = self._session.run(None, given)
        return dict(zip(self._shapes, after, strict=True)), log_probs[0]

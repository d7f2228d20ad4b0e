"""Where somebody speaks, by Silero VAD (MIT; see docs/models/silero-vad.md).

The model gives one probability of speech for each 32 ms frame; hysteresis turns these into
stretches of speech. Both run on a stream as well as on a whole recording: the state between two
chunks is a value, and chunked equals whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from sayfind.audio import RATE
from sayfind.audio.onnx import MODELS, open_model
from sayfind.audio.resample import resample
from sayfind.types import Audio, FloatArray

__all__ = ["Hysteresis", "SileroVad", "VadConfig", "VadState"]

FRAME = 512
"""Samples per probability."""
FRAME_SECONDS = FRAME / RATE

_CONTEXT = 64  # samples of the frame before, which the model sees again
_MAX_FRAMES = 512  # per run of the model: bounds the memory, costs nothing

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class VadConfig:
    """How probabilities become stretches of speech.

    Attributes:
        threshold: A frame this probable begins speech.
        exit_threshold: Speech goes on while frames are at least this probable.
        min_speech: Shorter stretches, in seconds and before padding, are dropped.
        min_silence: Shorter pauses, in seconds, do not end a stretch.
        padding: Seconds added at both ends of a stretch (half of the gap, if that is less).
    """

    threshold: float = 0.5
    exit_threshold: float = 0.35
    min_speech: float = 0.1
    min_silence: float = 0.2
    padding: float = 0.1

    def __post_init__(self) -> None:
        if not 0 < self.exit_threshold <= self.threshold < 1:
            raise ValueError("0 < exit_threshold <= threshold < 1")
        if min(self.min_speech, self.min_silence, self.padding) < 0:
            raise ValueError("min_speech, min_silence and padding are not negative")


@dataclass(frozen=True, slots=True)
class Hysteresis:
    """How far the reading of a stream of probabilities has come; times in frames.

    Attributes:
        num_frames: Frames read so far.
        start: First frame of the stretch that is open, or ``None`` in silence.
        quiet_since: Where the open stretch may have ended, if it has fallen quiet.
    """

    num_frames: int = 0
    start: int | None = None
    quiet_since: int | None = None

    def step(self, probability: float, config: VadConfig) -> tuple[Hysteresis, Span | None]:
        """The state one frame on, and the stretch (unpadded seconds) that ended, if one did."""
        now = self.num_frames
        following = replace(self, num_frames=now + 1)
        if probability >= config.threshold:
            start = now if self.start is None else self.start
            return replace(following, start=start, quiet_since=None), None
        if self.start is None or (
            self.quiet_since is None and probability >= config.exit_threshold
        ):
            return following, None
        end = now if self.quiet_since is None else self.quiet_since
        if (now - end) * FRAME_SECONDS < config.min_silence:
            return replace(following, quiet_since=end), None
        return Hysteresis(now + 1), _span(self.start, end, config)

    def finish(self, config: VadConfig) -> Span | None:
        """The stretch still open at the end of the stream, if it is long enough."""
        if self.start is None:
            return None
        end = self.num_frames if self.quiet_since is None else self.quiet_since
        return _span(self.start, end, config)


def _span(start: int, end: int, config: VadConfig) -> Span | None:
    long_enough = (end - start) * FRAME_SECONDS >= config.min_speech
    return (start * FRAME_SECONDS, end * FRAME_SECONDS) if long_enough else None


@dataclass(frozen=True, slots=True)
class VadState:
    """All that one stream needs to go on: the network's memory, unread samples, hysteresis.

    ``speaking`` and ``silence`` are what an endpointer asks for.
    """

    hidden: FloatArray
    cell: FloatArray
    context: FloatArray
    pending: FloatArray
    hysteresis: Hysteresis = field(default_factory=Hysteresis)

    @property
    def speaking(self) -> bool:
        """Whether a stretch of speech is open (a pause shorter than ``min_silence`` is inside)."""
        return self.hysteresis.start is not None

    @property
    def silence(self) -> float:
        """Seconds of quiet at the end of the open stretch."""
        since = self.hysteresis.quiet_since
        return 0.0 if since is None else (self.hysteresis.num_frames - since) * FRAME_SECONDS


class SileroVad:
    """Voice activity detection on one core, at about 1/500 of real time."""

    def __init__(self, config: VadConfig | None = None, model: Path | None = None) -> None:
        """``model`` is the *sequence* form of Silero VAD v6 for 16 kHz; the bundled one if none.

        Raises:
            ModelError: the model cannot be opened.
        """
        self.config = config or VadConfig()
        self._session = open_model(model or MODELS / "silero_vad_16k_sequence.onnx")

    def probabilities(self, audio: Audio) -> FloatArray:
        """Probability of speech in each 32 ms frame, ``(num_frames,)``; the last may be partial."""
        samples = resample(audio).samples
        missing = -len(samples) % FRAME
        return self._run(self.start(), np.pad(samples, (0, missing)))[1]

    def speech(self, audio: Audio) -> tuple[Span, ...]:
        """(start, end) of each stretch of speech in seconds, padded, in order, apart."""
        state, spans = Hysteresis(), []
        for probability in self.probabilities(audio).tolist():
            state, span = state.step(probability, self.config)
            spans.append(span)
        spans.append(state.finish(self.config))
        found = [span for span in spans if span]
        return tuple(_padded(found, self.config.padding, audio.seconds))

    def start(self) -> VadState:
        """The state before the first sample of a stream."""
        memory = np.zeros((1, 1, 128), np.float32)
        return VadState(memory, memory, np.zeros(_CONTEXT, np.float32), np.zeros(0, np.float32))

    def step(self, state: VadState, chunk: Audio) -> tuple[VadState, tuple[Span, ...]]:
        """The state after a chunk of any length at 16 kHz, and the stretches that ended in it.

        Times are seconds since the stream began, without padding.
        """
        if chunk.rate != RATE:
            raise ValueError(f"a stream is at {RATE} Hz")
        samples = np.concatenate([state.pending, chunk.samples])
        whole = len(samples) // FRAME * FRAME
        state, probabilities = self._run(state, samples[:whole])
        state, spans = self._follow(state, probabilities)
        return replace(state, pending=samples[whole:].copy()), spans

    def finish(self, state: VadState) -> tuple[Span, ...]:
        """The stretches that end with the stream."""
        if len(state.pending):
            padded = np.pad(state.pending, (0, FRAME - len(state.pending)))
            state, spans = self._follow(*self._run(state, padded))
        else:
            spans = ()
        last = state.hysteresis.finish(self.config)
        return (*spans, last) if last else spans

    def _follow(self, state: VadState, values: FloatArray) -> tuple[VadState, tuple[Span, ...]]:
        hysteresis, spans = state.hysteresis, []
        for probability in values.tolist():
            hysteresis, span = hysteresis.step(probability, self.config)
            if span:
                spans.append(span)
        return replace(state, hysteresis=hysteresis), tuple(spans)

    def _run(self, state: VadState, samples: FloatArray) -> tuple[VadState, FloatArray]:
        """The network over whole frames: samples ``(num_frames * 512,)``."""
        hidden, cell, context = state.hidden, state.cell, state.context
        found: list[FloatArray] = [np.zeros(0, np.float32)]
        for first in range(0, len(samples), FRAME * _MAX_FRAMES):
            frames = samples[first : first + FRAME * _MAX_FRAMES].reshape(-1, FRAME)
            contexts = np.vstack([context, frames[:-1, -_CONTEXT:]])
            block = np.hstack([contexts, frames])
            values, hidden, cell = self._session.run(None, {"input": block, "h": hidden, "c": cell})
            context = frames[-1, -_CONTEXT:].copy()
            found.append(values)
        state = replace(state, hidden=hidden, cell=cell, context=context)
        return state, np.concatenate(found)


def _padded(spans: Iterable[Span], padding: float, seconds: float) -> list[Span]:
    """Spans grown at both ends, within the recording, gaps shared where they are narrow."""
    grown: list[Span] = []
    ends = list(spans)
    for number, (start, end) in enumerate(ends):
        before = ends[number - 1][1] if number else -np.inf
        after = ends[number + 1][0] if number + 1 < len(ends) else np.inf
        first = max(0.0, start - min(padding, (start - before) / 2))
        last = min(seconds, end + min(padding, (after - end) / 2))
        if last > first:
            grown.append((float(first), float(last)))
    return grown

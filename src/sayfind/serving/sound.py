"""The sound of one stream: bytes as they came in, mono sound at 16 kHz out, and who listens to it.

Everything so far is decoded anew each time by what opens uploads (in its own process, where there
is one), so that a stream hears exactly what the same bytes would be as a file. How often is bound:
only after a twentieth more came.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sayfind.audio import RATE
from sayfind.audio.file import AudioLimits
from sayfind.audio.resample import resample
from sayfind.ears.live import Agreement, LiveEars, LiveState
from sayfind.errors import AudioError, MediaTypeError
from sayfind.serving.stream_messages import SoundFormat
from sayfind.types import Audio, Context

__all__ = ["Follower", "Sound"]

_EDGE = 0.02  # seconds at the end that more bytes may still change
_STEP = 0.05  # of what was decoded before
_LEAST_HEADER = 4_096  # bytes of a file within which it must turn out to hold sound


class Sound:
    """Grows by ``add``; belongs to one stream, whose reader and listener take turns."""

    def __init__(
        self,
        kind: SoundFormat,
        rate: int,
        limits: AudioLimits,
        load: Callable[[bytes, AudioLimits, str | None], Audio],
    ) -> None:
        self._kind, self._rate, self._limits, self._load = kind, rate, limits, load
        self._data = bytearray()
        self._decoded = 0  # bytes
        self._given = 0  # samples at 16 kHz
        self._now = Audio(np.zeros(0, np.float32), RATE)

    def add(self, data: bytes) -> None:
        """Some more bytes."""
        self._data += data

    @property
    def waiting(self) -> int:
        """Bytes that were not listened to yet."""
        return len(self._data) - self._decoded

    @property
    def seconds(self) -> float:
        """How much sound ``new`` has given."""
        return self._given / RATE

    def new(self) -> Audio:
        """The samples since the last call that later bytes will not change; perhaps none."""
        if self._direct or self.waiting >= _STEP * self._decoded:
            self._now = self._so_far()
        edge = 0 if self._direct else round(_EDGE * RATE)
        until = max(self._given, len(self._now.samples) - edge)
        piece = Audio(self._now.samples[self._given : until], RATE)
        self._given = until
        return piece

    def heard(self) -> Audio:
        """All that ``new`` has given, in one piece."""
        return Audio(self._now.samples[: self._given], RATE)

    def whole(self) -> Audio:
        """Everything, as the same bytes in a file would be read.

        Raises:
            InputError: it is no sound that can be read, too long, or none at all.
        """
        if self._kind is SoundFormat.OPUS:
            return self._load(bytes(self._data), self._limits, None)
        audio = self._pcm()
        if not len(audio.samples):
            raise AudioError("No sound came; send chunks before the end.")
        return audio

    @property
    def _direct(self) -> bool:
        """Whether bytes are samples as they are."""
        return self._kind is SoundFormat.PCM and self._rate == RATE

    def _so_far(self) -> Audio:
        self._decoded = len(self._data)
        if self._kind is SoundFormat.PCM:
            return self._pcm()
        try:
            return self._load(bytes(self._data), self._limits, None)
        except (AudioError, MediaTypeError):  # the beginning of a file, without sound as yet
            if len(self._data) > _LEAST_HEADER:
                raise
            return self._now

    def _pcm(self) -> Audio:
        whole = len(self._data) // 2 * 2
        samples = np.frombuffer(bytes(self._data[:whole]), "<i2").astype(np.float32)
        return resample(Audio(samples / np.float32(32768), self._rate))


class Follower:
    """A stream's sound, and what live ears make of it; without ears nothing but its length."""

    def __init__(self, sound: Sound, live: LiveEars | None) -> None:
        self.sound, self._live = sound, live
        self._state: LiveState | None = live.start() if live else None

    @property
    def words(self) -> Agreement:
        """The words so far."""
        return self._state.words if self._state else Agreement()

    @property
    def silent_since(self) -> float | None:
        """Where the last speech ended, in seconds; ``None`` while somebody speaks."""
        if self._state is None or self._state.vad.speaking:
            return None
        return self._state.ended

    def follow(self) -> None:
        """Take in the new sound: speech or silence."""
        piece = self.sound.new()
        if self._live and self._state and len(piece.samples):
            self._state = self._live.step(self._state, piece)

    @property
    def due(self) -> bool:
        """Whether it is time to look for words."""
        return bool(self._live and self._state and self._live.due(self._state))

    @property
    def ended(self) -> bool:
        """Whether all was said."""
        return bool(self._live and self._state and self._live.ended(self._state))

    @property
    def nearly_ended(self) -> bool:
        """Whether it is worth answering ahead."""
        return bool(self._live and self._state and self._live.nearly_ended(self._state))

    def hear(self, context: Context) -> bool:
        """Look for words; whether there are others than before.

        Raises:
            LanguageError: the shop has no word that can be said.
        """
        if not (self._live and self._state):
            return False
        before = self._state.words
        self._state = self._live.hear(self._state, self.sound.heard(), context)
        return self._state.words.text != before.text or self._state.words.stable != before.stable

"""Words while they are said: a streaming acoustic model with the shop's words behind it.

Joins two rooms that do not know of each other: ``acoustic.streaming`` gives rows as they become
certain, ``decoding.lexicon_beam`` goes on from where it was. Nothing is remembered here: all is in
the state, a value, and however the sound is cut, the readings are those of the whole.
"""

from __future__ import annotations

from dataclasses import dataclass

from sayfind.acoustic.streaming import StreamingAcousticModel, StreamState
from sayfind.decoding.lexicon_beam import LexiconDecoder, Partial
from sayfind.decoding.priors import with_less_blank
from sayfind.lm.bias import ContextGraph
from sayfind.types import Audio, NBest, Posteriors

__all__ = ["Listening", "StreamingEars"]


@dataclass(frozen=True, slots=True)
class Listening:
    """An utterance half heard."""

    sound: StreamState
    words: Partial

    @property
    def stable(self) -> tuple[str, ...]:
        """The words that later sound cannot take back."""
        return self.words.stable

    @property
    def best(self) -> tuple[str, ...]:
        """The likeliest finished words so far."""
        return self.words.best


class StreamingEars:
    """Hears in pieces: ``start``, ``step`` and ``finish``. Safe to share between threads."""

    def __init__(
        self, acoustic: StreamingAcousticModel, decoder: LexiconDecoder, blank_bias: float = 0.0
    ) -> None:
        """Join a model and a decoder over the same tokens.

        ``blank_bias`` is taken off the blank's log-odds (``decoding.priors``).
        """
        self.acoustic, self.decoder, self.blank_bias = acoustic, decoder, blank_bias

    def start(self, bias: ContextGraph | None = None) -> Listening:
        """Before the first sample; ``bias`` are phrases to lean towards."""
        return Listening(self.acoustic.start(), self.decoder.start(bias))

    def step(self, state: Listening, audio: Audio) -> Listening:
        """After some more sound, of any length.

        Raises:
            AudioError: the sound has another rate than 16 kHz, or samples that are no numbers.
            ModelError: the decoder was made for other tokens.
        """
        sound, rows = self.acoustic.step(state.sound, audio)
        return Listening(sound, self._heard(state.words, rows))

    def finish(self, state: Listening) -> NBest:
        """The readings of all that was heard, times in seconds from its start."""
        words = self._heard(state.words, self.acoustic.finish(state.sound))
        return self.decoder.finish(words, self.acoustic.frame_shift)

    def _heard(self, words: Partial, rows: Posteriors) -> Partial:
        if not len(rows.log_probs):
            return words
        return self.decoder.step(words, with_less_blank(rows, self.blank_bias))

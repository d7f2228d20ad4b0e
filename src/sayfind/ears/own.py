"""Our own ears: our acoustic model with a shop's words and language model behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sayfind.acoustic.ctc import CtcAcousticModel
from sayfind.decoding.beam import BeamConfig
from sayfind.decoding.lexicon_beam import LexiconDecoder
from sayfind.decoding.priors import with_less_blank
from sayfind.decoding.result import later
from sayfind.lm.backoff import NGram
from sayfind.text.phonetics import Phones
from sayfind.types import Audio, Context, NBest, Posteriors

__all__ = ["OwnEars", "OwnEarsConfig"]


@dataclass(frozen=True, slots=True)
class OwnEarsConfig:
    """How our acoustic model is listened to.

    ``blank_bias`` is taken off the blank's log-odds (``decoding.priors``); ``margin`` is how many
    seconds around the speech are heard with it.
    """

    blank_bias: float = 2.0
    margin: float = 0.3
    beam: BeamConfig = field(
        default_factory=lambda: BeamConfig(
            lm_weight=1.5, noise_log_prob=None, token_floor=-14.0, prune=30.0
        )
    )


class OwnEars:
    """A ``Recognizer`` by our own acoustic model; safe to share between threads."""

    def __init__(
        self,
        lexicon: dict[str, tuple[Phones, ...]],
        model: NGram | None,
        acoustic: CtcAcousticModel | None = None,
        config: OwnEarsConfig | None = None,
        join: Callable[[Sequence[str]], str] = " ".join,
    ) -> None:
        """Make ears for some words; ``acoustic`` is the bundled model if none is given.

        ``join`` writes words in a row.

        Raises:
            ModelError: the acoustic model is missing or damaged.
            ConfigError: no word of the lexicon can be said with its phones.
        """
        self.config = config or OwnEarsConfig()
        self.acoustic = acoustic or CtcAcousticModel()
        self.model, self.lexicon, self.join = model, lexicon, join
        self._decoder = LexiconDecoder(self.acoustic.tokens, lexicon, model, self.config.beam)
        self._decoder.join = join

    def posteriors(self, audio: Audio, context: Context) -> tuple[Posteriors, float]:
        """What the acoustic model hears around the speech, and when that begins, in seconds."""
        start, end = _around(audio, context, self.config.margin)
        heard = self.acoustic.posteriors(audio.window(start, end))
        return with_less_blank(heard, self.config.blank_bias), start

    def decode(self, posteriors: Posteriors, start: float) -> NBest:
        """The readings of posteriors, times counted from ``start`` seconds before them."""
        if not len(posteriors.log_probs):
            return NBest()
        return later(self._decoder.decode(posteriors), start)

    def recognize(self, audio: Audio, context: Context) -> NBest:
        """The readings of one 16 kHz utterance, times in seconds from its start."""
        return self.decode(*self.posteriors(audio, context))


def _around(audio: Audio, context: Context, margin: float) -> tuple[float, float]:
    if not context.speech:
        return 0.0, audio.seconds
    first, last = context.speech[0][0], context.speech[-1][1]
    return max(0.0, first - margin), min(audio.seconds, last + margin)

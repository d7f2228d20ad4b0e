"""Two recognisers that hear the same sound: pocketsphinx and our own.

One hears clean speech better, the other noise, and their mistakes have little in common: every
reading of either is judged by both and by the language model. Where it is noisy our own listens
twice, the second time to the near voice alone (``near``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from sayfind.acoustic.sphinx import SphinxRecognizer
from sayfind.decoding.two_ears import Judge, listed, merge
from sayfind.ears.near import NearVoice, evidence
from sayfind.ears.own import OwnEars
from sayfind.types import Audio, Context, NBest, Posteriors

__all__ = ["JoinedEars", "JoinedEarsConfig"]


@dataclass(frozen=True, slots=True)
class JoinedEarsConfig:
    """How much each judge counts, tuned on dev recordings (docs/hearing.md).

    Every reading's total is ``own`` times our acoustic model's log-likelihood, ``first`` times the
    other recogniser's log-probability (not under ``floor``), ``lm`` times the language model's
    log-probability and ``word_bonus`` for each word; ``temperature`` turns totals into
    probabilities. In noise ``near_share`` of ``own`` is what the near voice says.
    """

    own: float = 0.64
    near_share: float = 0.44
    first: float = 0.65
    floor: float = -9.0
    lm: float = 0.85
    word_bonus: float = 2.0
    temperature: float = 1.8
    num_hypotheses: int = 10

    def __post_init__(self) -> None:
        if self.temperature <= 0 or self.floor > 0 or self.num_hypotheses < 1:
            raise ValueError(
                "temperature is positive, floor a log-probability, num_hypotheses at least 1"
            )
        if not 0 <= self.near_share <= 1:
            raise ValueError("near_share lies between 0 and 1")

    def total(self, scores: Mapping[str, float]) -> float:
        """The total of a reading with the scores that ``JoinedEars`` gives."""
        return (
            self.own * scores["own"]
            + self.first * max(self.floor, scores["first"])
            + self.lm * scores["lm"]
            + self.word_bonus * scores["words"]
        )


@dataclass(frozen=True, slots=True)
class Begun:
    """A sound whose hearing has begun: the other recogniser at work, and the near voice."""

    other: Future[NBest]
    near: Audio | None


class JoinedEars:
    """A ``Recognizer`` of two: pocketsphinx and our own."""

    def __init__(
        self,
        first: SphinxRecognizer,
        own: OwnEars,
        config: JoinedEarsConfig | None = None,
        in_noise: SphinxRecognizer | None = None,
        near: NearVoice | None = None,
    ) -> None:
        """Join two recognisers; ``in_noise`` listens instead of the first where it is noisy."""
        self.first, self.own, self.in_noise = first, own, in_noise or first
        self.near = near or NearVoice()
        self.config = config or JoinedEarsConfig()
        self._beside = ThreadPoolExecutor(2, "hearing")

    def recognize(self, audio: Audio, context: Context) -> NBest:
        """The readings of one 16 kHz utterance, times in seconds from its start.

        ``scores`` are ``own``, ``first``, ``lm`` and ``words``, unweighted.
        """
        begun = self.begin(audio)
        return self.finish(begun, context, *self.own.posteriors(audio, context))

    def begin(self, audio: Audio) -> Begun:
        """Set the other recogniser to work beside the caller.

        Its sound is prepared here: two threads that both run Python would wait for each other.
        """
        ears = self.in_noise if self.near.is_noisy(audio) else self.first
        other = self._beside.submit(ears.hear, ears.pcm(audio))
        return Begun(other, self.near.of(audio))

    def finish(self, begun: Begun, context: Context, heard: Posteriors, start: float) -> NBest:
        """Everybody's readings; ``heard`` are our own posteriors, which begin at ``start``."""
        hearings, own = [heard], [self.own.decode(heard, start)]
        if begun.near is not None:
            heard, start = self.own.posteriors(begun.near, context)
            hearings.append(heard)
            own.append(self.own.decode(heard, start))
        return self.join(hearings, begun.other.result(), own)

    def join(self, hearings: Sequence[Posteriors], other: NBest, own: Sequence[NBest]) -> NBest:
        """One list of all of them, each reading judged by everybody."""
        model, config = self.own.model, self.config

        def lm(texts: list[str]) -> Sequence[float]:
            words = [text.split() for text in texts]
            return model.sentences(words).tolist() if model else [0.0] * len(texts)

        judges: dict[str, Judge] = {
            "own": lambda texts: evidence(hearings, texts, config.near_share),
            "first": listed([other]),
            "lm": lm,
            "words": lambda texts: [float(len(text.split())) for text in texts],
        }
        lists = (other, *own)
        return merge(lists, judges, config.total, config.temperature, config.num_hypotheses)

"""Two recognisers that hear the same sound: pocketsphinx and our own.

One hears clean speech better, the other noise, and their mistakes have little in common: every
reading of either is judged by both and by the language model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from sayfind.acoustic.sphinx import SphinxRecognizer
from sayfind.audio.gate import gate, loudness_range
from sayfind.decoding.second_pass import acoustic_evidence
from sayfind.decoding.two_ears import Judge, listed, merge
from sayfind.ears.own import OwnEars
from sayfind.types import Audio, Context, NBest, Posteriors

__all__ = ["JoinedEars", "JoinedEarsConfig"]


@dataclass(frozen=True, slots=True)
class JoinedEarsConfig:
    """How much each judge counts, tuned on dev recordings (docs/hearing.md).

    Every reading's total is ``own`` times our acoustic model's log-likelihood, ``first`` times the
    other recogniser's log-probability (not under ``floor``), ``lm`` times the language model's
    log-probability and ``word_bonus`` for each word; ``temperature`` turns totals into
    probabilities. Where loud and quiet frames are less than ``gate_under`` decibels apart it is
    noisy, and the other recogniser listens a second time, to what is less than ``gate_depth``
    decibels under the loud frames; of its two opinions the higher counts.
    """

    own: float = 0.5
    first: float = 0.5
    floor: float = -12.0
    lm: float = 0.8
    word_bonus: float = 2.0
    temperature: float = 1.4
    num_hypotheses: int = 10
    gate_under: float = 40.0
    gate_depth: float = 18.0

    def __post_init__(self) -> None:
        if self.temperature <= 0 or self.floor > 0 or self.num_hypotheses < 1:
            raise ValueError(
                "temperature is positive, floor a log-probability, num_hypotheses at least 1"
            )

    def total(self, scores: Mapping[str, float]) -> float:
        """The total of a reading with the scores that ``JoinedEars`` gives."""
        return (
            self.own * scores["own"]
            + self.first * max(self.floor, scores["first"])
            + self.lm * scores["lm"]
            + self.word_bonus * scores["words"]
        )


class JoinedEars:
    """A ``Recognizer`` of two: pocketsphinx and our own."""

    def __init__(
        self,
        first: SphinxRecognizer,
        own: OwnEars,
        config: JoinedEarsConfig | None = None,
        in_noise: SphinxRecognizer | None = None,
    ) -> None:
        """Join two recognisers; ``in_noise`` listens instead of the first where it is noisy."""
        self.first, self.own, self.in_noise = first, own, in_noise or first
        self.config = config or JoinedEarsConfig()
        self._beside = ThreadPoolExecutor(2, "hearing")

    def recognize(self, audio: Audio, context: Context) -> NBest:
        """The readings of one 16 kHz utterance, times in seconds from its start.

        ``scores`` are ``own``, ``first``, ``lm`` and ``words``, unweighted.
        """
        others = self.begin(audio)
        return self.finish(others, *self.own.posteriors(audio, context))

    def others(self, audio: Audio, context: Context) -> tuple[NBest, ...]:  # noqa: ARG002
        """What the other recogniser hears; in noise also what it hears through a gate."""
        return tuple(each.result() for each in self.begin(audio))

    def begin(self, audio: Audio) -> list[Future[NBest]]:
        """The other recogniser at work, beside the caller and beside itself.

        The sound is prepared here: two threads that both run Python would wait for each other.
        """
        if loudness_range(audio) >= self.config.gate_under:
            return [self._beside.submit(self.first.hear, self.first.pcm(audio))]
        ears = self.in_noise
        plain = self._beside.submit(ears.hear, ears.pcm(audio))
        gated = gate(audio, self.config.gate_depth)
        return [plain, self._beside.submit(ears.hear, ears.pcm(gated))]

    def finish(self, others: Sequence[Future[NBest]], heard: Posteriors, start: float) -> NBest:
        """What it says, joined with our own readings of posteriors that begin at ``start``."""
        own = self.own.decode(heard, start)
        return self.join(heard, [each.result() for each in others], own)

    def join(self, posteriors: Posteriors, others: Sequence[NBest], own: NBest) -> NBest:
        """One list of all of them, each reading judged by everybody."""
        model, config = self.own.model, self.config

        def lm(texts: list[str]) -> Sequence[float]:
            words = [text.split() for text in texts]
            return model.sentences(words).tolist() if model else [0.0] * len(texts)

        judges: dict[str, Judge] = {
            "own": lambda texts: acoustic_evidence(posteriors, texts),
            "first": listed(others),
            "lm": lm,
            "words": lambda texts: [float(len(text.split())) for text in texts],
        }
        lists = (*others, own)
        return merge(lists, judges, config.total, config.temperature, config.num_hypotheses)

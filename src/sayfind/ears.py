"""The ears of a shop: two recognisers that hear the same sound, and what they hear joined.

``OwnEars`` is our acoustic model with the shop's words and language model behind it;
``JoinedEars`` is pocketsphinx and it together. One hears clean speech better, the other noise, and
their mistakes have little in common: every reading of either is judged by both and by the
language model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from sayfind.acoustic.ctc import CtcAcousticModel
from sayfind.acoustic.sphinx import SphinxRecognizer, read_dictionary
from sayfind.audio.gate import gate, loudness_range
from sayfind.decoding.beam import BeamConfig
from sayfind.decoding.lexicon_beam import LexiconDecoder
from sayfind.decoding.priors import with_less_blank
from sayfind.decoding.second_pass import acoustic_evidence
from sayfind.decoding.two_ears import Judge, listed, merge
from sayfind.lm.arrays import open_ngram
from sayfind.lm.backoff import NGram
from sayfind.text.phonetics import Phones
from sayfind.types import Audio, Context, NBest, Posteriors, Word

__all__ = ["JoinedEars", "JoinedEarsConfig", "OwnEars", "OwnEarsConfig", "later", "open_ears"]


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
    """A ``Recognizer`` of English by our own acoustic model; safe to share between threads."""

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
        self.model = model
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


@dataclass(frozen=True, slots=True)
class JoinedEarsConfig:
    """How much each judge counts, tuned on dev recordings (docs/hearing.md).

    Every reading's total is ``own`` times our acoustic model's log-likelihood, ``first`` times the
    other recogniser's log-probability (not under ``floor``), ``lm`` times the language model's
    log-probability and ``word_bonus`` for each word; ``temperature`` turns totals into
    probabilities. Where loud and quiet frames are less than ``gate_under`` decibels apart it is
    noisy,
    and the other recogniser listens a second time, to what is less than ``gate_depth`` decibels
    under the loud frames; of its two opinions the higher counts.
    """

    own: float = 1.0
    first: float = 2.0
    floor: float = -6.0
    lm: float = 1.0
    word_bonus: float = 1.0
    temperature: float = 3.0
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
        self, first: SphinxRecognizer, own: OwnEars, config: JoinedEarsConfig | None = None
    ) -> None:
        self.first, self.own = first, own
        self.config = config or JoinedEarsConfig()
        self._beside = ThreadPoolExecutor(2, "hearing")

    def recognize(self, audio: Audio, context: Context) -> NBest:
        """The readings of one 16 kHz utterance, times in seconds from its start.

        ``scores`` are ``own``, ``first``, ``lm`` and ``words``, unweighted.
        """
        others = self._begin(audio, context)
        posteriors, start = self.own.posteriors(audio, context)
        own = self.own.decode(posteriors, start)
        return self.join(posteriors, [each.result() for each in others], own)

    def others(self, audio: Audio, context: Context) -> tuple[NBest, ...]:
        """What the other recogniser hears; in noise also what it hears through a gate."""
        return tuple(each.result() for each in self._begin(audio, context))

    def _begin(self, audio: Audio, context: Context) -> list[Future[NBest]]:
        """The other recogniser at work, beside the caller and beside itself."""

        def gated() -> NBest:
            return self.first.recognize(gate(audio, self.config.gate_depth), context)

        lists = [self._beside.submit(self.first.recognize, audio, context)]
        if loudness_range(audio) < self.config.gate_under:
            lists.append(self._beside.submit(gated))
        return lists

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


def open_ears(dictionary: Path, arpa: Path) -> JoinedEars:
    """Both recognisers over a dictionary and a language model on disk.

    Raises:
        ModelError: a file is missing or damaged.
    """
    first = SphinxRecognizer(dictionary, arpa)
    return JoinedEars(first, OwnEars(read_dictionary(dictionary), open_ngram(arpa)))


def _around(audio: Audio, context: Context, margin: float) -> tuple[float, float]:
    if not context.speech:
        return 0.0, audio.seconds
    first, last = context.speech[0][0], context.speech[-1][1]
    return max(0.0, first - margin), min(audio.seconds, last + margin)


def later(n_best: NBest, seconds: float) -> NBest:
    """The same readings, every word so many seconds later."""

    def moved(word: Word) -> Word:
        return replace(word, start=word.start + seconds, end=word.end + seconds)

    hypotheses = tuple(replace(h, words=tuple(map(moved, h.words))) for h in n_best.hypotheses)
    return replace(n_best, hypotheses=hypotheses)

"""English by pocketsphinx, with the shop's lexicon and language model in place of its own.

Knows pocketsphinx's decoder and its scores; knows nothing about shops. A decoder keeps state
between calls, so it hears one utterance at a time; a recogniser has some, which hear side by side.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import LifoQueue
from typing import Any

import numpy as np

from sayfind.acoustic.sphinx_library import open_decoder
from sayfind.audio.level import frame_power
from sayfind.errors import ModelError
from sayfind.types import Audio, Context, Hypothesis, NBest, Word

__all__ = ["HURRIED", "SphinxConfig", "SphinxRecognizer", "read_dictionary", "write_dictionary"]

FRAMES_PER_SECOND = 100
# The binding gives exp() of scores that the search keeps shifted right by ten bits.
SCORE_UNIT = 1024.0


@dataclass(frozen=True, slots=True)
class SphinxConfig:
    """How pocketsphinx searches.

    ``lm_weight`` and ``insertion_penalty`` are its ``lw`` and ``wip``. ``comfort_snr_db`` is how
    far under the loud frames the soft noise lies that is laid under every clip: runs of digital
    silence upset the cepstral mean, but at 27 dB the noise itself does harm (docs/hearing.md).
    ``acoustic_scale`` flattens its overconfident scores into probabilities. ``num_decoders``
    utterances are heard side by side, each by some 20 MB.

    What the search costs: ``second_search`` goes over the utterance again among the words found
    (``fwdflat``), ``num_densities`` are the Gaussians looked at in each mixture (``topn``),
    ``beam`` and ``word_beam`` how unlikely a path may be, relative to the best; ``most_states``
    and ``most_words`` are how many may live on in a frame (``maxhmmpf``, ``maxwpf``).
    """

    lm_weight: float = 6.5
    insertion_penalty: float = 0.65
    comfort_snr_db: float = 45.0
    acoustic_scale: float = 0.3
    num_hypotheses: int = 10
    num_decoders: int = 2
    second_search: bool = True
    num_densities: int = 4
    beam: float = 1e-48
    word_beam: float = 7e-29
    most_states: int = 1500
    most_words: int = 5

    def __post_init__(self) -> None:
        if min(self.num_hypotheses, self.num_decoders) < 1 or self.acoustic_scale <= 0:
            raise ValueError(
                "num_hypotheses and num_decoders are at least 1 and acoustic_scale positive"
            )


HURRIED = SphinxConfig(second_search=False, num_densities=2, beam=1e-40, word_beam=1e-25)
"""A third of the work, for where it is noisy and others listen too (docs/latency.md)."""


def write_dictionary(lexicon: dict[str, tuple[tuple[str, ...], ...]], path: Path) -> None:
    """Write pronunciations as pocketsphinx reads them: ``word``, then ``word(2)`` and so on."""
    lines = [
        f"{word}{f'({number})' if number > 1 else ''} {' '.join(phones)}"
        for word, variants in sorted(lexicon.items())
        for number, phones in enumerate(variants, 1)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_dictionary(path: Path) -> dict[str, tuple[tuple[str, ...], ...]]:
    """The pronunciations that ``write_dictionary`` wrote, likeliest first.

    Raises:
        ModelError: the file is missing or not UTF-8.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} cannot be read; build the shop again.") from error
    lexicon: dict[str, list[tuple[str, ...]]] = {}
    for word, *phones in (line.split() for line in lines if line.strip()):
        lexicon.setdefault(word.partition("(")[0], []).append(tuple(phones))
    return {word: tuple(variants) for word, variants in lexicon.items()}


class SphinxRecognizer:
    """A ``Recognizer`` over pocketsphinx's own English acoustic model; threads may share it."""

    def __init__(self, dictionary: Path, arpa: Path, config: SphinxConfig | None = None) -> None:
        """Load a dictionary and a language model.

        Raises:
            ModelError: a file is missing, or pocketsphinx refuses it.
        """
        self.config = config or SphinxConfig()
        for path in (dictionary, arpa):
            if not path.is_file():
                raise ModelError(f"{path} is missing; build the shop again with `sayfind index`.")
        self._decoders: LifoQueue[Any] = LifoQueue()
        self._added = set[str]()
        count = self.config.num_decoders
        try:
            with ThreadPoolExecutor(count) as pool:
                for decoder in pool.map(self._open, [dictionary] * count, [arpa] * count):
                    self._decoders.put(decoder)
        except (RuntimeError, ValueError) as error:
            raise ModelError(
                f"pocketsphinx cannot read {dictionary.parent}; build the shop again."
            ) from error

    def _open(self, dictionary: Path, arpa: Path) -> Any:
        decoder = open_decoder(
            dict=str(dictionary),
            lm=str(arpa),
            lw=self.config.lm_weight,
            wip=self.config.insertion_penalty,
            fwdflat=self.config.second_search,
            topn=self.config.num_densities,
            beam=self.config.beam,
            pbeam=self.config.beam,
            wbeam=self.config.word_beam,
            maxhmmpf=self.config.most_states,
            maxwpf=self.config.most_words,
        )
        # without its second search a new decoder scores its first utterance a little otherwise
        hiss = np.random.default_rng(0).normal(0, 300, 8_000).astype("<i2")
        self._heard(decoder, hiss.tobytes())
        return decoder

    def add_words(self, lexicon: Mapping[str, Sequence[Sequence[str]]]) -> None:
        """Hear more words that are not in the dictionary, each by its likeliest pronunciation.

        The language model takes them for rare ones. Waits for what is being heard.

        Raises:
            ModelError: pocketsphinx refuses a word.
        """
        decoders = [self._decoders.get() for _ in range(self.config.num_decoders)]
        try:
            for decoder in decoders:
                for word, sounds in lexicon.items():
                    if word not in self._added:
                        decoder.add_word(word, " ".join(sounds[0]), True)
            self._added.update(lexicon)
        except (RuntimeError, ValueError) as error:
            raise ModelError("pocketsphinx cannot take new words; build the shop again.") from error
        finally:
            for decoder in decoders:
                self._decoders.put(decoder)

    def recognize(self, audio: Audio, context: Context) -> NBest:  # noqa: ARG002
        """The readings of one 16 kHz utterance, times in seconds from its start."""
        return self.hear(self.pcm(audio))

    def hear(self, pcm: bytes) -> NBest:
        """The readings of what ``pcm`` gave; other threads run meanwhile."""
        if not pcm:
            return NBest()
        decoder = self._decoders.get()
        try:
            return self._heard(decoder, pcm)
        finally:
            self._decoders.put(decoder)

    def _heard(self, decoder: Any, pcm: bytes) -> NBest:
        decoder.reinit_feat()  # forget the noise and the cepstral mean of the last utterance
        decoder.start_utt()
        decoder.process_raw(pcm, full_utt=True)
        decoder.end_utt()
        best = decoder.hyp()
        if best is None or not best.hypstr.strip():
            return NBest()
        words = tuple(self._words(decoder))
        readings = self._readings(decoder, best)
        top = max(score for _, score in readings)
        hypotheses = [
            Hypothesis(
                text,
                {"decoder": score * self.config.acoustic_scale},
                words if text == best.hypstr else (),
            )
            for text, score in readings
        ]
        return NBest.from_scores(
            hypotheses, [(score - top) * self.config.acoustic_scale for _, score in readings]
        )

    def pcm(self, audio: Audio) -> bytes:
        """The sound as it is listened to: with soft noise, in 16-bit samples."""
        if not len(audio.samples):
            return b""
        samples = audio.samples.astype(np.float64)
        generator = np.random.default_rng(0)  # the same clip is always heard the same way
        loud = np.sqrt(np.percentile(frame_power(audio.samples, audio.rate), 95))
        noise = generator.standard_normal(len(samples))
        noise = np.convolve(noise, [1.0, 0.9, 0.8, 0.6, 0.4], mode="same")
        noise *= loud * 10 ** (-self.config.comfort_snr_db / 20) / max(float(noise.std()), 1e-9)
        scaled = np.clip((samples + noise) * 32767, -32768, 32767)
        return bytes(scaled.astype("<i2").tobytes())

    def _readings(self, decoder: Any, best: Any) -> list[tuple[str, float]]:
        """(text, natural-log score) of distinct readings, the decoder's best among them."""
        found: dict[str, float] = {}
        for number, other in enumerate(decoder.nbest()):
            if number > 20 * self.config.num_hypotheses:
                break
            if other is not None and other.hypstr.strip() and other.hypstr not in found:
                found[other.hypstr] = math.log(max(other.score, 1e-300)) * SCORE_UNIT
            if len(found) >= self.config.num_hypotheses:
                break
        # the best path is scored on another scale than the list; it leads, and none overtakes it
        first = found.pop(best.hypstr, None)
        top = max(found.values(), default=0.0) if first is None else first
        return [(best.hypstr, top), *((text, min(score, top)) for text, score in found.items())]

    def _words(self, decoder: Any) -> list[Word]:
        words = []
        for segment in decoder.seg():
            if segment.word.startswith(("<", "[", "+")):
                continue
            confidence = min(1.0, max(0.0, segment.prob))
            start, end = segment.start_frame, segment.end_frame + 1
            text = segment.word.partition("(")[0]
            words.append(Word(text, start / FRAMES_PER_SECOND, end / FRAMES_PER_SECOND, confidence))
        return words

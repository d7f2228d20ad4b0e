"""Which phone is when: forced alignment of English recordings by pocketsphinx.

Knows pocketsphinx's two-step alignment (words first, then phones within them). ``bestpath`` is
off: with it, half of longer utterances fail to align.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from sayfind.acoustic.sphinx import write_dictionary
from sayfind.catalog.lexicon import build_lexicon
from sayfind.types import Audio

__all__ = ["Aligner", "Segment"]

_FRAMES_PER_SECOND = 100
_DITHER = 3.0  # units of 16-bit samples: digital silence upsets the cepstral mean


@dataclass(frozen=True, slots=True)
class Segment:
    """A phone from ``start`` to ``end``, in 10 ms frames; ``SIL`` is silence or noise."""

    phone: str
    start: int
    end: int


class Aligner:
    """Aligns recordings with word sequences over a fixed set of words."""

    def __init__(self, words: Iterable[str]) -> None:
        """Pronounce all words that will be asked for."""
        import pocketsphinx

        self._lexicon = build_lexicon(words)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "words.dict"
            write_dictionary(self._lexicon, path)
            self._decoder: Any = pocketsphinx.Decoder(
                dict=str(path), lm=None, bestpath=False, loglevel="FATAL", beam=1e-80, wbeam=1e-60
            )

    def align(self, audio: Audio, words: Sequence[str]) -> tuple[Segment, ...] | None:
        """The phones of a 16 kHz recording in order, or ``None`` where the words do not fit."""
        if not words or not all(word in self._lexicon for word in words):
            return None
        pcm = _pcm(audio)
        decoder = self._decoder
        try:
            decoder.set_align_text(" ".join(words))
            self._listen(pcm)
            if decoder.hyp() is None:
                return None
            decoder.set_alignment()
            self._listen(pcm)
            alignment = decoder.get_alignment()
        except RuntimeError:  # the search ended outside the last word
            return None
        return tuple(self._segments(alignment)) if alignment is not None else None

    def _listen(self, pcm: bytes) -> None:
        self._decoder.start_utt()
        self._decoder.process_raw(pcm, full_utt=True)
        self._decoder.end_utt()

    def _segments(self, alignment: Any) -> Iterable[Segment]:
        for word in alignment:
            for phone in word:
                name = phone.name if phone.name.isalpha() else "SIL"
                name = "SIL" if word.name.startswith(("<", "[", "+")) else name
                yield Segment(name, phone.start, phone.start + phone.duration)


def _pcm(audio: Audio) -> bytes:
    rng = np.random.default_rng(len(audio.samples))
    samples = audio.samples * 32767 + rng.uniform(-_DITHER, _DITHER, len(audio.samples))
    peak = max(1.0, float(np.abs(samples).max(initial=1.0)) / 32767)
    return bytes((samples / math.ceil(peak)).astype("<i2").tobytes())

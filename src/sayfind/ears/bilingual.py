"""Ears for a shop that is spoken to in English, in Mandarin, or in both in one breath.

Which language it is, is heard twice: by a tiny network made for the question, and in the phones
that our acoustic model hears, which are of one language or the other. Mandarin is heard by our
own model alone, with the shop's Chinese words (Latin names among them) behind it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sayfind.audio.language import SpokenLanguage
from sayfind.ears.joined import JoinedEars
from sayfind.ears.own import OwnEars
from sayfind.errors import LanguageError
from sayfind.text.normalise import has_han
from sayfind.types import Audio, Context, Language, NBest, Posteriors

__all__ = ["BilingualConfig", "BilingualEars", "join_mandarin", "mandarin_share"]

_NO_CHINESE = (
    "This sounds like Mandarin, and nothing in this shop has a Chinese name: "
    "type the query, or choose English as the language to insist."
)
_NO_ENGLISH = (
    "This sounds like English, and nothing in this shop has an English name: "
    "type the query, or choose Mandarin as the language to insist."
)
_NO_WORD = "Nothing in this shop has a name that can be said: type the query."
_EDGE = 0.2  # seconds around the speech that the language is heard in


@dataclass(frozen=True, slots=True)
class BilingualConfig:
    """When an utterance counts as Mandarin: a line through two measures, fitted on recordings.

    ``by_phones`` weighs the log-odds of the Mandarin share of the phones, ``by_sound`` those of
    the language network, and ``bias`` is added; above zero it is Mandarin.
    """

    by_phones: float = 1.0
    by_sound: float = 0.35
    bias: float = 2.0

    def evidence(self, share: float, probability: float) -> float:
        """Log-odds of Mandarin."""
        return self.by_phones * _odds(share) + self.by_sound * _odds(probability) + self.bias


class BilingualEars:
    """A ``Recognizer`` of both languages; the n-best list says which was heard."""

    def __init__(
        self,
        english: JoinedEars | None,
        mandarin: OwnEars | None,
        config: BilingualConfig | None = None,
    ) -> None:
        """Join the ears of the languages that the shop has words of; they share their model."""
        self.english, self.mandarin = english, mandarin
        self.config = config or BilingualConfig()
        self._network = SpokenLanguage()

    def recognize(self, audio: Audio, context: Context) -> NBest:
        """The readings of one 16 kHz utterance, times in seconds from its start.

        Raises:
            LanguageError: the shop has no word of the language that is spoken.
        """
        own = self.english.own if self.english else self.mandarin
        if own is None:
            raise LanguageError(_NO_WORD)
        wanted = context.language
        begun = None
        if self.english and wanted is not Language.MANDARIN:  # at work before it is known
            begun = self.english.begin(audio)
        heard, start = own.posteriors(audio, context)
        language = wanted
        if wanted is Language.AUTO:
            language = self._language(audio, context, heard)
        if language is Language.MANDARIN:
            if self.mandarin is None:
                raise LanguageError(_NO_CHINESE)
            return replace(self.mandarin.decode(heard, start), language=language)
        if self.english is None or begun is None:
            raise LanguageError(_NO_ENGLISH)
        readings = self.english.finish(begun, context, heard, start)
        return replace(readings, language=language)

    def glance(self, audio: Audio, context: Context) -> tuple[OwnEars | None, NBest]:
        """What our own ears alone make of it, and which of them: far sooner, with more errors.

        No ears, and no reading, where the shop has no word of the language.
        """
        own = self.english.own if self.english else self.mandarin
        if own is None:
            raise LanguageError(_NO_WORD)
        heard, start = own.posteriors(audio, context)
        language = context.language
        if language is Language.AUTO:
            language = self._language(audio, context, heard)
        if language is Language.MANDARIN:
            own = self.mandarin
        else:
            own = self.english.own if self.english else None
        if own is None:
            return None, NBest()
        return own, replace(own.decode(heard, start), language=language)

    def _language(self, audio: Audio, context: Context, heard: Posteriors) -> Language:
        share = mandarin_share(heard)
        least, most = (self.config.evidence(share, says) for says in (0.0, 1.0))
        if least <= 0 < most:  # the network is asked only where it can decide
            speech = context.speech or ((0.0, audio.seconds),)
            spoken = audio.window(speech[0][0] - _EDGE, speech[-1][1] + _EDGE)
            most = self.config.evidence(share, self._network.probability(spoken))
        return Language.MANDARIN if most > 0 else Language.ENGLISH


def mandarin_share(posteriors: Posteriors) -> float:
    """Share of the phones heard that are Mandarin ones; none where nothing is heard."""
    heard = np.exp(posteriors.log_probs[:, 1:])
    heard = heard[heard.sum(axis=1) > 0.5]
    if not len(heard):
        return 0.0
    mandarin = np.array([not name[0].isupper() for name in posteriors.tokens[1:]])
    return float(heard[:, mandarin].sum() / heard.sum())


def join_mandarin(words: Sequence[str]) -> str:
    """Words as Chinese is written: spaces only around Latin ones.

    >>> join_mandarin(["我", "想", "买", "nike", "跑步", "鞋"])
    '我想买 nike 跑步鞋'
    """
    pieces: list[str] = []
    for word in words:
        if pieces and has_han(word) and has_han(pieces[-1]):
            pieces[-1] += word
        else:
            pieces.append(word)
    return " ".join(pieces)


def _odds(share: float) -> float:
    bounded = min(max(share, 1e-3), 1 - 1e-3)
    return math.log(bounded / (1 - bounded))

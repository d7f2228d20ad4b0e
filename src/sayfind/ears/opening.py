"""From the files of a compiled shop to its ears."""

from __future__ import annotations

from copy import copy
from pathlib import Path

from sayfind.acoustic.ctc import CtcAcousticModel
from sayfind.acoustic.sphinx import HURRIED, SphinxRecognizer, read_dictionary
from sayfind.decoding.beam import BeamConfig
from sayfind.ears.bilingual import BilingualEars, join_mandarin
from sayfind.ears.joined import JoinedEars
from sayfind.ears.own import OwnEars, OwnEarsConfig
from sayfind.lm.arrays import open_ngram

__all__ = ["MANDARIN", "hurried_ears", "open_ears", "open_english", "open_mandarin"]

MANDARIN = OwnEarsConfig(
    beam=BeamConfig(
        lm_weight=1.1, word_bonus=1.5, noise_log_prob=None, token_floor=-14.0, prune=25.0
    )
)
"""Our own ears alone, tuned on spoken Chinese queries (docs/hearing.md)."""


def open_ears(folder: Path) -> BilingualEars:
    """The ears in a folder that ``Shop.build`` filled, for each language it holds words of.

    Raises:
        ModelError: a file is damaged.
    """
    acoustic = CtcAcousticModel()
    words, chinese = folder / "words.dict", folder / "mandarin.dict"
    return BilingualEars(
        open_english(words, acoustic) if words.is_file() else None,
        open_mandarin(chinese, acoustic) if chinese.is_file() else None,
    )


def hurried_ears(ears: BilingualEars) -> BilingualEars:
    """The same ears, of which pocketsphinx searches as little where it is quiet as in noise."""
    again, english = copy(ears), ears.english
    if english is not None:
        in_noise = english.in_noise
        again.english = JoinedEars(in_noise, english.own, english.config, in_noise, english.near)
    return again


def open_english(dictionary: Path, acoustic: CtcAcousticModel | None = None) -> JoinedEars:
    """Both recognisers over a dictionary and the language model beside it.

    In noise pocketsphinx takes two and a half times as long; there it searches less, which costs
    next to nothing once our own ears listen to the near voice too (docs/latency.md).

    Raises:
        ModelError: a file is missing or damaged.
    """
    arpa = dictionary.with_suffix(".arpa")
    own = OwnEars(read_dictionary(dictionary), open_ngram(arpa), acoustic)
    in_noise = SphinxRecognizer(dictionary, arpa, HURRIED)
    return JoinedEars(SphinxRecognizer(dictionary, arpa), own, in_noise=in_noise)


def open_mandarin(dictionary: Path, acoustic: CtcAcousticModel | None = None) -> OwnEars:
    """Our own ears over a dictionary of Chinese words and the language model beside it.

    Raises:
        ModelError: a file is missing or damaged.
    """
    model = open_ngram(dictionary.with_suffix(".arpa"))
    return OwnEars(read_dictionary(dictionary), model, acoustic, MANDARIN, join_mandarin)

"""A shop's correction: every part of ``correction``, over what the shop and the ears know.

The order: readings weighed anew (English speech), names by sound, Chinese homophones (if asked
for), other ways to put it. What a new reading sounds like is asked of the ears' own acoustic model,
which remembers what it heard a moment ago, so that no sound is heard twice.
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sayfind.acoustic.ctc import CtcAcousticModel
from sayfind.correction.chain import Chain, CorrectionConfig
from sayfind.correction.enhancement import Enhancer
from sayfind.correction.homophones import HomophoneCorrector
from sayfind.correction.phonetic import PhoneticCorrector
from sayfind.correction.replacement import Replacer
from sayfind.correction.sources import CatalogueSource, CausalSource, NGramSource, Source
from sayfind.correction.spoken import SpokenCorrector
from sayfind.decoding.priors import with_less_blank
from sayfind.decoding.second_pass import acoustic_evidence
from sayfind.ears.own import OwnEars
from sayfind.lm.backoff import NGram
from sayfind.lm.neural import open_causal, open_masked
from sayfind.retrieval.postings import Postings
from sayfind.stages import Corrector, PhraseScorer
from sayfind.types import Audio, Posteriors

__all__ = ["RememberingModel", "SoundScorer", "open_corrector", "scorer_of"]

_REMEMBERED = 16  # sounds, of as many requests that are being answered at once
_UNHEARD = -5_000.0
_TITLE = 1  # the bit of a posting whose term stands in the title


class RememberingModel(CtcAcousticModel):
    """The acoustic model that can be asked again about a sound, or a part of one, it has heard."""

    def __init__(self, model: CtcAcousticModel) -> None:
        """Remember for a model that is open already; they share what is loaded."""
        self._session = model._session
        self.tokens, self.frame_shift = model.tokens, model.frame_shift
        self._heard: OrderedDict[int, tuple[weakref.ref[NDArray[np.float32]], Posteriors]] = (
            OrderedDict()
        )
        self._lock = threading.Lock()

    def posteriors(self, audio: Audio) -> Posteriors:
        """As the model's; and remembered as long as the sound is in memory."""
        found = super().posteriors(audio)
        owner = _owner(audio)
        with self._lock:
            self._heard[id(owner)] = weakref.ref(owner), found
            while len(self._heard) > _REMEMBERED:
                self._heard.popitem(last=False)
        return found

    def again(self, audio: Audio) -> Posteriors:
        """What was heard last of the recording that a sound is part of; heard now if never."""
        owner = _owner(audio)
        with self._lock:
            known = self._heard.get(id(owner))
        if known and known[0]() is owner:
            return known[1]
        return self.posteriors(audio)


def _owner(audio: Audio) -> NDArray[np.float32]:
    """The array whose memory a sound lies in: parts of one recording share it."""
    samples: NDArray[np.float32] = audio.samples
    while isinstance(samples.base, np.ndarray):
        samples = samples.base
    return samples


class SoundScorer:
    """A ``PhraseScorer`` by our own acoustic model; less blank, as the ears hear it."""

    def __init__(self, model: RememberingModel, blank_bias: float) -> None:
        self._model, self._blank_bias = model, blank_bias

    def score(self, audio: Audio, phrases: Sequence[str]) -> list[float | None]:
        """Log-likelihood of each phrase against the best path; ``None`` if it cannot be said so."""
        heard = self._model.again(audio)
        if not len(heard.log_probs):
            return [None] * len(phrases)
        heard = with_less_blank(heard, self._blank_bias)
        values = acoustic_evidence(heard, list(phrases))
        return [None if value < _UNHEARD else value for value in values]


def scorer_of(ears: Sequence[OwnEars]) -> SoundScorer | None:
    """Who judges phrases by what these ears hear, which share one model; ``None`` without ears."""
    if not ears:
        return None
    model = RememberingModel(ears[0].acoustic)
    for each in ears:
        each.acoustic = model
    return SoundScorer(model, ears[0].config.blank_bias)


def open_corrector(
    folder: Path,
    postings: Postings,
    model: NGram | None = None,
    scorer: PhraseScorer | None = None,
    config: CorrectionConfig | None = None,
    phonetic: PhoneticCorrector | None = None,
) -> Chain:
    """The corrector of a shop folder.

    ``postings`` are those of its search index, ``model`` is the language model of the English
    ears, ``scorer`` asks the sound; without the last two their evidence is left out. ``phonetic``
    takes the place of the names in the folder.

    Raises:
        ShopError: a file of the shop is missing, damaged or of another version.
        ModelError: a bundled language model is.
    """
    config = config or CorrectionConfig()
    phonetic = phonetic or PhoneticCorrector.open(folder / "phonetic", config.phonetic)
    sources: list[Source] = [_catalogue(postings)]
    if config.spoken.model.weights.get(CausalSource.name):
        sources.append(CausalSource(open_causal()))
    if model is not None:
        sources.append(NGramSource(model))
    replacer = Replacer(phonetic.targets)
    knows = phonetic.targets.knows
    parts: list[Corrector] = [SpokenCorrector(sources, replacer, scorer, config.spoken), phonetic]
    if config.mend_homophones:
        parts.append(HomophoneCorrector(open_masked(), knows, config.homophones))
    return Chain([*parts, Enhancer(_words(postings), knows, config.enhancement)])


def _catalogue(postings: Postings) -> CatalogueSource:
    """The titles' part of the search index."""
    kept = (postings.fields & _TITLE) > 0
    term = np.repeat(np.arange(len(postings.terms)), np.diff(postings.starts))
    counts = np.bincount(term[kept], minlength=len(postings.terms))
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    size = len(postings.title_starts)
    return CatalogueSource(list(postings.terms), starts, postings.products[kept], size)


def _words(postings: Postings) -> dict[str, float]:
    """The words of the shop in letters, with the number of products that have each."""
    sizes = np.diff(postings.starts).tolist()
    pairs = zip(postings.terms, sizes, strict=True)
    return {term: float(size) for term, size in pairs if term.isascii() and term.isalpha()}

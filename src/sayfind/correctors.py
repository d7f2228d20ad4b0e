"""A shop's correction: every part of ``correction``, over what the shop and the ears know.

The order: readings weighed anew (English speech), names by sound, Chinese homophones (if asked
for), other ways to put it. What a new reading sounds like is asked of the ears' own acoustic model,
which remembers what it heard a moment ago, so that no sound is heard twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sayfind.acoustic.ctc import CtcAcousticModel
from sayfind.correction.chain import Chain, CorrectionConfig
from sayfind.correction.enhancement import Enhancer
from sayfind.correction.homophones import HomophoneCorrector
from sayfind.correction.phonetic import PhoneticCorrector
from sayfind.correction.replacement import Replacer
from sayfind.correction.sources import CatalogueSource, CausalSource, NGramSource, Source
from sayfind.correction.spoken import SpokenCorrector
from sayfind.decoding.priors import with_less_blank
from sayfind.ears.bilingual import BilingualEars
from sayfind.ears.memory import Memory
from sayfind.ears.near import NearVoice, evidence
from sayfind.lm.backoff import NGram
from sayfind.lm.neural import open_causal, open_masked
from sayfind.retrieval.postings import Postings
from sayfind.stages import Corrector, PhraseScorer
from sayfind.types import Audio, Posteriors

__all__ = ["RememberingModel", "SoundScorer", "open_corrector", "scorer_of"]

_UNHEARD = -5_000.0
_TITLE = 1  # the bit of a posting whose term stands in the title


class RememberingModel(CtcAcousticModel):
    """The acoustic model that can be asked again about a sound, or a part of one, it has heard."""

    def __init__(self, model: CtcAcousticModel) -> None:
        """Remember for a model that is open already; they share what is loaded."""
        self._session = model._session
        self.tokens, self.frame_shift = model.tokens, model.frame_shift
        self._heard = Memory[Posteriors]()

    def posteriors(self, audio: Audio) -> Posteriors:
        """As the model's; and remembered as long as the sound is in memory."""
        return self._heard.keep(audio, super().posteriors(audio))

    def again(self, audio: Audio) -> Posteriors:
        """What was heard last of the recording that a sound is part of; heard now if never."""
        known = self._heard.find(audio)
        return self.posteriors(audio) if known is None else known


class SoundScorer:
    """A ``PhraseScorer`` by our own acoustic model; it hears as the ears do.

    With less blank, and in noise the near voice too, which counts for ``near_share``.
    """

    def __init__(
        self,
        model: RememberingModel,
        blank_bias: float,
        near: NearVoice | None = None,
        near_share: float = 0.0,
    ) -> None:
        self._model, self._blank_bias = model, blank_bias
        self._near, self._near_share = near, near_share

    def score(self, audio: Audio, phrases: Sequence[str]) -> list[float | None]:
        """Log-likelihood of each phrase against the best path; ``None`` if it cannot be said so."""
        near = self._near.again(audio) if self._near else None
        sounds = [audio] if near is None else [audio, near]
        heard = [self._model.again(sound) for sound in sounds]
        if not len(heard[0].log_probs):
            return [None] * len(phrases)
        hearings = [with_less_blank(each, self._blank_bias) for each in heard]
        values = evidence(hearings, list(phrases), self._near_share)
        return [None if value < _UNHEARD else value for value in values]


def scorer_of(ears: BilingualEars) -> SoundScorer | None:
    """Who judges phrases by what these ears hear; ``None`` if they know no language."""
    listening = [ears.english.own] if ears.english else []
    listening += [ears.mandarin] if ears.mandarin else []
    if not listening:
        return None
    model = RememberingModel(listening[0].acoustic)
    for each in listening:
        each.acoustic = model
    bias = listening[0].config.blank_bias
    if ears.english is None:
        return SoundScorer(model, bias)
    return SoundScorer(model, bias, ears.english.near, ears.english.config.near_share)


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

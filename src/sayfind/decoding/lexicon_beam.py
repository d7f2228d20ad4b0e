"""Words by beam search: a shop's lexicon and language model on any CTC posteriors.

Knows posteriors, pronunciations and an n-gram model; nothing about sound files or products.
``decode`` reads a whole utterance; ``start``, ``step`` and ``finish`` do the same in pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np

from sayfind.decoding.beam import BeamConfig, Beams, Search
from sayfind.decoding.histories import Histories, WordModel
from sayfind.decoding.result import n_best
from sayfind.decoding.trie import PronunciationTrie
from sayfind.errors import ModelError
from sayfind.lm.backoff import NGram
from sayfind.lm.bias import ContextGraph
from sayfind.types import NBest, Posteriors

__all__ = ["LexiconDecoder", "Partial"]


@dataclass(frozen=True, slots=True)
class Partial:
    """An utterance half heard: a value, but for the search's table, which only grows."""

    search: Search
    beams: Beams

    @property
    def stable(self) -> tuple[str, ...]:
        """The words that all beams agree on; later sound cannot take them back."""
        histories = self.search.histories
        texts = [histories.text(h) for h in np.unique(self.beams.history).tolist()]
        agreed = takewhile(lambda column: len(set(column)) == 1, zip(*texts, strict=False))
        return tuple(column[0] for column in agreed)

    @property
    def best(self) -> tuple[str, ...]:
        """The finished words of the best beam so far."""
        at = int(self.search.totals(self.beams).argmax())
        return self.search.histories.text(int(self.beams.history[at]))


class LexiconDecoder:
    """Beam search over a pronunciation trie; one object serves any number of threads."""

    def __init__(
        self,
        tokens: Sequence[str],
        lexicon: Mapping[str, Sequence[Sequence[str]]],
        model: NGram | None,
        config: BeamConfig | None = None,
    ) -> None:
        """Build the trie. ``tokens`` are those of the acoustic model, the blank first.

        Raises:
            ConfigError: no word of the lexicon can be said with the tokens.
        """
        self.config = config or BeamConfig()
        self.tokens = tuple(tokens)
        self._model = WordModel(list(lexicon), model)
        sounds = [(i, sound) for i, word in enumerate(lexicon) for sound in lexicon[word]]
        self._trie = PronunciationTrie.build(
            sounds, self.tokens, self._model.unigrams(), self.config.noise_log_prob
        )
        self.join: Callable[[Sequence[str]], str] = " ".join

    @property
    def words(self) -> tuple[str, ...]:
        """The lexicon."""
        return self._model.words

    def bias(self, phrases: Mapping[str, float]) -> ContextGraph:
        """Phrases to lean towards, with weights (natural log), as ``decode`` takes them.

        Raises:
            ConfigError: no phrase is made of words of the lexicon.
        """
        return ContextGraph.from_texts(phrases, str.split, set(self.words))

    def decode(self, posteriors: Posteriors, bias: ContextGraph | None = None) -> NBest:
        """The readings of a whole utterance; ``scores`` are ``acoustic``, ``lm`` and ``bias``.

        Raises:
            ModelError: the posteriors are over other tokens.
        """
        return self.finish(self.step(self.start(bias), posteriors), posteriors.frame_shift)

    def start(self, bias: ContextGraph | None = None) -> Partial:
        """Before the first frame."""
        config = self.config
        histories = Histories(self._model, config.lm_weight, config.word_bonus, bias)
        search = Search(self._trie, histories, config)
        return Partial(search, search.first())

    def step(self, partial: Partial, posteriors: Posteriors) -> Partial:
        """After some more frames.

        Raises:
            ModelError: the posteriors are over other tokens.
        """
        if posteriors.tokens != self.tokens:
            raise ModelError(
                "These posteriors are over other tokens than the decoder was made for."
            )
        beams = partial.beams
        for row in posteriors.log_probs:
            beams = partial.search.step(beams, row)
        return Partial(partial.search, beams)

    def finish(self, partial: Partial, frame_shift: float) -> NBest:
        """The readings of what was heard; ``frame_shift`` in seconds gives words their times."""
        return n_best(partial.search, partial.beams, self.words, frame_shift, self.join)

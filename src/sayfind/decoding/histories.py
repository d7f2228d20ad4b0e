"""Word sequences met during a search, each once, with what the models think of it.

Knows the language model and the phrase list; nothing about sound. A history is a number; the table
only ever grows, so that a number keeps its meaning for the whole utterance.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sayfind.decoding.trie import NOISE
from sayfind.lm.backoff import END, UNKNOWN, NGram
from sayfind.lm.bias import ContextGraph

__all__ = ["EMPTY", "Histories", "WordModel"]

EMPTY = 0
_UNHEARD_OF = -16.0
"""Log-probability of a lexicon word that a closed language model does not hold."""

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


class WordModel:
    """A language model over the numbered words of a lexicon; without one all words are equal."""

    def __init__(self, words: Sequence[str], model: NGram | None) -> None:
        self.words = tuple(words)
        self.model = model
        ids = {} if model is None else model.ids
        other = ids.get(UNKNOWN, -1)
        self._ids = np.array([ids.get(word, other) for word in self.words], dtype=np.int64)
        self._end = ids.get(END, -1)

    def first_state(self) -> Integers:
        """What the model keeps of the beginning of a sentence, ``(state_size,)``."""
        return np.zeros(0, np.int64) if self.model is None else self.model.first_state()

    def unigrams(self) -> Floats:
        """Log-probability of each word without context."""
        if self.model is None:
            return np.zeros(len(self.words))
        return np.maximum(self.model.log_probs(self._ids[:, None]), _UNHEARD_OF)

    def after(self, states: Integers, words: Integers) -> tuple[Floats, Integers]:
        """Log-probability of each word after its state ``(n, state_size)``, and the new states."""
        if self.model is None:
            return np.zeros(len(words)), states
        log_probs, states = self.model.step(states, self._ids[words])
        return np.maximum(log_probs, _UNHEARD_OF), states

    def ends(self, states: Integers) -> Floats:
        """Log-probability of the end of the sentence after each state."""
        if self.model is None:
            return np.zeros(len(states))
        ends = np.full(len(states), self._end, dtype=np.int64)
        return np.maximum(self.model.step(states, ends)[0], _UNHEARD_OF)


class Histories:
    """The table. ``score[h]`` joins all that is not sound, as the search adds it up."""

    def __init__(
        self, model: WordModel, lm_weight: float, word_bonus: float, bias: ContextGraph | None
    ) -> None:
        self._model = model
        self._lm_weight = lm_weight
        self._word_bonus = word_bonus
        self._bias = bias
        self._numbers: dict[int, int] = {}
        self._parent, self._word, self._state = [0], [NOISE], [0]
        # rows by history number, with spare room at the end
        self._lm_states = model.first_state()[None, :].repeat(1024, axis=0)
        self._lm, self._bonus, self.score = np.zeros(1024), np.zeros(1024), np.zeros(1024)

    def __len__(self) -> int:
        return len(self._parent)

    def extend(self, histories: Integers, words: Integers) -> Integers:
        """The histories with one more word each; noise changes nothing."""
        width = len(self._model.words) + 1
        keys = (histories * width + words).tolist()
        numbers = self._numbers
        at = np.array([numbers.get(key, -1) for key in keys], dtype=np.int64)
        noise = words == NOISE
        at[noise] = histories[noise]
        missing = np.flatnonzero(at < 0)
        if len(missing):
            self._add(np.unique(histories[missing] * width + words[missing]), width)
            at[missing] = [numbers[keys[i]] for i in missing.tolist()]
        return at

    def _add(self, keys: Integers, width: int) -> None:
        first, count = len(self._parent), len(self._parent) + len(keys)
        parents, words = np.divmod(keys, width)
        while count > len(self.score):
            self._grow()
        new = slice(first, count)
        log_probs, self._lm_states[new] = self._model.after(self._lm_states[parents], words)
        self._lm[new] = self._lm[parents] + log_probs
        self._parent.extend(parents.tolist())
        self._word.extend(words.tolist())
        self._numbers.update(zip(keys.tolist(), range(first, count), strict=True))
        self._state.extend([0] * len(keys))
        if self._bias is not None:
            self._step_bias(range(first, count), self._bias)
        gained = self._bonus[new] - self._bonus[parents]
        self.score[new] = (
            self.score[parents] + self._lm_weight * log_probs + self._word_bonus + gained
        )

    def _grow(self) -> None:
        self._lm_states = np.concatenate([self._lm_states, self._lm_states])
        self._lm, self._bonus, self.score = (
            np.concatenate([each, np.zeros(len(each))])
            for each in (self._lm, self._bonus, self.score)
        )

    def _step_bias(self, new: range, bias: ContextGraph) -> None:
        for history in new:
            parent, word = self._parent[history], self._model.words[self._word[history]]
            self._state[history], gained = bias.step(self._state[parent], word)
            self._bonus[history] = self._bonus[parent] + gained

    def text(self, history: int) -> tuple[str, ...]:
        """The words of a history."""
        words = []
        while history != EMPTY:
            words.append(self._model.words[self._word[history]])
            history = self._parent[history]
        return tuple(reversed(words))

    def finished(self, histories: Integers) -> tuple[Floats, Floats, Floats]:
        """Of each history as a whole sentence: ``lm`` and ``bias`` log-scores, and their sum.

        The sum is weighted and holds the word bonus; the first two are as the models gave them.
        """
        ends = self._model.ends(self._lm_states[histories])
        left = np.zeros(len(histories))
        if self._bias is not None:
            left = np.array([self._bias.leave(self._state[h]) for h in histories.tolist()])
        lm = self._lm[histories] + ends
        bias = self._bonus[histories] + left
        return lm, bias, self.score[histories] + self._lm_weight * ends + left

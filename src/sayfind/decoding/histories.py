"""Word sequences met during a search, each once, with what the models think of it.

Knows the language model and the phrase list; nothing about sound. A history is a number; the table
only ever grows, so that a number keeps its meaning for the whole utterance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sayfind.decoding.trie import NOISE
from sayfind.lm.backoff import BEGIN, END, UNKNOWN, NGram
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
        self.context_length = 0 if model is None else model.order - 1

    def first_context(self) -> Integers:
        """The word numbers before a sentence, ``(context_length,)``."""
        context = np.full(self.context_length, -1, dtype=np.int64)
        if self.model is not None and self.context_length:
            context[-1] = self.model.ids[BEGIN]
        return context

    def unigrams(self) -> Floats:
        """Log-probability of each word without context."""
        if self.model is None:
            return np.zeros(len(self.words))
        return np.maximum(self.model.log_probs(self._ids[:, None]), _UNHEARD_OF)

    def after(self, contexts: Integers, words: Integers) -> tuple[Floats, Integers]:
        """Log-probability of each word after its context ``(n, context_length)``; new contexts."""
        if self.model is None:
            return np.zeros(len(words)), contexts
        rows = np.column_stack([contexts, self._ids[words]])
        return np.maximum(self.model.log_probs(rows), _UNHEARD_OF), rows[:, 1:]

    def ends(self, contexts: Integers) -> Floats:
        """Log-probability of the end of the sentence after each context."""
        if self.model is None:
            return np.zeros(len(contexts))
        ends = np.full(len(contexts), self._end, dtype=np.int64)
        return np.maximum(self.model.log_probs(np.column_stack([contexts, ends])), _UNHEARD_OF)


@dataclass(frozen=True, slots=True)
class _Growing:
    """Rows by history number; ``values`` has spare room at its end."""

    values: NDArray[np.float64]

    def room(self, count: int) -> _Growing:
        if count <= len(self.values):
            return self
        return _Growing(np.concatenate([self.values, np.zeros(max(count, len(self.values)))]))


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
        self._contexts = model.first_context()[None, :].repeat(1024, axis=0)
        self._lm, self._bonus, self._score = (_Growing(np.zeros(1024)) for _ in range(3))

    def __len__(self) -> int:
        return len(self._parent)

    @property
    def score(self) -> Floats:
        """Weighted log-score of each history: language model, word bonus and bias."""
        return self._score.values

    def extend(self, histories: Integers, words: Integers) -> Integers:
        """The histories with one more word each; noise changes nothing."""
        width = len(self._model.words) + 1
        keys = (histories * width + words).tolist()
        numbers = self._numbers
        missing = {
            key: None
            for key, word in zip(keys, words.tolist(), strict=True)
            if word != NOISE and key not in numbers
        }
        if missing:
            self._add(np.fromiter(missing, dtype=np.int64, count=len(missing)), width)
        return np.array(
            [
                history if word == NOISE else numbers[key]
                for key, word, history in zip(keys, words.tolist(), histories.tolist(), strict=True)
            ],
            dtype=np.int64,
        )

    def _add(self, keys: Integers, width: int) -> None:
        first, count = len(self._parent), len(self._parent) + len(keys)
        parents, words = keys // width, keys % width
        log_probs, contexts = self._model.after(self._contexts[parents], words)
        while count > len(self._contexts):
            self._contexts = np.concatenate([self._contexts, self._contexts])
        self._lm, self._bonus, self._score = (
            each.room(count) for each in (self._lm, self._bonus, self._score)
        )
        new = slice(first, count)
        self._contexts[new] = contexts
        self._lm.values[new] = self._lm.values[parents] + log_probs
        self._parent.extend(parents.tolist())
        self._word.extend(words.tolist())
        self._numbers.update(zip(keys.tolist(), range(first, count), strict=True))
        self._state.extend([0] * len(keys))
        if self._bias is not None:
            self._step_bias(range(first, count), self._bias)
        gained = self._bonus.values[new] - self._bonus.values[parents]
        self._score.values[new] = (
            self._score.values[parents] + self._lm_weight * log_probs + self._word_bonus + gained
        )

    def _step_bias(self, new: range, bias: ContextGraph) -> None:
        for history in new:
            parent, word = self._parent[history], self._model.words[self._word[history]]
            self._state[history], gained = bias.step(self._state[parent], word)
            self._bonus.values[history] = self._bonus.values[parent] + gained

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
        ends = self._model.ends(self._contexts[histories])
        left = np.zeros(len(histories))
        if self._bias is not None:
            left = np.array([self._bias.leave(self._state[h]) for h in histories.tolist()])
        lm = self._lm.values[histories] + ends
        bias = self._bonus.values[histories] + left
        return lm, bias, self._score.values[histories] + self._lm_weight * ends + left

"""The back-off n-gram model: a table of n-grams with natural-log probabilities and back-offs.

Knows how to look up and score; how the numbers were estimated is the business of ``ngram``, how
they are written of ``arpa``. N-grams are packed: an n-gram is (number of its prefix among the
shorter n-grams) * (vocabulary size) + (its last word), so that each order is one sorted int64
array and any order fits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["BEGIN", "END", "LOG_ZERO", "UNKNOWN", "Level", "NGram", "Rows", "build", "normalise"]

BEGIN, END, UNKNOWN = "<s>", "</s>", "<unk>"
LOG_ZERO = -99 * math.log(10)
"""What ARPA writes for the probability of ``<s>``, which is a context and never a prediction."""

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Rows = tuple[Integers, Floats, Floats]
"""One order written out: word numbers ``(n, order)``, log-probabilities, log-back-offs."""


@dataclass(frozen=True, slots=True)
class Level:
    """All n-grams of one order: ``keys`` sorted, the rest parallel to it, natural logarithms."""

    keys: Integers
    log_probs: Floats
    backoffs: Floats


class NGram:
    """An n-gram model; implements ``stages.LanguageModel`` with a tuple of words as state.

    ``words[i]`` is the word with number ``i``; ``levels[k]`` holds the (k+1)-grams. Every prefix
    and suffix of an n-gram is itself in the table (``build`` sees to it).
    """

    def __init__(self, words: Sequence[str], levels: Sequence[Level]) -> None:
        self.words = tuple(words)
        self.levels = tuple(levels)
        self.ids: Mapping[str, int] = {word: number for number, word in enumerate(self.words)}

    @property
    def order(self) -> int:
        """Length of the longest n-gram."""
        return len(self.levels)

    @property
    def is_open(self) -> bool:
        """Whether an unknown word has a probability (that of ``<unk>``)."""
        return UNKNOWN in self.ids

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """The words that can be predicted, without ``<s>``, ``</s>`` and ``<unk>``."""
        return tuple(word for word in self.words if word not in (BEGIN, END, UNKNOWN))

    def __len__(self) -> int:
        """Number of n-grams of all orders."""
        return sum(len(level.keys) for level in self.levels)

    # --- one token at a time

    def start(self) -> tuple[str, ...]:
        """State at the beginning of a sentence."""
        return (BEGIN,) if self.order > 1 else ()

    def score(self, state: tuple[str, ...], token: str) -> tuple[float, tuple[str, ...]]:
        """Natural-log probability of a token after a state, and the state after it.

        ``</s>`` ends a sentence. A word outside a closed vocabulary has probability zero
        (``-inf``). The new state holds only words that can still matter, so that equal states
        mean equal futures.
        """
        word = self._number(token)
        if word < 0:
            return -math.inf, ()
        context = [self._number(w) for w in state[max(0, len(state) - self.order + 1) :]]
        total = 0.0
        for first in range(len(context) + 1):
            history = context[first:]
            prefix = self._find(history)
            found = self._tables[len(history)].get(prefix * len(self.words) + word, -1)
            if found >= 0:
                break
            if prefix >= 0:
                total += self._values[len(history) - 1][1][prefix]
        return total + self._values[len(history)][0][found], self._shorten((*context, word))

    def sentence(self, words: Sequence[str]) -> float:
        """Natural-log probability of a whole sentence, its end included."""
        total, state = 0.0, self.start()
        for word in (*words, END):
            value, state = self.score(state, word)
            total += value
        return total

    def _number(self, word: str) -> int:
        return self.ids.get(word, self.ids.get(UNKNOWN, -1))

    def _find(self, numbers: Sequence[int]) -> int:
        """Index within its order; -1 where absent, and 0 for the empty n-gram."""
        found = 0
        for table, number in zip(self._tables, numbers, strict=False):
            if number < 0:  # a word outside a closed vocabulary: its key would be another's
                return -1
            found = table.get(found * len(self.words) + number, -1)
            if found < 0:
                break
        return found

    def _shorten(self, numbers: Sequence[int]) -> tuple[str, ...]:
        for first in range(max(0, len(numbers) - self.order + 1), len(numbers)):
            if self._find(numbers[first:]) >= 0:
                return tuple(self.words[number] for number in numbers[first:])
        return ()

    @cached_property
    def _tables(self) -> list[dict[int, int]]:
        return [dict(zip(lv.keys.tolist(), range(len(lv.keys)), strict=True)) for lv in self.levels]

    @cached_property
    def _values(self) -> list[tuple[list[float], list[float]]]:
        return [(level.log_probs.tolist(), level.backoffs.tolist()) for level in self.levels]

    # --- many at a time

    def find(self, rows: Integers) -> Integers:
        """Index of each n-gram ``(n, k)`` of word numbers within its order; -1 where absent."""
        found = np.zeros(len(rows), dtype=np.int64)
        for level, column in zip(self.levels, rows.T, strict=False):
            wanted = np.where((found < 0) | (column < 0), -1, found * len(self.words) + column)
            at = np.searchsorted(level.keys, wanted)
            at[at == len(level.keys)] = 0
            hit = level.keys[at] == wanted if len(level.keys) else np.zeros(len(at), dtype=bool)
            found = np.where(hit, at, -1)
        return found

    def log_probs(self, rows: Integers) -> Floats:
        """Log-probability of each row's last word after the words before it, backing off.

        Word number -1 is a word the model does not know: it ends a context, and is never
        predicted.
        """
        if rows.shape[1] == 1:
            known = rows[:, 0] >= 0
            return np.where(known, self.levels[0].log_probs[rows[:, 0]], -np.inf)
        found = self.find(rows)
        result = np.empty(len(rows))
        seen = found >= 0
        result[seen] = self.levels[rows.shape[1] - 1].log_probs[found[seen]]
        rest = rows[~seen]
        prefix = self.find(rest[:, :-1])
        backoffs = np.append(self.levels[rows.shape[1] - 2].backoffs, 0.0)[prefix]  # -1: none
        result[~seen] = backoffs + self.log_probs(rest[:, 1:])
        return result

    def sentences(self, texts: Sequence[Sequence[str]]) -> Floats:
        """Natural-log probability of each whole sentence, as ``sentence`` gives it."""
        unknown = self.ids.get(UNKNOWN, -1)
        length = 1 + max(map(len, texts), default=0)
        words = np.full((len(texts), length), self.ids[END])
        for row, text in zip(words, texts, strict=True):
            row[: len(text)] = [self.ids.get(word, unknown) for word in text]
        ends = np.array([len(text) for text in texts], dtype=np.int64)
        states, total = self.first_state()[None].repeat(len(texts), axis=0), np.zeros(len(texts))
        for number, column in enumerate(words.T):
            value, states = self.step(states, column)
            total += np.where(number <= ends, value, 0.0)
        return total

    def first_state(self) -> Integers:
        """The beginning of a sentence, ``(order - 1,)``, for ``step``.

        Item ``k`` of a state is the index of its last ``k + 1`` words in their order, or -1.
        """
        state = np.full(self.order - 1, -1)
        state[:1] = self.ids[BEGIN]
        return state

    def step(self, states: Integers, words: Integers) -> tuple[Floats, Integers]:
        """Log-probability of each word after its state ``(n, order - 1)``, and the states after it.

        The same as ``log_probs`` at one look-up for each order, for many searches by beam.
        """
        after = np.full((len(words), self.order), -1)
        after[:, 0] = words
        result = np.where(words < 0, -np.inf, self.levels[0].log_probs[words])
        for k, level in enumerate(self.levels[1:], start=1):
            before = states[:, k - 1]
            wanted = np.where((before < 0) | (words < 0), -1, before * len(self.words) + words)
            backoff = np.where(before < 0, 0.0, self.levels[k - 1].backoffs[before])
            if not len(level.keys):  # no sentence is so long: none of this order or a longer
                result = result + backoff
                break
            at = np.searchsorted(level.keys[:-1], wanted)
            hit = level.keys[at] == wanted
            result = np.where(hit, level.log_probs[at], result + backoff)
            after[:, k] = np.where(hit, at, -1)
        return result, after[:, : self.order - 1]

    def rows(self, order: int) -> Integers:
        """The word numbers ``(n, order)`` of all n-grams of one order, in table order."""
        columns, index = [], np.arange(len(self.levels[order - 1].keys))
        for length in range(order, 0, -1):
            keys = self.levels[length - 1].keys[index]
            columns.append(keys % len(self.words))
            index = keys // len(self.words)
        return np.stack(columns[::-1], axis=1)

    def perplexity(self, sentences: Iterable[Sequence[str]]) -> float:
        """Perplexity per predicted token, sentence ends included; ``inf`` for an unknown word in
        a closed vocabulary; ``nan`` without sentences.
        """  # noqa: D205
        ids, unknown, begin, end = (
            self.ids,
            self.ids.get(UNKNOWN, -1),
            self.ids[BEGIN],
            self.ids[END],
        )
        texts = [[begin, *(ids.get(w, unknown) for w in s), end] for s in sentences]
        if not texts:
            return math.nan
        tokens = np.array([token for text in texts for token in text], dtype=np.int64)
        place = np.concatenate([np.arange(len(text)) for text in texts])
        total = 0.0
        for length in range(1, self.order):
            total += self._sum_at(tokens, np.flatnonzero(place == length), length + 1)
        total += self._sum_at(tokens, np.flatnonzero(place >= max(self.order, 1)), self.order)
        count = len(tokens) - len(texts)
        return math.exp(min(-total / count, 700.0)) if total > -math.inf else math.inf

    def _sum_at(self, tokens: Integers, at: Integers, length: int) -> float:
        length = min(length, self.order)
        rows = tokens[at[:, None] + np.arange(1 - length, 1)]
        return float(self.log_probs(rows).sum())


def build(words: Sequence[str], orders: Sequence[Rows]) -> NGram:
    """A model from n-grams written out as rows, in any order.

    Prefixes and suffixes that are missing are put in with the probability that backing off gives
    them, so that the model assigns the same probabilities as before.
    """
    model = NGram(words, [])
    for order, (rows, log_probs, backoffs) in enumerate(orders, start=1):
        absent = _absent(model, rows)
        if len(absent):
            given = orders[order - 2]
            known, zeros = model.log_probs(absent), np.zeros(len(absent))
            wider = (
                np.concatenate([given[0], absent]),
                np.concatenate([given[1], known]),
                np.concatenate([given[2], zeros]),
            )
            return build(words, [*orders[: order - 2], wider, *orders[order - 1 :]])
        keys = model.find(rows[:, :-1]) * len(words) + rows[:, -1]
        at = np.argsort(keys)
        level = Level(keys[at], np.minimum(log_probs[at], 0.0), backoffs[at])
        model = NGram(words, [*model.levels, level])
    return model


def _absent(model: NGram, rows: Integers) -> Integers:
    """Prefixes and suffixes of rows that the model, one order shorter, does not hold."""
    if model.order == 0:
        return rows[:0]
    parts = (rows[:, :-1], rows[:, 1:])
    return np.unique(np.concatenate([p[model.find(p) < 0] for p in parts]), axis=0)


def normalise(words: Sequence[str], orders: Sequence[Rows]) -> NGram:
    """A model whose back-offs are computed anew, so that each context sums to one."""
    model = build(words, orders)
    done = [model.levels[0]]
    for order in range(2, model.order + 1):
        shorter = NGram(words, done)
        rows = model.rows(order)
        prefix = model.levels[order - 1].keys // len(words)
        size = len(done[-1].keys)
        seen = np.bincount(prefix, np.exp(model.levels[order - 1].log_probs), minlength=size)
        below = np.bincount(prefix, np.exp(shorter.log_probs(rows[:, 1:])), minlength=size)
        left, right = np.maximum(1.0 - seen, 1e-10), np.maximum(1.0 - below, 1e-10)
        has = np.bincount(prefix, minlength=size) > 0
        backoffs = np.where(has, np.log(left / right), 0.0)
        done[-1] = Level(done[-1].keys, done[-1].log_probs, backoffs)
        done.append(model.levels[order - 1])
    last = done[-1]
    done[-1] = Level(last.keys, last.log_probs, np.zeros(len(last.keys)))
    return NGram(words, done)

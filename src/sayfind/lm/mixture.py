"""Mixtures of n-gram models, and their weights.

A linear mixture is one n-gram model again (``interpolate``); its weights are tuned on dev
sentences by expectation maximisation. A log-linear one multiplies powers of the probabilities, and
is normalised over the vocabulary at each step.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from sayfind.errors import ConfigError, InputError
from sayfind.lm.backoff import BEGIN, END, LOG_ZERO, UNKNOWN, Floats, Integers, NGram, normalise

__all__ = ["LogLinearMixture", "interpolate", "tune_linear", "tune_log_linear"]


def interpolate(models: Sequence[NGram], weights: Sequence[float]) -> NGram:
    """One model whose probability for each n-gram any of them holds is the weighted mean.

    Elsewhere it backs off, with weights computed so that every context sums to one (the static
    mixture of SRILM's ``-mix-lm``). A word that a model does not know has probability zero there.
    Weights are scaled to sum to one.

    Raises:
        ConfigError: no models, not one weight for each, or weights that are not positive.
    """
    if not models or len(models) != len(weights) or min(weights) <= 0:
        raise ConfigError("A mixture needs one positive weight for each of its models.")
    shares = np.array(weights, dtype=np.float64) / sum(weights)
    words = _union_words(models)
    numbers = {word: number for number, word in enumerate(words)}
    to_union = [np.array([numbers[w] for w in m.words], dtype=np.int64) for m in models]
    orders = []
    for order in range(1, max(m.order for m in models) + 1):
        parts = [
            t[m.rows(order)] for m, t in zip(models, to_union, strict=True) if m.order >= order
        ]
        rows = np.unique(np.concatenate(parts), axis=0)
        orders.append((rows, _mixed(models, to_union, shares, rows), np.zeros(len(rows))))
    begin = orders[0][0][:, 0] == numbers[BEGIN]
    orders[0][1][begin] = LOG_ZERO
    return normalise(words, orders)


def _union_words(models: Sequence[NGram]) -> list[str]:
    first = [BEGIN, END, *([UNKNOWN] if any(m.is_open for m in models) else [])]
    return list(dict.fromkeys([*first, *(word for m in models for word in m.words)]))


def _mixed(
    models: Sequence[NGram], to_union: Sequence[Integers], shares: Floats, rows: Integers
) -> Floats:
    """Log of the weighted mean probability of each row, with the models' own word numbers."""
    total = np.zeros(len(rows))
    size = max(int(t.max()) for t in to_union) + 1
    for model, known, share in zip(models, to_union, shares, strict=True):
        own = np.full(size, -1, dtype=np.int64)
        own[known] = np.arange(len(known))
        mine = own[rows[:, -model.order :]]
        total += share * np.exp(model.log_probs(mine))
    return np.log(np.maximum(total, np.exp(LOG_ZERO)))


def tune_linear(
    models: Sequence[NGram], sentences: Iterable[Sequence[str]], rounds: int = 30
) -> list[float]:
    """Weights of a linear mixture under which dev sentences are likeliest (Jelinek & Mercer 1980).

    A token that no model can predict counts nowhere.

    Raises:
        InputError: no token of the sentences can be predicted.
    """
    texts = list(sentences)
    table = np.stack([_token_probabilities(model, texts) for model in models], axis=1)
    table = table[table.sum(axis=1) > 0]
    if not len(table):
        raise InputError("The dev sentences have no word that a model knows; give others.")
    shares = np.full(len(models), 1.0 / len(models))
    for _ in range(rounds):
        joint = table * shares
        shares = (joint / joint.sum(axis=1, keepdims=True)).mean(axis=0)
    return [float(share) for share in shares]


def _token_probabilities(model: NGram, sentences: Sequence[Sequence[str]]) -> Floats:
    """The probability of each token, sentence ends included, one after another."""
    values = []
    for words in sentences:
        state = model.start()
        for word in (*words, END):
            value, state = model.score(state, word)
            values.append(math.exp(value))
    return np.array(values)


MixtureState = tuple[tuple[str, ...], ...]


class LogLinearMixture:
    """Powers of models' probabilities multiplied and normalised; a ``stages.LanguageModel``.

    It predicts the words that every model can predict (and ``</s>``).
    """

    def __init__(self, models: Sequence[NGram], weights: Sequence[float]) -> None:
        """Mix models with exponents, which need not sum to one.

        Raises:
            ConfigError: no models, not one weight for each, a negative weight or all zero.
        """
        if not models or len(models) != len(weights) or min(weights) < 0 or max(weights) == 0:
            raise ConfigError("A log-linear mixture needs a weight of 0 or more for each model.")
        self.models, self.weights = tuple(models), tuple(weights)
        shared = set(models[0].vocabulary).intersection(*(m.vocabulary for m in models[1:]))
        self._words = [*sorted(shared), END]
        self._numbers = {word: number for number, word in enumerate(self._words)}
        self._columns = [np.array([m.ids[w] for w in self._words], np.int64) for m in models]

    def start(self) -> MixtureState:
        """State at the beginning of a sentence: one of each model."""
        return tuple(model.start() for model in self.models)

    def score(self, state: MixtureState, token: str) -> tuple[float, MixtureState]:
        """Natural-log probability of a token after a state, and the state after it."""
        number = self._numbers.get(token, -1)
        pairs = zip(self.models, state, strict=True)
        after = tuple(model.score(history, token)[1] for model, history in pairs)
        return (float(self.distribution(state)[number]) if number >= 0 else -math.inf), after

    def distribution(self, state: MixtureState) -> Floats:
        """Log-probabilities ``(num_words,)`` of every word it predicts, the end last."""
        total = np.zeros(len(self._words))
        for model, history, columns, weight in zip(
            self.models, state, self._columns, self.weights, strict=True
        ):
            recent = history[max(0, len(history) - model.order + 1) :]
            context = [model.ids.get(word, -1) for word in recent]
            rows = np.empty((len(columns), len(context) + 1), np.int64)
            rows[:, :-1], rows[:, -1] = context, columns
            total += weight * model.log_probs(rows)
        top = total.max()
        result: Floats = total - top - np.log(np.exp(total - top).sum())
        return result

    def perplexity(self, sentences: Iterable[Sequence[str]]) -> float:
        """Perplexity per predicted token, ends included; ``inf`` for an unknown word."""
        total, count = 0.0, 0
        for words in sentences:
            state = self.start()
            for word in (*words, END):
                value, state = self.score(state, word)
                total, count = total + value, count + 1
        return math.exp(min(-total / count, 700.0)) if count else math.nan


def tune_log_linear(
    models: Sequence[NGram], sentences: Iterable[Sequence[str]], rounds: int = 3
) -> list[float]:
    """Exponents with the least perplexity of dev sentences, by coordinate descent."""
    texts = list(sentences)
    weights = [1.0 / len(models)] * len(models)
    best = LogLinearMixture(models, weights).perplexity(texts)
    for number in range(rounds):
        step = 0.4 / 2**number
        for column in range(len(models)):
            for change in (-step, step):
                trial = list(weights)
                trial[column] = max(0.0, trial[column] + change)
                if not any(trial):
                    continue
                value = LogLinearMixture(models, trial).perplexity(texts)
                if value < best:
                    best, weights = value, trial
    return weights

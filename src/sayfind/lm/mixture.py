"""A linear mixture of n-gram models, as one n-gram model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sayfind.errors import ConfigError
from sayfind.lm.backoff import BEGIN, END, LOG_ZERO, UNKNOWN, Floats, Integers, NGram, normalise

__all__ = ["interpolate"]


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

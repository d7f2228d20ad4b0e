"""Relative-entropy pruning (Stolcke 1998) of a back-off model.

The weight of a context is its share of the corpus, not what the model's own shorter n-grams say:
Kneser-Ney's are not marginals, and pruning by them removes the wrong ones (Chelba et al. 2010).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sayfind.lm.backoff import Floats, NGram, normalise

__all__ = ["prune_by_entropy"]


def prune_by_entropy(model: NGram, counts: Sequence[Floats], threshold: float) -> NGram:
    """The model without the n-grams whose loss raises perplexity by less than ``threshold``.

    ``counts[k]`` holds the corpus weight of each (k+1)-gram, in table order. An n-gram that is a
    part of a longer one that stays is kept.
    """
    total = float(counts[0].sum())
    stays = [np.ones(len(level.keys), dtype=bool) for level in model.levels]
    needed = [np.zeros(len(level.keys), dtype=bool) for level in model.levels]
    for order in range(model.order, 1, -1):
        harm = _harm(model, order, counts[order - 2] / total)
        stays[order - 1] = (harm >= threshold) | needed[order - 1]
        chosen = model.rows(order)[stays[order - 1]]
        for part in (chosen[:, :-1], chosen[:, 1:]):
            needed[order - 2][model.find(part)] = True
    parts = zip(model.levels, stays, strict=True)
    orders = [
        (model.rows(n)[kept], level.log_probs[kept], level.backoffs[kept])
        for n, (level, kept) in enumerate(parts, start=1)
    ]
    return normalise(model.words, orders)


def _harm(model: NGram, order: int, shares: Floats) -> Floats:
    """Relative change of perplexity if an n-gram alone were removed (Stolcke 1998, eq. 4-7)."""
    level, before = model.levels[order - 1], model.levels[order - 2]
    prefix = level.keys // len(model.words)
    here = np.exp(level.log_probs)
    below = model.log_probs(model.rows(order)[:, 1:])
    size = len(before.keys)
    unseen = np.maximum(1.0 - np.bincount(prefix, here, minlength=size), 1e-10)[prefix]
    unseen_below = np.maximum(1.0 - np.bincount(prefix, np.exp(below), minlength=size), 1e-10)
    backoff = np.log((unseen + here) / (unseen_below[prefix] + np.exp(below)))
    change = here * (below + backoff - level.log_probs)
    change += unseen * (backoff - before.backoffs[prefix])
    increase: Floats = np.expm1(np.maximum(-shares[prefix] * change, 0.0))
    return increase

"""An interpolated modified Kneser-Ney n-gram over numbers, pruned to a size, as a trie.

Works on whole arrays: an n-gram is known by its history's number and its last token, and a
position of the text by the n-gram that ends there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


@dataclass
class Order:
    """All n-grams of one length, sorted by (history, token)."""

    parent: IntArray  # number of the history among the n-grams one shorter
    token: IntArray
    suffix: IntArray  # number of the n-gram without its oldest token, one shorter
    raw: IntArray  # occurrences
    count: (
        FloatArray  # Kneser-Ney counts: occurrences at the top or after a start, else left contexts
    )
    prob: FloatArray = field(default_factory=lambda: np.zeros(0))
    backoff: FloatArray = field(default_factory=lambda: np.zeros(0))  # as a history
    keep: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))


def collect(sentences: list[list[int]], vocabulary: int, order: int) -> list[Order]:
    """Count the n-grams of every length; a sentence has its start (0) and end (1) in it."""
    text = np.array([t for s in sentences for t in s], dtype=np.int64)
    place = np.concatenate([np.arange(len(s)) for s in sentences])
    ending = text.copy()
    orders = [
        Order(np.full(vocabulary, -1), np.arange(vocabulary), np.full(vocabulary, -1),
              np.bincount(text, minlength=vocabulary), np.zeros(vocabulary))
    ]  # fmt: skip
    starts_sentence = [np.arange(vocabulary) == 0]
    for n in range(2, order + 1):
        at = np.flatnonzero(place >= n - 1)
        keys, where, inverse, raw = np.unique(
            ending[at - 1] * vocabulary + text[at],
            return_index=True, return_inverse=True, return_counts=True,
        )  # fmt: skip
        orders.append(
            Order(keys // vocabulary, keys % vocabulary, ending[at[where]], raw, raw.astype(float))
        )
        starts_sentence.append(place[at[where]] == n - 1)
        fresh = np.full(len(text), -1)
        fresh[at] = inverse
        ending = fresh
    for lower, upper, first in zip(orders, orders[1:], starts_sentence, strict=False):
        lefts = np.bincount(upper.suffix, minlength=len(lower.token)).astype(float)
        lower.count = np.where(first, lower.raw, lefts)
    orders[0].count[0] = 0.0  # the start is never predicted
    return orders


def estimate(orders: list[Order]) -> None:
    """Fill in probabilities and back-off weights (Chen & Goodman 1998, modified Kneser-Ney)."""
    for n, this in enumerate(orders):
        discount = _discounts(this.count)[np.minimum(this.count.astype(int), 3)]
        if n == 0:
            total = this.count.sum()
            left = discount.sum() / total
            this.prob = np.maximum(this.count - discount, 0) / total + left / len(this.token)
            continue
        lower = orders[n - 1]
        size = len(lower.token)
        totals = np.bincount(this.parent, this.count, size)
        taken = np.bincount(this.parent, discount, size)
        lower.backoff = np.divide(taken, totals, out=np.ones(size), where=totals > 0)
        own = (this.count - discount) / totals[this.parent]
        this.prob = own + lower.backoff[this.parent] * lower.prob[this.suffix]
    orders[-1].backoff = np.ones(len(orders[-1].token))


def _discounts(counts: FloatArray) -> FloatArray:
    n1, n2, n3, n4 = (max(1, int((counts == k).sum())) for k in (1, 2, 3, 4))
    y = n1 / (n1 + 2 * n2)
    return np.array([0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3])


def prune(orders: list[Order], size: int) -> None:
    """Mark about ``size`` n-grams to keep: those whose loss would cost most likelihood.

    What a kept n-gram needs (its history, its suffix) is kept too.
    """
    gains = [np.full(len(orders[0].token), np.inf)]
    for lower, this in pairwise(orders):
        without = lower.backoff[this.parent] * lower.prob[this.suffix]
        gains.append(this.raw * np.log(this.prob / without))
    low, high = 0.0, 64.0
    for _ in range(30):
        threshold = (low + high) / 2
        low, high = (
            (threshold, high) if _mark(orders, gains, threshold) > size else (low, threshold)
        )
    _mark(orders, gains, high)


def _mark(orders: list[Order], gains: list[FloatArray], threshold: float) -> int:
    for this, gain in zip(orders, gains, strict=True):
        this.keep = gain > threshold
    for lower, this in zip(orders[-2::-1], orders[:0:-1], strict=True):
        lower.keep[this.parent[this.keep]] = True
        lower.keep[this.suffix[this.keep]] = True
    return sum(int(this.keep.sum()) for this in orders)


def renormalise(orders: list[Order]) -> None:
    """Back-off weights anew, so that each history's probabilities sum to one after pruning."""
    for lower, this in pairwise(orders):
        kept, size = this.keep, len(lower.token)
        given = np.bincount(this.parent[kept], this.prob[kept], size)
        instead = np.bincount(this.parent[kept], lower.prob[this.suffix[kept]], size)
        lower.backoff = np.maximum(1 - given, 1e-4) / np.maximum(1 - instead, 1e-4)


def pack(orders: list[Order]) -> dict[str, NDArray[np.generic]]:
    """The trie in file form, as ``sayfind.text.g2p`` unpacks it."""
    tokens, children = [], []
    for lower, this in pairwise(orders):
        tokens.append(this.token[this.keep].astype(np.uint16))
        number = np.bincount(this.parent[this.keep], minlength=len(lower.token))
        children.append(number[lower.keep].astype(np.uint16))
    probs = np.log(np.concatenate([this.prob[this.keep] for this in orders]))
    backoffs = np.log(np.concatenate([this.backoff[this.keep] for this in orders[:-1]]))
    has_children = np.concatenate(children) > 0
    log_probs, steps = _quantise(probs)
    codes, backoff_steps = _quantise(np.where(has_children, backoffs, 0.0), has_children)
    return {
        "sizes": np.array([int(this.keep.sum()) for this in orders], dtype=np.int32),
        "tokens": np.concatenate(tokens),
        "children": np.concatenate(children),
        "log_probs": log_probs,
        "steps": steps,
        "backoffs": codes,
        "backoff_steps": backoff_steps,
    }


def _quantise(
    values: FloatArray, counted: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """256 steps, each the middle of an equal share of the values; step 0 is exactly 0 if unused."""
    used = values if counted is None else values[counted]
    edges = np.quantile(used, np.linspace(0, 1, 256))
    middles = np.concatenate(
        [[0.0 if counted is not None else edges[0]], (edges[1:] + edges[:-1]) / 2]
    )
    codes = np.clip(np.searchsorted(edges, values, side="right"), 1, 255).astype(np.uint8)
    if counted is not None:
        codes[~counted] = 0
    return codes, middles.astype(np.float32)
